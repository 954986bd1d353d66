//! The page of `open`: a copilot in the browser, served to this machine alone.
mod browser;
mod page;
mod request;
mod server;

pub use browser::open_in_browser;
pub use page::{Page, UnfitCarrier};
pub use server::Server;
