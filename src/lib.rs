//! Provisions a WebSocket AI-copilot back end on AWS from one YAML file.
pub mod diagnostic;
pub mod package;
pub mod spec;
