//! The address of the local cloud, and what a command needs to reach it.
use std::{path::PathBuf, time::Duration};

use aws_credential_types::Credentials;

/// Region used when none is given.
pub const REGION: &str = "us-east-1";

const ACCESS_KEY: &str = "test";

/// Environment variables that must not reach a command run against the local cloud: they would win over
/// `LocalEndpoint::env_variables` or bring real credentials along.
pub const CLEARED: [&str; 7] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
];

/// A healthy local cloud.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalEndpoint {
    /// `http://127.0.0.1:PORT`, for every service.
    pub url: String,
    /// The port, on the loopback interface only.
    pub port: u16,
    /// The emulator's process, which leads a process group of its own.
    pub pid: u32,
    /// Session token of this start, which nobody else on the machine knows.
    pub token: String,
}

impl std::fmt::Debug for LocalEndpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "LocalEndpoint {{ url: {}, pid: {} }}", self.url, self.pid)
    }
}

/// An emulator that is running, healthy or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningEmulator {
    /// Where it answers.
    pub endpoint: LocalEndpoint,
    /// Whether it answered just now.
    pub healthy: bool,
    /// Time since its start.
    pub uptime: Duration,
    /// Path of the log with its output.
    pub log: PathBuf,
    /// MiniStack's version.
    pub version: String,
}

impl LocalEndpoint {
    pub(super) fn new(port: u16, pid: u32, token: String) -> Self {
        Self { url: format!("http://127.0.0.1:{port}"), port, pid, token }
    }

    /// Returns the credentials that the emulator lets in.
    ///
    /// An access key id of 12 digits would choose the account; `test` gives account `000000000000`.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        Credentials::new(ACCESS_KEY, ACCESS_KEY, Some(self.token.clone()), None, "local")
    }

    /// Returns the environment variables that another program needs; those in `CLEARED` must be dropped too.
    #[must_use]
    pub fn env_variables(&self, region: Option<&str>) -> Vec<(&'static str, String)> {
        let region = region.unwrap_or(REGION);
        [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY),
            ("AWS_SESSION_TOKEN", &self.token),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into()
    }
}

/// Returns the address a WebSocket client connects to, given the emulator's URL: not the `wss://…amazonaws.com` address
/// that the API itself reports.
#[must_use]
pub fn websocket_url(endpoint: &str, api_id: &str, stage: &str) -> String {
    let base = endpoint.trim_end_matches('/').replacen("http", "ws", 1);
    format!("{base}/_aws/execute-api/{api_id}/{stage}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_connects_on_loopback() {
        let endpoint = LocalEndpoint::new(4567, 1, "t0ken".into());
        assert_eq!(endpoint.url, "http://127.0.0.1:4567");
        assert!(!format!("{endpoint:?}").contains("t0ken"));
        assert_eq!(
            websocket_url(&endpoint.url, "a1", "prod"),
            "ws://127.0.0.1:4567/_aws/execute-api/a1/prod"
        );
    }

    #[test]
    fn no_variable_is_both_set_and_cleared() {
        let set = LocalEndpoint::new(1, 1, "t0ken".into()).env_variables(Some("eu-west-1"));
        assert!(set.iter().all(|(name, _)| !CLEARED.contains(name)));
        assert!(set.contains(&("AWS_REGION", "eu-west-1".into())));
    }
}
