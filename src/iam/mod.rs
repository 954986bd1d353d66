//! The language of IAM, without a client: what a policy says, what it allows, and how long it may be.
pub mod actions;
pub mod arn;
pub mod compare;
mod document;
pub mod escalation;
pub mod pattern;
pub mod size;

pub use document::{MalformedPolicy, Policy, element_texts, is_statement};
