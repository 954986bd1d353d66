//! Failures as JSON Lines, for programs that read a result line by line.
use serde_json::json;

use super::json::{Failed, Reason};
use crate::diagnostic::Failure;

/// Draws a failure on one line, in the form that [`json`](super::json) gives it.
#[must_use]
pub fn failure(failure: &Failure) -> String {
    format!("{}\n", json!(Failed { error: Reason::from(failure) }))
}
