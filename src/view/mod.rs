//! Values drawn for people and machines.
pub mod diagnostics;
