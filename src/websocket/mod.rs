//! A client of the stack's WebSocket: where it connects, what it hears, and how that can go wrong.
mod address;
mod chat;
mod connect;
mod frame;
mod socket;
mod terminal;

pub use address::{TokenCarrier, WebSocketAddress};
pub use chat::{Chat, KEEP_ALIVE};
pub use frame::Frame;
pub use socket::{Error, Socket};
pub use terminal::{InputLine, Terminal};
