//! What happens while a plan is carried out, as JSON, one event on each line of stdout.
mod stream;
pub use stream::EventStream;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    diagnostic::{
        Failure,
        render::json::{Finding, Problem, Reason, SourcePosition},
    },
    engine::Verb,
    smoke,
};

/// Version of the format: the first number changes when a reader must change too.
pub const VERSION: &str = "1.0";

/// One line.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Line")]
pub struct EventLine {
    /// When, in UTC after RFC 3339.
    pub time: String,
    /// What.
    #[serde(flatten)]
    pub event: ApplyEvent,
}

/// An event of `apply` or `destroy`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "Event")]
pub enum ApplyEvent {
    /// Always the first line.
    Version {
        /// Version of this format, such as `1.0`; readers refuse another first number.
        format_version: String,
        /// Version of the tool.
        tool_version: String,
        /// Name of the stack; null if the run ended before it was known.
        stack: Option<String>,
        /// Account; null if the run ended before it was known.
        account: Option<String>,
        /// Region; null if the run ended before it was known.
        region: Option<String>,
    },
    /// Work on a resource began.
    Started {
        /// Resource.
        address: String,
        /// What is done to it.
        action: Verb,
    },
    /// It waits for something of AWS.
    Waiting {
        /// Resource.
        address: String,
        /// For what.
        waiting_for: String,
    },
    /// It is still being worked on; every ten seconds.
    Progress {
        /// Resource.
        address: String,
        /// What is done to it.
        action: Verb,
        /// For how long, in seconds.
        elapsed_seconds: f64,
        /// What it waits for, if it does.
        waiting_for: Option<String>,
    },
    /// It is as planned.
    Done {
        /// Resource.
        address: String,
        /// What was done to it.
        action: Verb,
        /// How long it took, in seconds.
        elapsed_seconds: f64,
    },
    /// It failed, or was broken off.
    Failed {
        /// Resource.
        address: String,
        /// What was to be done to it.
        action: Verb,
        /// Why.
        error: Problem,
    },
    /// It was not tried.
    Skipped {
        /// Resource.
        address: String,
        /// What was to be done to it.
        action: Verb,
        /// Why not.
        reason: String,
    },
    /// How it all ended; comes once, after everything above.
    Summary {
        /// Whether everything planned was done.
        complete: bool,
        /// Steps that were done.
        done: usize,
        /// Steps that failed.
        failed: usize,
        /// Steps that were not tried.
        skipped: usize,
        /// How long it took, in seconds.
        elapsed_seconds: f64,
        /// Places in the spec of what failed, by address.
        places: BTreeMap<String, SourcePosition>,
    },
    /// The outputs, after an apply that did everything.
    Outputs {
        /// Values by name.
        values: BTreeMap<String, String>,
    },
    /// A step of `apply --smoke` is over.
    SmokeStep {
        /// What it proves.
        name: String,
        /// How it ended.
        outcome: SmokeOutcome,
        /// What was seen, or why it failed or was not tried.
        detail: String,
        /// What to do about a failure.
        hint: Option<String>,
        /// How long it took, in seconds.
        elapsed_seconds: f64,
    },
    /// How `apply --smoke` ended; comes once, after its steps.
    Smoke {
        /// Whether the stack answers as it should.
        passed: bool,
    },
    /// Why the run ends with another exit code than 0; comes last.
    Error {
        /// The exit code, such as 6 for a saved plan that no longer fits; `copilot-infra --help` lists them.
        exit_code: i32,
        /// Why.
        error: Problem,
        /// Everything that stands in the way, where that is told one by one; empty otherwise.
        findings: Vec<Finding>,
    },
}

/// How a step of `apply --smoke` ended.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SmokeOutcome {
    /// As it should.
    Passed,
    /// Not tried.
    Skipped,
    /// Not as it should.
    Failed,
}

impl From<&Failure> for ApplyEvent {
    fn from(failure: &Failure) -> Self {
        let Reason { exit_code, problem, findings } = failure.into();
        Self::Error { exit_code, error: problem, findings }
    }
}

impl From<&smoke::SmokeCheck> for ApplyEvent {
    fn from(step: &smoke::SmokeCheck) -> Self {
        let (outcome, detail) = match &step.outcome {
            smoke::CheckOutcome::Passed(detail) => (SmokeOutcome::Passed, detail),
            smoke::CheckOutcome::Skipped(why) => (SmokeOutcome::Skipped, why),
            smoke::CheckOutcome::Failed(why) => (SmokeOutcome::Failed, why),
        };
        Self::SmokeStep {
            name: step.name.to_owned(),
            outcome,
            detail: detail.clone(),
            hint: step.hint.map(str::to_owned),
            elapsed_seconds: step.took.as_secs_f64(),
        }
    }
}
