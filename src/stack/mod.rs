//! What a copilot is made of: the only place that knows.
mod compose;
mod functions;
mod gateway;
pub mod inputs;
mod outputs;
pub mod policies;
mod scope;
mod storage;
pub use compose::{Stack, compose};
pub use outputs::Outputs;
