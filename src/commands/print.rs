//! `schema`, `completions` and `man`: what the tool says of itself.
use clap::CommandFactory;
use clap_complete::Shell;

use crate::{
    cli::{Cli, SchemaOf},
    diagnostic::{ExitCode, Failure},
    manifest,
    view::schemas,
    world::World,
};

pub(super) fn schema(world: &World, of: SchemaOf) -> Result<ExitCode, Failure> {
    let schema = match of {
        SchemaOf::Spec => manifest::schema().clone(),
        SchemaOf::Plan => schemas::plan(),
        SchemaOf::Events => schemas::events(),
        SchemaOf::Outputs => schemas::outputs(),
    };
    world.result(&format!("{schema:#}\n"))?;
    Ok(ExitCode::Success)
}

pub(super) fn completions(world: &World, shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "copilot-infra", &mut script);
    world.result(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Success)
}

pub(super) fn man(world: &World) -> Result<ExitCode, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| Failure::failed(format!("cannot write the result: {error}")))?;
    world.result(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::Success)
}
