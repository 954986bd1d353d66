//! `explain`: prints the full text of a rule; and `validate --rules`: lists the rules.
use crate::{
    cli::OutputFormat,
    diagnostic::{ExitCode, Failure},
    manifest::rules,
    ui::Ui,
    view::rules as view,
};

pub(super) fn explain_rule(ui: &Ui, format: OutputFormat, id: &str) -> Result<ExitCode, Failure> {
    let Some(rule) = rules::find_rule(id) else {
        return Err(
            Failure::usage(format!("there is no rule `{id}`")).with_hint(rules::unknown_rule_hint(id))
        );
    };
    match format {
        OutputFormat::Json => ui.print_json(&format!("{:#}\n", serde_json::json!(rule)))?,
        _ => ui.print_stdout(&view::render_rule(rule, ui.out))?,
    }
    Ok(ExitCode::Success)
}

/// Lists the rules.
pub(super) fn list_rules(ui: &Ui, format: OutputFormat) -> Result<ExitCode, Failure> {
    match format {
        OutputFormat::Json => {
            let all: Vec<_> = rules::all_rules().collect();
            ui.print_json(&format!("{:#}\n", serde_json::json!(all)))?;
        }
        _ => ui.print_stdout(&view::render_rule_list(rules::all_rules(), ui.out))?,
    }
    Ok(ExitCode::Success)
}
