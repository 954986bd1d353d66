//! A client of the stack's WebSocket: where it connects, what it hears, and how that can go wrong.
mod address;
mod frame;
mod socket;

pub use address::{Address, Carrier};
pub use frame::Frame;
pub use socket::{Error, Socket};
