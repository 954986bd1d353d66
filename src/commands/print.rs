//! `schema`, `completions` and `man`: print what describes the tool itself.
use clap::CommandFactory;
use clap_complete::Shell;

use crate::{
    cli::{Cli, SchemaSubject},
    diagnostic::{ExitCode, Failure},
    manifest,
    ui::Ui,
    view::schemas,
};

pub(super) fn print_schema(ui: &Ui, of: SchemaSubject) -> Result<ExitCode, Failure> {
    let schema = match of {
        SchemaSubject::Spec => manifest::spec_schema().clone(),
        SchemaSubject::Plan => schemas::plan_schema(),
        SchemaSubject::Events => schemas::events_schema(),
        SchemaSubject::Outputs => schemas::outputs_schema(),
    };
    ui.print_exact(&format!("{schema:#}\n"))?;
    Ok(ExitCode::Success)
}

pub(super) fn print_completions(ui: &Ui, shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "copilot-infra", &mut script);
    ui.print_exact(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Success)
}

pub(super) fn print_man_page(ui: &Ui) -> Result<ExitCode, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| Failure::failed(format!("cannot write the result: {error}")))?;
    ui.print_exact(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::Success)
}
