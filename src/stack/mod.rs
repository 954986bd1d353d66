//! What a copilot is made of: the only place that knows.
mod access;
mod callers;
mod compose;
mod functions;
mod gateway;
pub mod inputs;
mod models;
mod outputs;
mod packages;
pub mod policies;
mod scope;
mod secrets;
mod storage;
pub use compose::{Stack, compose};
pub use models::models;
pub use outputs::Outputs;
pub use packages::{Listener, Packages};
