//! Provisions a WebSocket AI-copilot back end on AWS from one YAML file.
#[cfg(test)]
mod arrows;
pub mod aws;
pub mod cli;
pub mod commands;
pub mod diagnostic;
pub mod digest;
pub mod doctor;
pub mod engine;
pub mod file_watch;
pub mod iam;
pub mod lease;
pub mod local;
pub mod manifest;
pub mod package;
pub mod pointer;
pub mod policy;
pub mod redact;
pub mod resources;
pub mod smoke;
pub mod stack;
pub mod tail;
pub mod time;
pub mod ui;
pub mod view;
pub mod websocket;
