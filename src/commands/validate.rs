//! `validate`: checks the spec without asking AWS.
use super::session::load;
use crate::{cli::Global, exit::Failure, view::diagnostics, world::World};

pub(super) fn run(world: &World, global: &Global) -> Result<i32, Failure> {
    let loaded = load(world, global)?;
    let found = match loaded.warnings.len() {
        0 => "is fine".to_owned(),
        _ => format!("has no errors; {}", diagnostics::summary(&loaded.warnings)),
    };
    world.result(&format!("{} {found}\n", loaded.source.name))?;
    Ok(0)
}
