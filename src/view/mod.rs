//! Values and events made visible: for people, for programs.
pub mod annotation;
mod cost;
pub mod diagnostics;
pub mod doctor;
pub mod events;
mod expected;
pub mod failed;
pub mod failure;
pub mod findings;
pub mod github;
pub mod logs;
pub mod markdown;
pub mod model;
pub mod outputs;
pub mod plan;
pub mod policy;
pub mod progress;
pub mod report;
pub mod risk;
pub mod rules;
pub mod sarif;
pub mod schemas;
pub mod smoke;
mod statements;
mod style;
mod tree;
pub mod trouble;
pub use style::Style;

/// `1 warning`, `2 warnings`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
