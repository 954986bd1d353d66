//! The built program as its users meet it, without a cloud and against the one that its own `local` sets up.
//!
//! What is installed for that (over the network, the first time) is below the user's cache folder, or below
//! `COPILOT_INFRA_CACHE`.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests wait for programs, and take their settings from the environment"
)]
mod local_cloud;
mod offline;
mod support;
mod test_files;
