//! One thing to say about the spec, as a value; how it is drawn is the view's business.
mod source;
mod span;
pub(crate) mod suggest;

use serde::Serialize;

pub(crate) use span::SPANNED;
pub use {
    source::{LineColumn, SourceFile},
    span::{Span, Spanned},
};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is done until it is mended.
    Error,
    /// Worth knowing, and counted wherever the spec is used.
    Warning,
    /// Worth considering, and told by `validate` only.
    Note,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable id of the rule, such as `unknown-key`.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the file; none if the file as a whole is meant.
    pub span: Option<Span>,
    /// What is wrong: lower case, values in backticks.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}
