//! `explain`: all there is to say of a rule, and `validate --rules`: the list of them.
use crate::{
    cli::Format,
    diagnostic::{ExitCode, Failure},
    manifest::rules,
    view::{Style, rules as view},
    world::World,
};

pub(super) fn run(world: &World, format: Format, id: &str) -> Result<ExitCode, Failure> {
    let Some(rule) = rules::find(id) else {
        return Err(Failure::usage(format!("there is no rule `{id}`")).with_hint(rules::near(id)));
    };
    match format {
        Format::Json => world.result(&format!("{:#}\n", serde_json::json!(rule)))?,
        _ => world.result(&view::explained(rule, Style(world.color_out)))?,
    }
    Ok(ExitCode::Success)
}

/// Lists the rules.
pub(super) fn list(world: &World, format: Format) -> Result<ExitCode, Failure> {
    match format {
        Format::Json => {
            let all: Vec<_> = rules::all().collect();
            world.result(&format!("{:#}\n", serde_json::json!(all)))?;
        }
        _ => world.result(&view::list(rules::all(), Style(world.color_out)))?,
    }
    Ok(ExitCode::Success)
}
