//! Values and events made visible: for people, for programs.
pub mod diagnostics;
pub mod failure;
pub mod findings;
pub mod github;
pub mod outputs;
pub mod plan;
pub mod progress;
pub mod report;
pub mod rules;
pub mod sarif;
mod style;
pub use style::Style;
