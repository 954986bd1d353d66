//! Policies made from the spec without asking AWS: for the functions, for deployers, and for assuming a role from
//! GitHub.
mod actions;
mod context;
mod deployer;
mod permission_scope;
pub mod preflight;
mod trust;

pub use deployer::{DeployerOptions, deployer_policies, escalation_warning};
pub use trust::{WorkflowClaim, github_trust_policy};
