//! Renders values and events for people and for programs.
pub mod doctor;
pub mod events;
pub mod logs;
pub mod markdown;
pub mod merged_spec;
pub mod outputs;
pub mod plan;
pub mod policy;
pub mod progress;
pub mod report;
pub mod rules;
pub mod schemas;
pub mod smoke;
mod statements;
#[cfg(test)]
mod tests;
mod tree;

pub use crate::diagnostic::render::{Page, Style};
pub(crate) use crate::diagnostic::words::format_count;
