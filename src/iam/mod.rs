//! The language of IAM, without a client: what a policy says, what it allows, and how long it may be.
pub mod pattern;
