//! Detects secrets by their form and by their name, and redacts them.
//!
//! Everything that may print a value asks here, so that no two of them disagree. Documents (plans, drift, losses) go
//! through a [`Redactor`]; texts and messages about them through the functions of `text`.
mod classify;
mod document;
mod name;
mod text;
pub(crate) use classify::{Suspicion, judge, name_form};
pub use document::{Redactor, redact_paths};
pub(crate) use name::{is_public_name, is_secret_name};
pub(crate) use text::{redact_findings, redact_spans};

/// Placeholder for a redacted value in a document.
pub const REDACTED: &str = "(hidden)";
/// Placeholder for a redacted part of a text.
const REDACTED_PART: &str = "****";
/// Placeholder for a reference in a text that is judged; no secret has it.
pub(crate) const REFERENCE: char = '\u{fffc}';
