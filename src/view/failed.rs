//! A failure as JSON, for whoever waits for a result on stdout.
use schemars::JsonSchema;
use serde::Serialize;

use super::events::{Finding, Problem, findings, problem};
use crate::exit::Failure;

/// What is printed instead of a result with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Failed {
    /// Why there is no result.
    pub error: Reason,
}

/// Why there is no result.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reason {
    /// The exit code, such as 65 for a wrong spec; `copilot-infra --help` lists them.
    pub exit_code: i32,
    /// Why.
    #[serde(flatten)]
    pub problem: Problem,
    /// Everything that stands in the way, where that is told one by one; empty otherwise.
    pub findings: Vec<Finding>,
}

impl From<&Failure> for Failed {
    fn from(failure: &Failure) -> Self {
        let (exit_code, problem, findings) = (failure.code(), problem(failure), findings(failure));
        Self { error: Reason { exit_code, problem, findings } }
    }
}

/// The failure as a document, or on one line if the result is one of lines.
#[must_use]
pub fn json(failure: &Failure, lines: bool) -> String {
    let failed = serde_json::json!(Failed::from(failure));
    if lines { format!("{failed}\n") } else { format!("{failed:#}\n") }
}
