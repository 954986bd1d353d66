//! The browser of whoever runs the command.
use std::process::Stdio;

use tokio::process::Command;

/// What opens an address in the user's browser.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Opens an address in the user's browser; returns whether that worked.
///
/// The browser may live as long as this call, and longer: Ctrl-C at the terminal does not reach it.
pub async fn open_in_browser(address: &str) -> bool {
    let mut command = Command::new(OPENER);
    command.arg(address).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}
