//! The commands, one short file each: they load the spec, call the core and print the result.
mod apply;
mod chat;
mod destroy;
mod dev;
mod doctor;
mod explain;
mod init;
mod invocation;
mod live_api;
mod local;
mod logs;
mod models;
mod open;
mod outputs;
mod plan;
mod policy;
mod preflight;
mod print;
mod push;
mod run;
mod saved_plan;
mod session;
mod smoke;
mod validate;

use std::{
    ffi::OsString,
    io::{self, Write},
    time::Duration,
};

use clap::{ColorChoice, CommandFactory, FromArgMatches, error::ErrorKind};
use invocation::{Invocation, TargetCloud};
use session::Builds;
use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    cli::{Cli, CloudCommand, Command, LocalCommand, OutputFormat},
    diagnostic::{
        ExitCode, Failure,
        render::{github, json, json_lines, text},
    },
    engine::Consent,
    ui::Ui,
    view::{Page, Style, events::EventStream},
};

/// Stack of the threads that read, check and pack files, in bytes: as large as that of a main thread.
const BLOCKING_STACK: usize = 8 << 20;

/// Runs the command line and returns the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match parse_arguments(arguments) {
        Ok(cli) => cli,
        Err(error) => return print_usage_error(&error),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_stack_size(BLOCKING_STACK)
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::Failed;
        }
    };
    let code = runtime.block_on(run_cli(cli));
    // A prompt that is still waiting for input must not keep the process alive.
    runtime.shutdown_background();
    code
}

/// Parses the command line; its own help and errors obey `--no-color` too.
fn parse_arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let plain = arguments.iter().any(|argument| argument == "--no-color");
    let color = if plain { ColorChoice::Never } else { ColorChoice::Auto };
    let matches = Cli::command().color(color).try_get_matches_from(arguments)?;
    Cli::from_arg_matches(&matches)
}

/// Prints help or version as a result, and any other parser error as wrong usage.
fn print_usage_error(error: &clap::Error) -> ExitCode {
    let _ = error.print(); // with the streams closed there is nobody left to report to
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::Success,
        _ => ExitCode::Usage,
    }
}

async fn run_cli(cli: Cli) -> ExitCode {
    let mut ui = Ui::new(&cli.global);
    ui.events = emits_events(&cli).then(|| EventStream::new(std::io::stdout()));
    init_tracing(cli.global.verbose, ui.err.0);
    let reader = stdout_shape(&cli);
    if !prints_annotations(&cli) {
        ui.raise_fence();
    }
    let result = dispatch_command(&ui, cli).await;
    let code = result.unwrap_or_else(|failure| report_failure(&ui, reader.as_ref(), &failure));
    ui.lower_fence();
    code
}

/// Returns whether the result on stdout is annotations for GitHub Actions.
fn prints_annotations(cli: &Cli) -> bool {
    cli.global.format == OutputFormat::Github && matches!(cli.command, Command::Validate { .. })
}

/// Tells people and programs why the command failed.
fn report_failure(ui: &Ui, reader: Option<&StdoutShape>, failure: &Failure) -> ExitCode {
    ui.print_error_page(&text::failure(failure, ui.err));
    // A run that stopped part-way has annotated each failed step already.
    if !(failure.is_reported && ui.has_annotated_error()) {
        ui.print_github_annotations(&github::failure(failure));
    }
    match (&ui.events, reader) {
        (Some(events), _) => events.emit_failure(failure),
        (None, Some(StdoutShape::Document)) if !ui.has_stdout() => {
            let _ = ui.print_json(&json::failure(failure)); // with stdout closed there is no reader
        }
        (None, Some(StdoutShape::Lines)) => drop(ui.print_json(&json_lines::failure(failure))),
        _ => {}
    }
    failure.code
}

/// Returns whether a program reads the events of the run on stdout.
fn emits_events(cli: &Cli) -> bool {
    let command = cloud_command(&cli.command);
    cli.global.format == OutputFormat::Json
        && matches!(command, Some(CloudCommand::Apply { .. } | CloudCommand::Destroy { .. }))
}

/// The form of what a program reads on stdout of a command that emits no events.
enum StdoutShape {
    /// One document: the result or the failure.
    Document,
    /// Lines of JSON; if the command fails, the last one is the failure.
    Lines,
}

fn stdout_shape(cli: &Cli) -> Option<StdoutShape> {
    match cloud_command(&cli.command) {
        _ if cli.global.format != OutputFormat::Json => None,
        Some(CloudCommand::Logs(_)) => Some(StdoutShape::Lines),
        Some(CloudCommand::Chat { .. }) => None, // it is interactive
        _ => Some(StdoutShape::Document),
    }
}

/// Returns the failure of a run that stopped after it had changed something and has reported how each step ended.
fn partial() -> Failure {
    let failure = Failure::reported(ExitCode::Partial, "the run stopped part-way");
    failure.with_hint("`copilot-infra plan` shows what is left")
}

/// Returns the failure of a run that stopped before it changed anything and has reported how each step ended.
fn unchanged() -> Failure {
    Failure::reported(ExitCode::Failed, "the run failed before anything was changed")
}

fn cloud_command(command: &Command) -> Option<&CloudCommand> {
    match command {
        Command::Cloud(cloud) | Command::Local { command: LocalCommand::Cloud(cloud) } => Some(cloud),
        _ => None,
    }
}

async fn dispatch_command(ui: &Ui, cli: Cli) -> Result<ExitCode, Failure> {
    let Cli { global, command } = cli;
    check_format(global.format, &command)?;
    let invocation = &Invocation { ui, global: &global, cloud: TargetCloud::Aws };
    match command {
        Command::Init { target } => init::write_starter_spec(ui, &target),
        Command::Validate { rules: true, .. } => explain::list_rules(ui, global.format),
        Command::Validate { show: true, .. } => validate::show_merged_spec(invocation).await,
        Command::Validate { .. } => validate::run_validate(invocation).await,
        Command::Explain { rule } => explain::explain_rule(ui, global.format, &rule),
        Command::Cloud(command) => dispatch_cloud_command(invocation, command).await,
        Command::Local { command } => local::run_local(invocation, command).await,
        Command::Dev { watch } => dev::run_dev(invocation, watch).await,
        Command::Policy { account, command } => policy::run_policy(invocation, account, command).await,
        Command::Schema { of } => print::print_schema(ui, of),
        Command::Completions { shell } => print::print_completions(ui, shell),
        Command::Man => print::print_man_page(ui),
    }
}

/// Runs a command against AWS or the local cloud, as requested.
async fn dispatch_cloud_command(
    invocation: &Invocation<'_>,
    command: CloudCommand,
) -> Result<ExitCode, Failure> {
    match command {
        CloudCommand::Plan { detailed_exitcode, choices, drift_only, out, no_build } => {
            let builds = Builds::from_flag(no_build);
            let asked = plan::PlanArgs { detailed_exitcode, choices, drift_only, out, builds };
            plan::run_plan(invocation, asked).await
        }
        CloudCommand::Apply {
            saved,
            yes,
            choices,
            no_lease,
            preflight,
            no_preflight,
            index_wait,
            smoke,
            token,
            no_build,
        } => {
            let preflight = preflight::PreflightMode::from_flags(preflight, no_preflight);
            let builds = Builds::from_flag(no_build);
            let index_wait = Some(Duration::from_mins(index_wait.into()));
            let asked = apply::ApplyArgs {
                saved,
                yes,
                choices,
                no_lease,
                index_wait,
                smoke,
                token,
                preflight,
                builds,
            };
            apply::run_apply(invocation, asked).await
        }
        CloudCommand::Logs(args) => logs::run_logs(invocation, args).await,
        CloudCommand::Push { function, no_build, no_lease } => {
            push::run_push(invocation, function.as_deref(), Builds::from_flag(no_build), no_lease).await
        }
        CloudCommand::Doctor { sample_items } => doctor::run_doctor(invocation, sample_items).await,
        CloudCommand::Chat { token } => chat::run_chat(invocation, token).await,
        CloudCommand::Open { no_browser } => open::run_open(invocation, no_browser).await,
        CloudCommand::Smoke { token } => smoke::run_smoke(invocation, token).await,
        CloudCommand::Outputs { name, raw } => outputs::print_outputs(invocation, name.as_deref(), raw).await,
        CloudCommand::Destroy { yes, delete_data, allow_replace, no_lease } => {
            let replace = allow_replace.into_iter().collect();
            destroy::run_destroy(invocation, yes, Consent { delete_data, replace }, no_lease).await
        }
    }
}

/// Refuses an output format that a command does not support.
fn check_format(format: OutputFormat, command: &Command) -> Result<(), Failure> {
    let cloud = cloud_command(command);
    let outputs = matches!(cloud, Some(CloudCommand::Outputs { .. }));
    let validate = matches!(command, Command::Validate { rules: false, show: false });
    match format {
        OutputFormat::Env if !outputs => Err(Failure::usage("the format `env` is for `outputs` only")),
        OutputFormat::Github if !outputs && !validate => {
            Err(Failure::usage("the format `github` is for `outputs` and `validate` only"))
        }
        OutputFormat::Sarif if !validate => Err(Failure::usage("the format `sarif` is for `validate` only")),
        OutputFormat::Markdown if !matches!(cloud, Some(CloudCommand::Plan { .. })) => {
            Err(Failure::usage("the format `markdown` is for `plan` only"))
        }
        _ => Ok(()),
    }
}

/// Sends the log to stderr: nothing, every AWS call, or the SDK's own log too.
///
/// The SDK logs request bodies at its trace level; that level is never enabled, because they contain secrets.
fn init_tracing(verbose: u8, color: bool) {
    let sdk: &[&str] = match verbose {
        0 => return,
        1 => &[],
        _ => &["aws_smithy_runtime::client::orchestrator", "aws_config"],
    };
    let targets = sdk.iter().chain(&["copilot_infra"]).map(|target| (*target, Level::DEBUG));
    let log = tracing_subscriber::fmt::layer().with_writer(move || LogLines(Style(color))).with_ansi(color);
    tracing_subscriber::registry().with(log.with_filter(targets.collect::<Targets>())).init();
}

/// The log on stderr, one line for each event: SDK and services put their words into it.
struct LogLines(Style);

impl Write for LogLines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let page = Page::of_line(self.0, String::from_utf8_lossy(event));
        io::stderr().lock().write_all(page.as_str().as_bytes()).map(|()| event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
