//! The command line of `policy`.
use std::path::PathBuf;

use clap::Subcommand;

use crate::iam::{
    arn::{ACCOUNT_ID_WORDS, is_account_id},
    pattern::is_pattern,
};

/// Whose permissions to print.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// What each function may do, and why
    Roles,
    /// What whoever deploys the stack needs, in policies that IAM takes
    Deployer {
        /// Only this one, bare: `plan`, `apply`, `lease` and so on, as the whole list names them
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// ARN of the role or user that deploys, which may then ask about itself (`apply --preflight`)
        #[arg(long, value_name = "ARN", value_parser = parse_principal_arn)]
        principal: Option<String>,
        /// Id of the API, once it is made: all other APIs are out of reach then
        #[arg(long, value_name = "ID", value_parser = parse_api_id)]
        api: Option<String>,
        /// Write each into a file of this folder instead
        #[arg(long, value_name = "FOLDER", conflicts_with = "name")]
        out: Option<PathBuf>,
    },
    /// A trust policy for the role that deploys: who may take it
    Trust {
        /// Workflows of this repository on GitHub
        #[arg(long, value_name = "ORG/REPO", value_parser = parse_repository)]
        github: String,
        /// Those that run for this branch, or for all like `release/*` (repeatable); `main` if nothing else is said
        #[arg(long, value_name = "BRANCH", value_parser = parse_branch)]
        branch: Vec<String>,
        /// Those that run for any branch, which whoever may push to the repository can make
        #[arg(long, conflicts_with = "branch")]
        any_branch: bool,
        /// Those whose job names this environment, or one like `prod-*` (repeatable)
        #[arg(long, value_name = "NAME", value_parser = parse_environment)]
        environment: Vec<String>,
        /// Those whose job names any environment
        #[arg(long, conflicts_with = "environment")]
        any_environment: bool,
        /// Those that run for pull requests; let them plan only
        #[arg(long)]
        pull_request: bool,
    },
}

/// Reads the id of an account.
pub(super) fn parse_account_id(text: &str) -> Result<String, String> {
    if is_account_id(text) { Ok(text.to_owned()) } else { Err(ACCOUNT_ID_WORDS.to_owned()) }
}

/// Reads the id of an API, as `outputs` and the console show it.
fn parse_api_id(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if (1..=20).contains(&text.len()) && text.bytes().all(fits) {
        return Ok(text.to_owned());
    }
    Err("an id looks like `a1b2c3d4e5`".to_owned())
}

/// No wildcards: in a trust policy they would let others in.
fn parse_repository(text: &str) -> Result<String, String> {
    let fits = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !name.trim_matches('.').is_empty() && name.bytes().all(plain)
    };
    match text.split_once('/') {
        Some((owner, name)) if fits(owner) && fits(name) => Ok(text.to_owned()),
        _ => Err("a repository looks like `ORG/REPO`".to_owned()),
    }
}

/// Reads a branch or a pattern of branches; its full name is taken too.
fn parse_branch(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("refs/heads/").unwrap_or(text);
    if name.starts_with("refs/") {
        return Err("that is no branch; a branch looks like `main`, or `release/*` for several".to_owned());
    }
    // No branch has these in its name (Git manual, `git-check-ref-format`).
    let odd = |sign: char| sign.is_whitespace() || sign.is_control() || "~^:\\[".contains(sign);
    if name.is_empty() || name.contains(odd) {
        return Err("a branch looks like `main`, or `release/*` for several".to_owned());
    }
    reject_catch_all(name, "branch", "--any-branch")
}

/// Reads an environment or a pattern of environments.
fn parse_environment(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.contains(char::is_control) {
        return Err("an environment looks like `production`, or `prod-*` for several".to_owned());
    }
    reject_catch_all(text, "environment", "--any-environment")
}

/// Refuses a pattern that leaves nothing out.
fn reject_catch_all(name: &str, what: &str, flag: &str) -> Result<String, String> {
    if name.contains("${") {
        return Err("IAM takes `${` for the beginning of a variable".to_owned());
    }
    if is_pattern(name) && !name.contains(char::is_alphanumeric) {
        return Err(format!(
            "it lets in every {what} of the repository; if that is meant, say `{flag}` instead"
        ));
    }
    Ok(name.to_owned())
}

/// Reads the ARN of a role or user (IAM guide, "IAM identifiers").
fn parse_principal_arn(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, "", id, rest] = parts[..] else { return Err(PRINCIPAL.to_owned()) };
    if !partition.starts_with("aws") || !is_account_id(id) {
        return Err(PRINCIPAL.to_owned());
    }
    match (service, rest.split_once('/')) {
        ("iam", Some(("role" | "user", name))) if is_iam_name(name) => Ok(text.to_owned()),
        // The ARN of a session lacks the path that the role may have.
        ("sts", Some(("assumed-role", session))) => {
            let name = session.split('/').next().unwrap_or_default();
            Err(format!(
                "that is a session of a role; name the role: `arn:{partition}:iam::{id}:role/{name}`, or as \
                 `aws iam get-role --role-name {name}` has it if it is under a path"
            ))
        }
        _ => Err(PRINCIPAL.to_owned()),
    }
}

const PRINCIPAL: &str = "it looks like `arn:aws:iam::123456789012:role/NAME`, or the same with `user`";

/// Whether `name` is a name of IAM's, below a path or not; no wildcards.
fn is_iam_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'*' | b'?' | b':' | b'$');
    !name.is_empty() && !name.ends_with('/') && name.bytes().all(fits)
}
