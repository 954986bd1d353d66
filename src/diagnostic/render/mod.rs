//! Diagnostics and failures drawn: for people, for programs, for GitHub, for code scanning.
pub mod github;
pub mod json;
pub mod json_lines;
mod page;
pub mod sarif;
mod style;
pub mod text;

pub use page::{Flow, Page};
pub use style::Style;
