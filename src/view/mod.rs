//! Values and events made visible: for people, for programs.
pub mod diagnostics;
mod expected;
pub mod failure;
pub mod outputs;
pub mod plan;
pub mod progress;
pub mod report;
mod style;
mod tree;
pub use style::Style;
