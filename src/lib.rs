//! Provisions a WebSocket AI-copilot back end on AWS from one YAML file.
pub mod aws;
pub mod diagnostic;
pub mod engine;
pub mod resources;
pub mod spec;
pub mod view;
