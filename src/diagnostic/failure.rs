//! Why a command failed: an exit code, diagnostics, and the file they point into.
use super::{Category, Diagnostic, ExitCode, SourceFile};

/// Where a wrong command line is explained.
const USAGE_HINT: &str = "see `copilot-infra --help`";

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code that says so.
    pub code: ExitCode,
    /// Everything that stands in the way; at least one.
    pub diagnostics: Vec<Diagnostic>,
    /// The text that the spans of the diagnostics point into.
    pub source: Option<Box<SourceFile>>,
    /// All of it in one sentence, where the first diagnostic alone does not tell.
    pub summary: Option<String>,
    /// Whether people have been told already, step by step.
    pub is_reported: bool,
}

impl Failure {
    /// One thing went wrong.
    #[must_use]
    pub fn new(code: ExitCode, diagnostic: Diagnostic) -> Self {
        Self { code, diagnostics: vec![diagnostic], source: None, summary: None, is_reported: false }
    }

    /// Several things in or about one file went wrong.
    #[must_use]
    pub fn in_source(code: ExitCode, source: SourceFile, diagnostics: Vec<Diagnostic>) -> Self {
        Self { code, diagnostics, source: Some(Box::new(source)), summary: None, is_reported: false }
    }

    /// The same, told in one sentence by `summary`.
    #[must_use]
    pub fn with_summary(self, summary: impl Into<String>) -> Self {
        Self { summary: Some(summary.into()), ..self }
    }

    /// It failed before anything was changed, and this is why.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Failed, Diagnostic::error(Category::Other, message))
    }

    /// The command line asks for something that does not fit together.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, Diagnostic::error(Category::Other, message).with_hint(USAGE_HINT))
    }

    /// The same with this next step in place of any other.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.diagnostics.iter_mut().for_each(|one| one.hint = Some(hint.clone()));
        self
    }

    /// People have been told already; programs hear `message`.
    #[must_use]
    pub fn reported(code: ExitCode, message: impl Into<String>) -> Self {
        Self { is_reported: true, ..Self::new(code, Diagnostic::error(Category::Other, message)) }
    }

    /// A signal ended the command.
    #[must_use]
    pub fn signal(code: ExitCode) -> Self {
        Self::reported(code, if code == ExitCode::Terminated { "terminated" } else { "interrupted" })
    }
}
