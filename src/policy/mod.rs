//! Who needs which permissions, made from the spec without asking AWS: what functions may do, what whoever
//! deploys needs, and who may take a role from GitHub.
mod actions;
mod context;
mod deployer;
mod permission_scope;
pub mod preflight;
mod trust;

pub use deployer::deployer_policies;
pub use trust::{WorkflowClaim, github_trust_policy};
