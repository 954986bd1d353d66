//! Who needs which permissions, made from the spec without asking AWS: what functions may do, what whoever
//! deploys needs, and who may take a role from GitHub.
mod actions;
mod context;
mod deployer;
pub mod preflight;
mod scope;
mod trust;

pub use deployer::deployer;
pub use trust::{Claim, github};
