//! What pipelines read and write: plans, events, outputs, comments, and the pipelines among the examples.
#![cfg(unix)]
mod bench;
mod ci;
mod comment;
mod lines;
mod pipeline;
mod secrets;
