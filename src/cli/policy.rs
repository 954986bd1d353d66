//! The command line of `policy`.
use clap::Subcommand;
use std::path::PathBuf;

/// Whose permissions to print.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// What each function may do, and why
    Roles,
    /// What whoever deploys the stack needs, in policies that IAM takes
    Deployer {
        /// Only this one, bare: `plan`, `apply`, `lease` and so on, as the whole list names them
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// ARN of the role or user that deploys, which may then ask about itself (`apply --preflight`)
        #[arg(long, value_name = "ARN")]
        principal: Option<String>,
        /// Write each into a file of this folder instead
        #[arg(long, value_name = "FOLDER", conflicts_with = "name")]
        out: Option<PathBuf>,
    },
    /// A trust policy for the role that deploys: who may take it
    Trust {
        /// Workflows of this repository on GitHub
        #[arg(long, value_name = "ORG/REPO", value_parser = repository)]
        github: String,
        /// Those that run for this branch (repeatable); `main` if nothing else is said
        #[arg(long, value_name = "BRANCH")]
        branch: Vec<String>,
        /// Those whose job names this environment (repeatable)
        #[arg(long, value_name = "NAME")]
        environment: Vec<String>,
        /// Those that run for pull requests; let them plan only
        #[arg(long)]
        pull_request: bool,
    },
}

/// Reads the id of an account.
pub(super) fn account(text: &str) -> Result<String, String> {
    let fits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err("an account id has exactly 12 digits".to_owned()) }
}

/// No wildcards: in a trust policy they would let others in.
fn repository(text: &str) -> Result<String, String> {
    let fits = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !name.is_empty() && name.bytes().all(plain)
    };
    match text.split_once('/') {
        Some((owner, name)) if fits(owner) && fits(name) => Ok(text.to_owned()),
        _ => Err("a repository looks like `ORG/REPO`".to_owned()),
    }
}
