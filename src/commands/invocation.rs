//! The arguments and the environment of a command.
use crate::{aws::env_variable, cli::GlobalArgs, local::LocalEndpoint, ui::Ui};

/// The cloud that a command works with.
pub(super) enum TargetCloud {
    /// AWS, or an emulator that stands in for it.
    Aws,
    /// The local cloud on this machine.
    Local(LocalEndpoint),
}

/// The terminal, the global flags, and the cloud.
pub(super) struct Invocation<'a> {
    pub(super) ui: &'a Ui,
    pub(super) global: &'a GlobalArgs,
    pub(super) cloud: TargetCloud,
}

impl Invocation<'_> {
    /// Returns the endpoint of the emulator, where one stands in for AWS.
    pub(super) fn emulator(&self) -> Option<String> {
        match &self.cloud {
            TargetCloud::Local(endpoint) => Some(endpoint.url.clone()),
            TargetCloud::Aws => self.global.endpoint_url.clone().or_else(|| env_variable("AWS_ENDPOINT_URL")),
        }
    }
}
