//! Values and events made visible: for people, for programs.
pub mod diagnostics;
pub mod doctor;
pub mod failure;
pub mod logs;
pub mod outputs;
pub mod plan;
pub mod progress;
pub mod report;
pub mod smoke;
mod style;
pub use style::Style;
