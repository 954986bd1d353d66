//! Values and events made visible: for people, for programs.
pub mod annotation;
pub mod diagnostics;
pub mod events;
mod expected;
pub mod failure;
pub mod iam;
pub mod markdown;
pub mod model;
pub mod outputs;
pub mod plan;
pub mod progress;
pub mod report;
pub mod risk;
pub mod schemas;
mod style;
mod tree;
pub use style::Style;
