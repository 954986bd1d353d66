//! The command line; its doc comments are the help.
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, builder::styling};
use std::{num::NonZeroUsize, path::PathBuf};

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
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXITS: &str = "\
Exit codes: 0 done; 1 failed before anything was changed; 2 `plan --detailed-exitcode`: there are changes; \
3 a rule of policy stands against the spec; 5 stopped part-way, the same command again carries on; 64 wrong usage; 65 the spec is wrong; \
130/143 interrupted/terminated.";

/// Flags of every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// The spec
    #[arg(short, long, global = true, value_name = "FILE", default_value = "copilot.yaml")]
    pub file: PathBuf,
    /// Profile of the AWS configuration files
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Region, instead of the spec's or the AWS configuration's
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Endpoint of every AWS service, for emulators (AWS_ENDPOINT_URL does the same)
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Shape of the result on stdout
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Never use colour (NO_COLOR does the same)
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
    /// The cloud on this machine, set by `local`
    #[arg(skip)]
    pub local: Option<crate::local::Endpoint>,
    /// How many resources are worked on at once
    #[arg(long, global = true, value_name = "N", default_value = "16")]
    pub parallel: NonZeroUsize,
}

/// Shape of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// Lines of NAME='value' for a shell (outputs)
    Env,
    /// Lines for $GITHUB_OUTPUT (outputs), annotations of a workflow (validate)
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
    },
    /// Explain a rule: why it is one, and how to mend or suppress a finding
    Explain {
        /// The rule, such as open-connect
        rule: String,
    },
    /// Work with the cloud.
    #[command(flatten)]
    Cloud(Cloud),
    /// Run a command against a cloud on this machine, set up and started when needed
    Local {
        /// What to do there.
        #[command(subcommand)]
        command: Local,
    },
    /// Print the JSON Schema of the spec, for editors
    Schema,
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
pub enum Cloud {
    /// Show what apply would change
    Plan {
        /// Exit with 2 if there are changes
        #[arg(long)]
        detailed_exitcode: bool,
        /// Plan the removal of tables and keys that left the spec, and replacements that lose data
        #[arg(long)]
        delete_data: bool,
    },
    /// Make what is live equal to the spec, then print the outputs
    Apply {
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        /// Remove tables and keys that left the spec, and allow replacements that lose data
        #[arg(long)]
        delete_data: bool,
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
    },
}

/// What to do on the local cloud.
#[derive(Debug, Subcommand)]
pub enum Local {
    /// Tell whether the local cloud runs, and where
    Status,
    /// Stop the local cloud; all it held is gone
    Stop,
    /// Any command that works with a cloud.
    #[command(flatten)]
    Cloud(Cloud),
}
