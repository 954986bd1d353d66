//! Diagnostics and failures drawn: for people, for programs, for GitHub, for code scanning.
pub mod github;
pub mod json;
pub mod sarif;
mod style;
pub mod text;

pub use style::Style;

/// Writes a number of things: `1 warning`, `2 warnings`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
