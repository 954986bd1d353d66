//! `validate`: checks the spec without asking AWS.
use super::{
    invocation::Invocation,
    session::{NamedCode, load_spec, read_spec, report_stale_facts},
};
use crate::{
    cli::OutputFormat,
    diagnostic::{
        Diagnostic, ExitCode, Failure, SourceFile,
        render::{github, json, sarif, text},
        untrusted::untrusted_json,
    },
    manifest::{LoadError, Loaded, rules},
    ui::Ui,
    view::{
        Page,
        merged_spec::{merged_json, merged_yaml},
    },
};

pub(super) async fn run_validate(invocation: &Invocation<'_>) -> Result<ExitCode, Failure> {
    report_stale_facts(invocation.ui);
    let loaded = read_spec(invocation, NamedCode::Checked).await?;
    match invocation.global.format {
        OutputFormat::Json => print_findings_as(invocation.ui, loaded, |source, found, suppressed| {
            untrusted_json(&json::findings(
                source,
                found,
                suppressed,
                &rules::all_rules().collect::<Vec<_>>(),
            ))
        }),
        OutputFormat::Sarif => print_findings_as(invocation.ui, loaded, |source, found, suppressed| {
            untrusted_json(&sarif::log(source, found, suppressed, &rules::all_rules().collect::<Vec<_>>()))
        }),
        OutputFormat::Github => print_findings_as(invocation.ui, loaded, |source, found, _| {
            github::annotations(Some(source), found).into_iter().map(|line| line + "\n").collect()
        }),
        OutputFormat::Text | OutputFormat::Markdown | OutputFormat::Env => {
            let loaded = loaded
                .map_err(|error| if invocation.ui.is_quiet() { error.without_notes() } else { error })?;
            print_findings_text(invocation.ui, &loaded)
        }
    }
}

/// Prints the spec as its files and flags make it together.
pub(super) async fn show_merged_spec(invocation: &Invocation<'_>) -> Result<ExitCode, Failure> {
    let loaded = load_spec(invocation, NamedCode::Unused).await?;
    let Some(merged) = loaded.merged() else { return Ok(ExitCode::Success) };
    let text = match invocation.global.format {
        OutputFormat::Json => format!("{:#}\n", merged_json(&merged)),
        _ => merged_yaml(&merged),
    };
    // In the texts of YAML an escape means the same as in those of JSON.
    invocation.ui.print_json(&text)?;
    Ok(ExitCode::Success)
}

/// Prints the findings to stderr as any other command does, with the notes that the other commands leave out.
fn print_findings_text(ui: &Ui, loaded: &Loaded) -> Result<ExitCode, Failure> {
    ui.print_github_annotations(&github::annotations(Some(&loaded.source), &loaded.warnings));
    if !loaded.warnings.is_empty() {
        ui.print_status_page(&text::draw(Some(&loaded.source), &loaded.warnings, ui.err));
    }
    let found = match loaded.warnings.len() {
        0 => "is fine".to_owned(),
        _ => format!("has no errors; {}", text::summary(&loaded.warnings)),
    };
    let suppressed = match loaded.suppressed.len() {
        0 => String::new(),
        count => format!(" ({count} suppressed)"),
    };
    let line = format!("{} {found}{suppressed}", loaded.source.name());
    ui.print_stdout(&Page::of_line(ui.out, line))?;
    Ok(ExitCode::Success)
}

/// Prints the findings to stdout as the result, errors included; the exit code says whether there were errors.
fn print_findings_as(
    ui: &Ui,
    loaded: Result<Loaded, LoadError>,
    draw: fn(&SourceFile, &[Diagnostic], &[Diagnostic]) -> String,
) -> Result<ExitCode, Failure> {
    let (text, code) = match loaded {
        Ok(loaded) => (draw(&loaded.source, &loaded.warnings, &loaded.suppressed), ExitCode::Success),
        Err(error) => {
            let (source, found) = error.findings();
            (draw(&source, &found, error.suppressed()), Failure::from(error).code)
        }
    };
    ui.print_exact(&text)?;
    Ok(code)
}
