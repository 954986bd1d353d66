//! Secrets: what is one, by its form and by its name, and what people see in its place.
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

/// What stands in a document for a value that must not be shown.
pub const REDACTED: &str = "(hidden)";
/// What stands in a text for a part that must not be shown.
const REDACTED_PART: &str = "****";
/// Stands for a reference in a text that is judged; no secret has it.
pub(crate) const REFERENCE: char = '\u{fffc}';
