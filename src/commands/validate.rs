//! `validate`: checks the spec without asking AWS.
use super::session::read;
use crate::{
    cli::{Format, Global},
    diagnostic::{Diagnostic, SourceFile},
    exit::Failure,
    manifest::{LoadError, Loaded},
    view::{diagnostics, findings, github, sarif},
    world::World,
};

pub(super) async fn run(world: &World, global: &Global) -> Result<i32, Failure> {
    let loaded = read(world, global).await?;
    match global.format {
        Format::Json => told(world, loaded, findings::json),
        Format::Sarif => told(world, loaded, sarif::log),
        Format::Github => told(world, loaded, |source, found, _| {
            github::annotations(source, found).into_iter().map(|line| line + "\n").collect()
        }),
        Format::Text | Format::Markdown | Format::Env => {
            let loaded = loaded.map_err(|error| if world.quiet { error.without_notes() } else { error })?;
            text(world, &loaded)
        }
    }
}

/// Findings go to stderr as in any other command, with the notes that others keep to themselves.
fn text(world: &World, loaded: &Loaded) -> Result<i32, Failure> {
    world.annotate(&github::annotations(&loaded.source, &loaded.warnings));
    if !loaded.warnings.is_empty() {
        world
            .say(diagnostics::draw(&loaded.source, &loaded.warnings, world.color_err).trim_end_matches('\n'));
    }
    let found = match loaded.warnings.len() {
        0 => "is fine".to_owned(),
        _ => format!("has no errors; {}", diagnostics::summary(&loaded.warnings)),
    };
    let suppressed = match loaded.suppressed.len() {
        0 => String::new(),
        count => format!(" ({count} suppressed)"),
    };
    world.result(&format!("{} {found}{suppressed}\n", loaded.source.name()))?;
    Ok(0)
}

/// The findings are the result: they go to stdout, errors as well, and the exit code says how it went.
fn told(
    world: &World,
    loaded: Result<Loaded, LoadError>,
    draw: fn(&SourceFile, &[Diagnostic], &[Diagnostic]) -> String,
) -> Result<i32, Failure> {
    let (text, code) = match loaded {
        Ok(loaded) => (draw(&loaded.source, &loaded.warnings, &loaded.suppressed), 0),
        Err(error) => {
            let (source, found) = error.findings();
            (draw(&source, &found, error.suppressed()), Failure::Spec(error).code())
        }
    };
    world.result(&text)?;
    Ok(code)
}
