//! The commands: load, core, view; one short file each.
mod apply;
mod attend;
mod chat;
mod destroy;
mod dev;
mod doctor;
mod explain;
mod init;
mod lease;
mod live;
mod local;
mod logs;
mod outputs;
mod plan;
mod policy;
mod preflight;
mod print;
mod push;
mod saved;
mod session;
mod smoke;
mod validate;

use std::{ffi::OsString, sync::atomic::Ordering};

use clap::{ColorChoice, CommandFactory, FromArgMatches, error::ErrorKind};
use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    cli::{Cli, Cloud, Command, Format, Local},
    diagnostic::{
        ExitCode, Failure,
        render::{github, json, text},
    },
    view::{Style, events::Events},
    world::World,
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
    let mut world = World::new(&cli.global);
    world.events = listener(&cli).then(|| Events::new(std::io::stdout()));
    trace(cli.global.verbose, world.color_err);
    let reader = reader(&cli);
    let result = dispatch(&world, cli).await;
    let failure = match result {
        Ok(code) => return code,
        Err(failure) => failure,
    };
    let told = text::failure(&failure, Style(world.color_err));
    if !told.is_empty() {
        world.complain(told.trim_end_matches('\n'));
    }
    // What stopped a run part-way is annotated step by step.
    if !(failure.is_reported && world.has_annotated()) {
        world.annotate(&github::failure(&failure));
    }
    match (&world.events, reader) {
        (Some(events), _) => events.failed(&failure),
        (None, Some(Reader::Document)) if !world.resulted.load(Ordering::Relaxed) => {
            let _ = world.result(&json::failure(&failure, false)); // with stdout gone there is nobody to tell
        }
        (None, Some(Reader::Lines)) => drop(world.result(&json::failure(&failure, true))),
        _ => {}
    }
    failure.code
}

/// Whether a program reads on stdout what happens.
fn listener(cli: &Cli) -> bool {
    let command = cloud_command(&cli.command);
    cli.global.format == Format::Json && matches!(command, Some(Cloud::Apply { .. } | Cloud::Destroy { .. }))
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
        Some(Cloud::Logs(_)) => Some(Reader::Lines),
        Some(Cloud::Chat { .. }) => None, // people talk in it
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

fn cloud_command(command: &Command) -> Option<&Cloud> {
    match command {
        Command::Cloud(cloud) | Command::Local { command: Local::Cloud(cloud) } => Some(cloud),
        _ => None,
    }
}

async fn dispatch(world: &World, cli: Cli) -> Result<ExitCode, Failure> {
    let Cli { global, command } = cli;
    fits(global.format, &command)?;
    match command {
        Command::Init { target } => init::run(world, &target),
        Command::Validate { rules: true } => explain::list(world, global.format),
        Command::Validate { rules: false } => validate::run(world, &global).await,
        Command::Explain { rule } => explain::run(world, global.format, &rule),
        Command::Cloud(command) => cloud(world, &global, command).await,
        Command::Local { command } => local::run(world, global, command).await,
        Command::Dev { watch } => dev::run(world, global, watch).await,
        Command::Policy { account, command } => policy::run(world, &global, account, command).await,
        Command::Schema { of } => print::schema(world, of),
        Command::Completions { shell } => print::completions(world, shell),
        Command::Man => print::man(world),
    }
}

/// Runs a command against the cloud that `global` points to.
async fn cloud(world: &World, global: &crate::cli::Global, command: Cloud) -> Result<ExitCode, Failure> {
    match command {
        Cloud::Plan { detailed_exitcode, choices, drift_only, out } => {
            plan::run(world, global, plan::Asked { detailed_exitcode, choices, drift_only, out }).await
        }
        Cloud::Apply { saved, yes, choices, no_lease, preflight, no_preflight, smoke, token } => {
            let preflight = preflight::Wish::of(preflight, no_preflight);
            let asked = apply::Asked { saved, yes, choices, no_lease, smoke, token, preflight };
            apply::run(world, global, asked).await
        }
        Cloud::Logs(wish) => logs::run(world, global, wish).await,
        Cloud::Push { function } => push::run(world, global, function.as_deref()).await,
        Cloud::Doctor { sample_items } => doctor::run(world, global, sample_items).await,
        Cloud::Chat { token } => chat::run(world, global, token).await,
        Cloud::Smoke { token } => smoke::run(world, global, token).await,
        Cloud::Outputs { name, raw } => outputs::run(world, global, name.as_deref(), raw).await,
        Cloud::Destroy { yes, delete_data, no_lease } => {
            destroy::run(world, global, yes, delete_data, no_lease).await
        }
    }
}

/// Refuses a shape that a command does not have.
fn fits(format: Format, command: &Command) -> Result<(), Failure> {
    let cloud = cloud_command(command);
    let outputs = matches!(cloud, Some(Cloud::Outputs { .. }));
    let validate = matches!(command, Command::Validate { rules: false });
    match format {
        Format::Env if !outputs => Err(Failure::usage("the format `env` is for `outputs` only")),
        Format::Github if !outputs && !validate => {
            Err(Failure::usage("the format `github` is for `outputs` and `validate` only"))
        }
        Format::Sarif if !validate => Err(Failure::usage("the format `sarif` is for `validate` only")),
        Format::Markdown if !matches!(cloud, Some(Cloud::Plan { .. })) => {
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
