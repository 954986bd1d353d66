//! The ground floor: one value for everything that is or may go wrong, and every way to draw it.
//!
//! A [`Diagnostic`] is made by whoever knows what happened: a rule of the manifest, or an error type's own
//! `diagnostic()`. This room knows none of them. A command that fails returns a [`Failure`], which is an
//! [`ExitCode`], diagnostics, and the file they point into; [`render`] draws it for people, programs, GitHub and code
//! scanning.
mod exit_code;
mod failure;
pub mod render;
mod rule;
mod source;
mod span;
pub(crate) mod suggest;
pub mod untrusted;
pub(crate) mod words;

use serde::Serialize;

pub(crate) use span::SPANNED;
pub use {
    exit_code::ExitCode,
    failure::Failure,
    rule::{Rule, RuleClass},
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

impl Severity {
    /// Returns its name: `error`, `warning` or `note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What a diagnostic comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// A rule with this id found it in the text of the spec.
    Rule(&'static str),
    /// The spec cannot be read as text; the catalogue has it as the rule `unreadable`.
    UnreadableFile,
    /// AWS, or the way to it, failed.
    Aws,
    /// Nobody whom AWS knows is asking.
    Credentials,
    /// A resource could not be read.
    Read,
    /// A resource may not be touched.
    Refusal,
    /// Work on a resource failed.
    Step,
    /// The caller lacks permissions.
    Permissions,
    /// A saved plan does not fit any more.
    StalePlan,
    /// The lease of the stack is not to be had.
    Lease,
    /// A check of `doctor` with this name.
    Check(&'static str),
    /// Anything else.
    Other,
}

/// A request that a service refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRequest {
    /// Operation, such as `dynamodb:CreateTable`.
    pub operation: String,
    /// The service's error code.
    pub code: String,
    /// The service's words.
    pub message: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

/// One thing that is wrong or may go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What it comes from.
    pub category: Category,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the file; none if no part of it is meant.
    pub span: Option<Span>,
    /// Address of the resource it is about, such as `tables.orders`.
    pub about: Option<String>,
    /// What was being done, such as `reading tables.orders failed`.
    pub context: Option<String>,
    /// What is wrong: lower case, values in backticks, no hint.
    pub message: String,
    /// The request that was refused, if that is what went wrong.
    pub request: Option<RefusedRequest>,
    /// What the message sums up, such as each permission that is missing.
    pub details: Vec<String>,
    /// The next step.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error of `category`.
    #[must_use]
    pub fn error(category: Category, message: impl Into<String>) -> Self {
        Self {
            category,
            severity: Severity::Error,
            span: None,
            about: None,
            context: None,
            message: message.into(),
            request: None,
            details: Vec::new(),
            hint: None,
        }
    }

    /// An error of `category` that is told in lines: the first is the message, the others are details.
    #[must_use]
    pub fn of_lines(category: Category, lines: &str) -> Self {
        let mut lines = lines.lines().map(|line| line.trim().to_owned());
        let diagnostic = Self::error(category, lines.next().unwrap_or_default());
        Self { details: lines.collect(), ..diagnostic }
    }

    /// What the rule called `id` finds at `span`; of the whole file without one.
    #[must_use]
    pub fn of_rule(
        id: &'static str,
        severity: Severity,
        span: Option<Span>,
        message: impl Into<String>,
    ) -> Self {
        Self { severity, span, ..Self::error(Category::Rule(id), message) }
    }

    /// The same with this next step.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same, about the resource at `address`.
    #[must_use]
    pub fn about(self, address: impl Into<String>, span: Option<Span>) -> Self {
        Self { about: Some(address.into()), span, ..self }
    }

    /// Returns the id of the rule it comes from.
    #[must_use]
    pub fn rule(&self) -> Option<&'static str> {
        match self.category {
            Category::Rule(id) => Some(id),
            Category::UnreadableFile => Some("unreadable"),
            _ => None,
        }
    }

    /// Whether it is one of several that are told one by one: each has its place or its resource.
    #[must_use]
    pub fn is_one_of_many(&self) -> bool {
        matches!(self.category, Category::Rule(_) | Category::Read | Category::Refusal)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// Collects the files below `folder` whose text glues a hint to a message.
    fn glued(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                glued(&path, found);
            } else if fs::read_to_string(&path).is_ok_and(|text| text.contains(concat!("\\n", "hint:"))) {
                found.push(path.display().to_string());
            }
        }
    }

    #[test]
    fn a_hint_is_a_field_and_no_part_of_a_message() {
        let mut found = Vec::new();
        glued(Path::new("src"), &mut found);
        // What draws diagnostics writes the word.
        found.retain(|path| !path.starts_with("src/diagnostic/render/"));
        assert!(found.is_empty(), "{found:?}");
    }
}
