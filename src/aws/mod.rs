//! AWS as the tool sees it: clients from one configuration, one error type, one way to wait.
mod client;
mod context;
mod error;
mod interrupt;
mod memo;
mod once;
mod pace;
mod remedy;
pub mod tags;
mod wait;
pub use client::{Aws, Options, partition_of, retries, timeouts};
pub use context::{Cx, Found, Run};
pub use error::{Error, Result};
pub use interrupt::{Interrupt, Trigger, Urgency, interrupt};
pub use memo::Memo;
pub use once::create_once;
pub use wait::Retry;
