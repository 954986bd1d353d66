//! The commands: load, core, view; one short file each.
mod apply;
mod destroy;
mod explain;
mod init;
mod local;
mod outputs;
mod plan;
mod print;
mod session;
mod validate;

use crate::{
    cli::{Cli, Cloud, Command, Format},
    exit::Failure,
    view::{Style, failure},
    world::World,
};
use clap::{Parser, error::ErrorKind};
use std::ffi::OsString;

/// Runs the command line and returns the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> i32 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return 1;
        }
    };
    let code = runtime.block_on(run(cli));
    // A prompt that is still waiting for its line must not keep the process.
    runtime.shutdown_background();
    code
}

/// Help and version are results; everything else is wrong usage.
fn usage(error: &clap::Error) -> i32 {
    let _ = error.print(); // with the streams gone there is nobody left to tell
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
        _ => 64,
    }
}

async fn run(cli: Cli) -> i32 {
    trace(cli.global.verbose);
    let world = World::new(&cli.global);
    let result = dispatch(&world, cli).await;
    let failure = match result {
        Ok(code) => return code,
        Err(failure) => failure,
    };
    let told = failure::text(&failure, Style(world.color_err));
    if !told.is_empty() {
        world.complain(told.trim_end_matches('\n'));
    }
    failure.code()
}

async fn dispatch(world: &World, cli: Cli) -> Result<i32, Failure> {
    let Cli { global, command } = cli;
    fits(global.format, &command)?;
    match command {
        Command::Init { target } => init::run(world, &target),
        Command::Validate { rules: true } => explain::list(world, global.format),
        Command::Validate { rules: false } => validate::run(world, &global),
        Command::Explain { rule } => explain::run(world, global.format, &rule),
        Command::Cloud(command) => cloud(world, &global, command).await,
        Command::Local { command } => local::run(world, global, command).await,
        Command::Schema => print::schema(world),
        Command::Completions { shell } => print::completions(world, shell),
        Command::Man => print::man(world),
    }
}

/// Runs a command against the cloud that `global` points to.
async fn cloud(world: &World, global: &crate::cli::Global, command: Cloud) -> Result<i32, Failure> {
    match command {
        Cloud::Plan { detailed_exitcode, delete_data } => {
            plan::run(world, global, detailed_exitcode, delete_data).await
        }
        Cloud::Apply { yes, delete_data } => apply::run(world, global, yes, delete_data).await,
        Cloud::Outputs { name, raw } => outputs::run(world, global, name.as_deref(), raw).await,
        Cloud::Destroy { yes, delete_data } => destroy::run(world, global, yes, delete_data).await,
    }
}

/// Refuses a shape that a command does not have.
fn fits(format: Format, command: &Command) -> Result<(), Failure> {
    let outputs = matches!(
        command,
        Command::Cloud(Cloud::Outputs { .. })
            | Command::Local { command: crate::cli::Local::Cloud(Cloud::Outputs { .. }) }
    );
    let validate = matches!(command, Command::Validate { rules: false });
    match format {
        Format::Env if !outputs => Err(Failure::Usage("the format `env` is for `outputs` only".into())),
        Format::Github if !outputs && !validate => {
            Err(Failure::Usage("the format `github` is for `outputs` and `validate` only".into()))
        }
        Format::Sarif if !validate => Err(Failure::Usage("the format `sarif` is for `validate` only".into())),
        _ => Ok(()),
    }
}

/// Sends the log to stderr: nothing, every AWS call, or what the SDK does as well.
///
/// The SDK logs request bodies at its trace level; that level is never switched on, for they hold secrets.
fn trace(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => "copilot_infra=debug",
        _ => "copilot_infra=debug,aws_smithy_runtime::client::orchestrator=debug,aws_config=debug",
    };
    tracing_subscriber::fmt().with_env_filter(level).with_writer(std::io::stderr).init();
}
