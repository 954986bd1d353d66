//! AWS in a box, for the tests of `copilot-infra`.
mod call;
mod fault;
mod http;
mod inspect;
mod limits;
mod reply;
mod request;
mod services;
mod simulator;
mod slot;
mod switches;

pub use fault::{Fault, Script};
pub use reply::Reply;
pub use request::{ACCOUNT, Request};
pub use simulator::{Broken, Record, Simulator};
pub use switches::Switches;
