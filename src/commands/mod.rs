//! The commands: load, core, view; one short file each.
mod apply;
mod chat;
mod destroy;
mod dev;
mod doctor;
mod explain;
mod init;
mod invocation;
mod live;
mod local;
mod logs;
mod outputs;
mod plan;
mod policy;
mod preflight;
mod print;
mod push;
mod run;
mod saved;
mod session;
mod smoke;
mod validate;

use std::ffi::OsString;

use clap::{ColorChoice, CommandFactory, FromArgMatches, error::ErrorKind};
use invocation::{Cloud, Invocation};
use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    cli::{Cli, CloudCommand, Command, Format, Local},
    diagnostic::{
        ExitCode, Failure,
        render::{github, json, text},
    },
    ui::Ui,
    view::events::Events,
};

/// Runs the command line and returns the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::Failed;
        }
    };
    let code = runtime.block_on(run(cli));
    // A prompt that is still waiting for its line must not keep the process.
    runtime.shutdown_background();
    code
}

/// Reads the command line; its own help and errors obey `--no-color` too.
fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let plain = arguments.iter().any(|argument| argument == "--no-color");
    let color = if plain { ColorChoice::Never } else { ColorChoice::Auto };
    let matches = Cli::command().color(color).try_get_matches_from(arguments)?;
    Cli::from_arg_matches(&matches)
}

/// Help and version are results; everything else is wrong usage.
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print(); // with the streams gone there is nobody left to tell
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::Success,
        _ => ExitCode::Usage,
    }
}

async fn run(cli: Cli) -> ExitCode {
    let mut ui = Ui::new(&cli.global);
    ui.events = listener(&cli).then(|| Events::new(std::io::stdout()));
    trace(cli.global.verbose, ui.err.0);
    let reader = reader(&cli);
    let result = dispatch(&ui, cli).await;
    let failure = match result {
        Ok(code) => return code,
        Err(failure) => failure,
    };
    let told = text::failure(&failure, ui.err);
    if !told.is_empty() {
        ui.print_error(told.trim_end_matches('\n'));
    }
    // What stopped a run part-way is annotated step by step.
    if !(failure.is_reported && ui.has_annotated()) {
        ui.print_github_annotations(&github::failure(&failure));
    }
    match (&ui.events, reader) {
        (Some(events), _) => events.failed(&failure),
        (None, Some(Reader::Document)) if !ui.has_stdout() => {
            let _ = ui.print_stdout(&json::failure(&failure, false)); // with stdout gone there is nobody to tell
        }
        (None, Some(Reader::Lines)) => drop(ui.print_stdout(&json::failure(&failure, true))),
        _ => {}
    }
    failure.code
}

/// Whether a program reads on stdout what happens.
fn listener(cli: &Cli) -> bool {
    let command = cloud_command(&cli.command);
    cli.global.format == Format::Json
        && matches!(command, Some(CloudCommand::Apply { .. } | CloudCommand::Destroy { .. }))
}

/// What a program reads on stdout of a command that tells no events.
enum Reader {
    /// One document: the result, or why there is none.
    Document,
    /// Lines, the last of which says why there are no more.
    Lines,
}

fn reader(cli: &Cli) -> Option<Reader> {
    match cloud_command(&cli.command) {
        _ if cli.global.format != Format::Json => None,
        Some(CloudCommand::Logs(_)) => Some(Reader::Lines),
        Some(CloudCommand::Chat { .. }) => None, // people talk in it
        _ => Some(Reader::Document),
    }
}

/// The failure of a run that stopped after it had changed something, and told how each step ended.
fn partial() -> Failure {
    let failure = Failure::reported(ExitCode::Partial, "the run stopped part-way");
    failure.with_hint("`copilot-infra plan` shows what is left")
}

/// The failure of a run that stopped before it had changed anything, and told how each step ended.
fn unchanged() -> Failure {
    Failure::reported(ExitCode::Failed, "the run failed before anything was changed")
}

fn cloud_command(command: &Command) -> Option<&CloudCommand> {
    match command {
        Command::Cloud(cloud) | Command::Local { command: Local::Cloud(cloud) } => Some(cloud),
        _ => None,
    }
}

async fn dispatch(ui: &Ui, cli: Cli) -> Result<ExitCode, Failure> {
    let Cli { global, command } = cli;
    fits(global.format, &command)?;
    let invocation = &Invocation { ui, global: &global, cloud: Cloud::Aws };
    match command {
        Command::Init { target } => init::run(ui, &target),
        Command::Validate { rules: true } => explain::list(ui, global.format),
        Command::Validate { rules: false } => validate::run(invocation).await,
        Command::Explain { rule } => explain::run(ui, global.format, &rule),
        Command::Cloud(command) => cloud(invocation, command).await,
        Command::Local { command } => local::run(invocation, command).await,
        Command::Dev { watch } => dev::run(invocation, watch).await,
        Command::Policy { account, command } => policy::run(invocation, account, command).await,
        Command::Schema { of } => print::schema(ui, of),
        Command::Completions { shell } => print::completions(ui, shell),
        Command::Man => print::man(ui),
    }
}

/// Runs a command against the cloud that was called for.
async fn cloud(invocation: &Invocation<'_>, command: CloudCommand) -> Result<ExitCode, Failure> {
    match command {
        CloudCommand::Plan { detailed_exitcode, choices, drift_only, out } => {
            plan::run(invocation, plan::Asked { detailed_exitcode, choices, drift_only, out }).await
        }
        CloudCommand::Apply { saved, yes, choices, no_lease, preflight, no_preflight, smoke, token } => {
            let preflight = preflight::Wish::of(preflight, no_preflight);
            let asked = apply::Asked { saved, yes, choices, no_lease, smoke, token, preflight };
            apply::run(invocation, asked).await
        }
        CloudCommand::Logs(wish) => logs::run(invocation, wish).await,
        CloudCommand::Push { function } => push::run(invocation, function.as_deref()).await,
        CloudCommand::Doctor { sample_items } => doctor::run(invocation, sample_items).await,
        CloudCommand::Chat { token } => chat::run(invocation, token).await,
        CloudCommand::Smoke { token } => smoke::run(invocation, token).await,
        CloudCommand::Outputs { name, raw } => outputs::run(invocation, name.as_deref(), raw).await,
        CloudCommand::Destroy { yes, delete_data, no_lease } => {
            destroy::run(invocation, yes, delete_data, no_lease).await
        }
    }
}

/// Refuses a shape that a command does not have.
fn fits(format: Format, command: &Command) -> Result<(), Failure> {
    let cloud = cloud_command(command);
    let outputs = matches!(cloud, Some(CloudCommand::Outputs { .. }));
    let validate = matches!(command, Command::Validate { rules: false });
    match format {
        Format::Env if !outputs => Err(Failure::usage("the format `env` is for `outputs` only")),
        Format::Github if !outputs && !validate => {
            Err(Failure::usage("the format `github` is for `outputs` and `validate` only"))
        }
        Format::Sarif if !validate => Err(Failure::usage("the format `sarif` is for `validate` only")),
        Format::Markdown if !matches!(cloud, Some(CloudCommand::Plan { .. })) => {
            Err(Failure::usage("the format `markdown` is for `plan` only"))
        }
        _ => Ok(()),
    }
}

/// Sends the log to stderr: nothing, every AWS call, or what the SDK does as well.
///
/// The SDK logs request bodies at its trace level; that level is never switched on, for they hold secrets.
fn trace(verbose: u8, color: bool) {
    let sdk: &[&str] = match verbose {
        0 => return,
        1 => &[],
        _ => &["aws_smithy_runtime::client::orchestrator", "aws_config"],
    };
    let targets = sdk.iter().chain(&["copilot_infra"]).map(|target| (*target, Level::DEBUG));
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(color);
    tracing_subscriber::registry().with(log.with_filter(targets.collect::<Targets>())).init();
}
