//! Holder of a lease, described so that a person can find them.
use std::fmt;

use crate::aws;

/// One run of the tool, as the holder of a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseHolder {
    /// ARN of the caller, as STS says.
    pub who: String,
    /// Name of the machine.
    pub host: String,
    /// Process id on that machine.
    pub pid: u32,
    /// Command that it runs, such as `apply`.
    pub command: String,
    /// URL of the CI run, if it is one.
    pub run: Option<String>,
}

/// Variables that hold the URL of a CI run: GitLab, Buildkite, `CircleCI`, Jenkins, each documented by it.
const RUN_VARIABLES: [&str; 4] = ["CI_JOB_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "BUILD_URL"];

impl LeaseHolder {
    /// Returns this process as a holder.
    #[must_use]
    pub fn current_process(who: &str, command: &str) -> Self {
        Self {
            who: who.to_owned(),
            host: host_name(),
            pid: std::process::id(),
            command: command.to_owned(),
            run: ci_run_url(aws::env_variable),
        }
    }
}

#[cfg(unix)]
fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host_name() -> String {
    aws::env_variable("COMPUTERNAME").unwrap_or_default()
}

/// Returns the URL of the CI run; GitHub's is put together from its default variables.
fn ci_run_url(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let github = || {
        let (server, repository) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?);
        Some(format!("{server}/{repository}/actions/runs/{}", variable("GITHUB_RUN_ID")?))
    };
    github().or_else(|| RUN_VARIABLES.into_iter().find_map(&variable))
}

impl fmt::Display for LeaseHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, host, pid, command, run } = self;
        write!(f, "`{command}` by {who} on `{host}`, process {pid}")?;
        run.as_ref().map_or(Ok(()), |run| write!(f, ", {run}"))
    }
}

#[cfg(test)]
mod tests {
    use super::ci_run_url;

    fn of(variables: &[(&str, &str)]) -> Option<String> {
        ci_run_url(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_run_in_ci_is_known_by_its_address() {
        let github = [
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/copilot"),
            ("GITHUB_RUN_ID", "42"),
        ];
        assert_eq!(of(&github).as_deref(), Some("https://github.com/acme/copilot/actions/runs/42"));
        assert_eq!(
            of(&[("CI_JOB_URL", "https://gitlab.com/j/1")]).as_deref(),
            Some("https://gitlab.com/j/1")
        );
        assert_eq!(of(&[("GITHUB_RUN_ID", "42")]), None);
    }
}
