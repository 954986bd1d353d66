//! Without a cloud: what the program makes of specs, settings, and answers that no cloud would give.
mod actions;
mod comments;
mod credentials;
mod event_lines;
mod exit_codes;
mod failures;
mod findings;
mod generated;
mod handlers;
mod hostile;
mod linters;
mod networks;
mod overlays;
mod pipelines;
mod pipes;
mod policy;
mod releases;
mod secrets;
mod settings;
mod stuck;
mod unreadable;
mod validate;
mod web_chat;

use std::{fs, path::Path};

/// A spec with a warning, a note, and nothing wrong.
const FINE: &str = "examples/minimal.yaml";
/// A spec with an unknown key and a secret.
const WRONG: &str =
    "version: 1\nstack: demo\ntabels: {}\ninputs: { password: { value: correct-horse-battery } }\n";

/// A spec that a rule of policy refuses.
const POLICY: &str = "version: 1\nstack: demo\ninputs: { password: { value: correct-horse-battery } }\n";

/// Writes a spec and returns its path as text.
fn spec(folder: &Path, text: &str) -> String {
    let path = folder.join("copilot.yaml");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}
