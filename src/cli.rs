//! The command line; its doc comments are the help.
mod policy;

pub use policy::PolicyCommand;

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, builder::styling};

use crate::{
    aws::{ENDPOINT_WORDS, is_endpoint},
    iam::arn::{REGION_WORDS, is_region},
    manifest::SpecFiles,
    tail::Period,
};

const STYLES: styling::Styles = styling::Styles::styled()
    .header(styling::AnsiColor::Green.on_default().bold())
    .usage(styling::AnsiColor::Green.on_default().bold())
    .literal(styling::AnsiColor::Cyan.on_default().bold())
    .placeholder(styling::AnsiColor::Cyan.on_default());

/// Provisions a WebSocket AI-copilot back end on AWS from one YAML file, without state files.
///
/// Reads the spec, compares it with what is live, shows what it would change, and changes exactly that.
#[derive(Debug, Parser)]
#[command(name = "copilot-infra", version, styles = STYLES, max_term_width = 100, after_help = EXITS)]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXITS: &str = "\
Exit codes: 0 done; 1 failed before anything was changed; 2 `plan --detailed-exitcode`: there are changes; \
3 a rule of policy stands against the spec; 5 stopped part-way, the same command again carries on; \
6 the saved plan no longer fits; 7 another run holds the stack's lease; 64 wrong usage; 65 the spec is wrong; \
130/143 interrupted/terminated.";

/// Flags of every command.
#[derive(Args, Clone, Debug)]
pub struct GlobalArgs {
    /// The spec, and what is laid over it.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Profile of the AWS configuration files
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Region, instead of the spec's or the AWS configuration's
    #[arg(long, global = true, value_name = "REGION", value_parser = parse_region)]
    pub region: Option<String>,
    /// Endpoint of every AWS service, for emulators (`AWS_ENDPOINT_URL` does the same)
    #[arg(long, global = true, value_name = "URL", value_parser = parse_endpoint)]
    pub endpoint_url: Option<String>,
    /// Shape of the result on stdout
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Text)]
    pub format: OutputFormat,
    /// Never use colour (`NO_COLOR` does the same)
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: -v every AWS call, -vv what the SDK does
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Never ask anything
    #[arg(long, global = true)]
    pub no_input: bool,
    /// How many resources are worked on at once
    #[arg(long, global = true, value_name = "N", default_value = "16")]
    pub parallel: NonZeroUsize,
}

/// The spec, and what is laid over it.
#[derive(Args, Clone, Debug)]
pub struct SpecArgs {
    /// The spec; further files are laid over it: mappings merge, lists are replaced, null removes (repeatable)
    #[arg(short = 'f', long = "file", global = true, value_name = "FILE", default_value = "copilot.yaml")]
    files: Vec<PathBuf>,
    /// Name of the stack, instead of the spec's
    #[arg(long = "stack", global = true, value_name = "NAME")]
    stack: Option<String>,
    /// Lay one value over the spec, such as `api.stage.name=prod` (repeatable)
    #[arg(long = "set", global = true, value_name = "PATH=VALUE", value_parser = parse_setting)]
    settings: Vec<String>,
}

impl SpecArgs {
    /// Returns the path of the spec itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.files.first().map_or(Path::new("copilot.yaml"), PathBuf::as_path)
    }

    /// Returns all that the spec is made of.
    #[must_use]
    pub fn files(&self) -> SpecFiles {
        let Self { files, stack, settings } = self;
        SpecFiles { paths: files.clone(), settings: settings.clone(), stack: stack.clone() }
    }
}

fn parse_setting(text: &str) -> Result<String, &'static str> {
    let path = text.split_once('=').map(|(path, _)| path);
    let fits = path.is_some_and(|path| path.split('.').all(|key| !key.trim().is_empty()));
    if fits { Ok(text.to_owned()) } else { Err("write it as `keys.of.the.spec=value`") }
}

fn parse_region(text: &str) -> Result<String, &'static str> {
    if is_region(text) { Ok(text.to_owned()) } else { Err(REGION_WORDS) }
}

fn parse_endpoint(text: &str) -> Result<String, &'static str> {
    if is_endpoint(text) { Ok(text.to_owned()) } else { Err(ENDPOINT_WORDS) }
}

/// Shape of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// A comment for a pull request (plan)
    Markdown,
    /// Lines of NAME='value' for a shell (outputs)
    Env,
    /// Lines for $`GITHUB_OUTPUT` (outputs), annotations of a workflow (validate)
    Github,
    /// A log for code scanning, SARIF 2.1.0 (validate)
    Sarif,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented starter spec
    Init {
        /// Where to
        #[arg(value_name = "FILE", default_value = "copilot.yaml")]
        target: PathBuf,
    },
    /// Check the spec without asking AWS
    Validate {
        /// List the rules instead
        #[arg(long)]
        rules: bool,
        /// Print the merged spec, each value with the file and line it comes from
        #[arg(long, conflicts_with = "rules")]
        show: bool,
    },
    /// Explain a rule: why it is one, and how to mend or suppress a finding
    Explain {
        /// The rule, such as open-connect
        rule: String,
    },
    /// Work with the cloud.
    #[command(flatten)]
    Cloud(CloudCommand),
    /// Run a command against a cloud on this machine, set up and started when needed
    Local {
        /// What to do there.
        #[command(subcommand)]
        command: LocalCommand,
    },
    /// Apply to the local cloud, then push every change of the code to it
    Dev {
        /// Watch this folder instead of those that `code` names
        #[arg(long, value_name = "FOLDER")]
        watch: Vec<PathBuf>,
    },
    /// Print the permissions that the spec asks for, without asking AWS
    Policy {
        /// Account, where the spec does not name it
        #[arg(long, global = true, value_name = "ID", value_parser = policy::parse_account_id)]
        account: Option<String>,
        /// Whose.
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Print a JSON Schema: of the spec for editors, or of what the tool writes
    Schema {
        /// Of what
        #[arg(value_enum, default_value_t = SchemaSubject::Spec)]
        of: SchemaSubject,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Commands that work with a cloud.
#[derive(Debug, Subcommand)]
pub enum CloudCommand {
    /// Show what apply would change
    ///
    /// It reads AWS and changes nothing there. On this machine it runs the `build` commands of the spec, without the
    /// credentials of this run (`code.build_env` names what they may see), unless `--no-build` or `--drift-only` is said.
    Plan {
        /// Exit with 2 if there are changes
        #[arg(long)]
        detailed_exitcode: bool,
        /// What to plan
        #[command(flatten)]
        choices: PlanOptionArgs,
        /// Show only what changed in AWS since it was last applied
        #[arg(long)]
        drift_only: bool,
        /// Save the plan, for `apply FILE`
        #[arg(long, value_name = "FILE", conflicts_with = "drift_only")]
        out: Option<PathBuf>,
        /// Run no `build` of the spec: pack what stands in the path of the code
        #[arg(long)]
        no_build: bool,
    },
    /// Make what is live equal to the spec, then print the outputs
    Apply {
        /// A saved plan: exactly that is done, without asking, or nothing; the --delete-data and --allow-replace that
        /// it was made with are said again
        #[arg(value_name = "PLANFILE", conflicts_with = "targets")]
        saved: Option<PathBuf>,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        /// What to do
        #[command(flatten)]
        choices: PlanOptionArgs,
        /// Take no lease, and so run even beside another apply (`lease: off` in the spec does the same)
        #[arg(long)]
        no_lease: bool,
        /// Insist on asking IAM beforehand whether any permission is missing; by default that is asked where it can be
        #[arg(long, overrides_with = "no_preflight")]
        preflight: bool,
        /// Do not ask IAM beforehand
        #[arg(long)]
        no_preflight: bool,
        /// Minutes to wait for each index of a table that is built or removed, 0 for not at all; AWS goes on by itself
        #[arg(long, value_name = "MINUTES", default_value_t = 60)]
        index_wait: u32,
        /// Prove at the end that the stack answers, as `smoke` does
        #[arg(long)]
        smoke: bool,
        /// Token for the API's authorizer, for --smoke
        #[arg(long, env = "COPILOT_TOKEN", hide_env_values = true, value_name = "TOKEN")]
        token: Option<String>,
        /// Run no `build` of the spec: pack what stands in the path of the code
        #[arg(long)]
        no_build: bool,
    },
    /// Connect to the live stack, ask something, and check what it leaves in the tables
    Smoke {
        /// Token for the API's authorizer
        #[arg(long, env = "COPILOT_TOKEN", hide_env_values = true, value_name = "TOKEN")]
        token: Option<String>,
    },
    /// Show the logs of all functions and of the gateway, merged by time
    Logs(LogsArgs),
    /// Talk with the live stack in this terminal
    Chat {
        /// Token for the API's authorizer
        #[arg(long, env = "COPILOT_TOKEN", hide_env_values = true, value_name = "TOKEN")]
        token: Option<String>,
    },
    /// Talk with the live stack in a browser: serves a page to this machine alone, until Ctrl-C
    ///
    /// The page asks for a token where the API has an authorizer. It keeps the token for the life of its tab, and sends it
    /// to the API alone.
    #[command(after_help = "Example: copilot-infra local open -f examples/minimal.yaml")]
    Open {
        /// Print the address of the page, and open no browser
        #[arg(long)]
        no_browser: bool,
    },
    /// Look for trouble in the live stack and the account around it, and say what to do; changes nothing
    Doctor {
        /// Also read one item of each table, to see whether its expiry is in seconds
        #[arg(long)]
        sample_items: bool,
    },
    /// Send code alone to functions that stand, and wait until it is live
    Push {
        /// Only this function
        function: Option<String>,
        /// Run no `build` of the spec: pack what stands in the path of the code
        #[arg(long)]
        no_build: bool,
        /// Take no lease, and so run even beside an apply (`lease: off` in the spec does the same)
        #[arg(long)]
        no_lease: bool,
    },
    /// Print the outputs as they are live
    Outputs {
        /// Only this one
        name: Option<String>,
        /// The bare value, without quotes or name
        #[arg(long, requires = "name")]
        raw: bool,
    },
    /// Remove what the stack owns; tables and the key stay
    Destroy {
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        /// Remove tables with all their data, and the key, as well
        #[arg(long)]
        delete_data: bool,
        /// Remove this one, which holds data, is known by its tag alone or was applied from elsewhere (repeatable)
        #[arg(long, value_name = "ADDRESS")]
        allow_replace: Vec<String>,
        /// Take no lease, and so run even beside another apply (`lease: off` in the spec does the same)
        #[arg(long)]
        no_lease: bool,
    },
}

/// What a plan is about, and what it may do.
#[derive(Args, Clone, Debug, Default)]
pub struct PlanOptionArgs {
    /// Remove tables and keys that left the spec, and allow what loses data, a URL, or the key of data
    #[arg(long)]
    pub delete_data: bool,
    /// Allow this one resource to lose its data, its URL or its key by being replaced, removed or changed, to be removed
    /// although it is known by its tag alone, or to be taken over from CloudFormation (repeatable)
    #[arg(long, value_name = "ADDRESS")]
    pub allow_replace: Vec<String>,
    /// Only this resource and what it needs, such as `functions.message` (repeatable)
    #[arg(long = "target", value_name = "ADDRESS")]
    pub targets: Vec<String>,
}

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaSubject {
    /// The spec
    Spec,
    /// `plan --format json`, and a saved plan
    Plan,
    /// One line of `apply --format json` or `destroy --format json`
    Events,
    /// `outputs --format json`
    Outputs,
}

/// Which log events to show.
#[derive(Args, Debug)]
pub struct LogsArgs {
    /// Only those of this function
    pub function: Option<String>,
    /// Wait for new ones
    #[arg(long)]
    pub follow: bool,
    /// How far to look back: a number and s, m, h or d
    #[arg(long, value_name = "PERIOD", default_value = "10m")]
    pub since: Period,
    /// Only those that match: CloudWatch's filter pattern, such as ERROR or { $.level = "WARN" }
    #[arg(long, value_name = "PATTERN")]
    pub filter: Option<String>,
}

/// What to do on the local cloud.
#[derive(Debug, Subcommand)]
pub enum LocalCommand {
    /// Tell whether the local cloud runs, and where
    Status,
    /// Print the variables by which other programs reach the local cloud, for `eval "$(copilot-infra local env)"`
    ///
    /// Among them is the session token of this start: whoever has it can run code as you.
    Env,
    /// Stop the local cloud; all it held is gone
    Stop,
    /// Any command that works with a cloud.
    #[command(flatten)]
    Cloud(CloudCommand),
}
