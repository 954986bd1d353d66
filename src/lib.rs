//! Provisions a WebSocket AI-copilot back end on AWS from one YAML file.
pub mod aws;
pub mod cli;
pub mod commands;
pub mod diagnostic;
pub mod doctor;
pub mod engine;
pub mod exit;
pub mod local;
pub mod package;
pub mod resources;
pub mod smoke;
pub mod spec;
pub mod stack;
pub mod tail;
pub mod talk;
pub mod view;
pub mod world;
