//! Provisions a WebSocket AI-copilot back end on AWS from one YAML file.
pub mod aws;
pub mod cli;
pub mod commands;
pub mod diagnostic;
pub mod digest;
pub mod engine;
pub mod exit;
pub mod lease;
pub mod local;
pub mod package;
pub mod resources;
pub mod spec;
pub mod stack;
pub mod view;
pub mod world;
