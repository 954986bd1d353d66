//! Events that the engine sends to its observer while it applies a plan.
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::Error;

/// What is being done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Action")]
pub enum Verb {
    /// Made.
    Create,
    /// Changed in place.
    Update,
    /// Removed and made anew.
    Replace,
    /// Removed.
    Delete,
}

impl Verb {
    /// All verbs, in the order in which they are counted.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Replace, Self::Delete];

    /// Returns the verb as a command, such as `create`.
    #[must_use]
    pub fn infinitive(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
        }
    }

    /// Returns the verb while it is carried out, such as `creating`.
    #[must_use]
    pub fn present_participle(self) -> &'static str {
        match self {
            Self::Create => "creating",
            Self::Update => "updating",
            Self::Replace => "replacing",
            Self::Delete => "deleting",
        }
    }

    /// Returns the verb once it is carried out, such as `created`.
    #[must_use]
    pub fn past_participle(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Update => "updated",
            Self::Replace => "replaced",
            Self::Delete => "deleted",
        }
    }
}

/// An event of one step.
#[derive(Debug)]
pub enum StepEvent<'a> {
    /// Work on the resource began.
    Started {
        /// Address of the resource.
        address: &'a str,
        /// What is done to the resource.
        verb: Verb,
    },
    /// Work goes on and waits for something.
    Waiting {
        /// Address of the resource.
        address: &'a str,
        /// What is waited for.
        what: &'a str,
    },
    /// The step succeeded.
    Done {
        /// Address of the resource.
        address: &'a str,
        /// What was done to the resource.
        verb: Verb,
        /// Duration of the step.
        took: Duration,
    },
    /// The step failed or was interrupted.
    Failed {
        /// Address of the resource.
        address: &'a str,
        /// What was to be done to the resource.
        verb: Verb,
        /// Error that the step failed with.
        error: &'a Error,
    },
    /// The step was not tried.
    Skipped {
        /// Address of the resource.
        address: &'a str,
        /// What was to be done to the resource.
        verb: Verb,
        /// Why the step was skipped.
        why: &'a str,
    },
}

/// Receiver of step events: progress bars, plain lines, JSON lines or a test.
pub trait Observer: Sync {
    /// Receives every event, in order.
    fn on(&self, event: &StepEvent<'_>);
}

impl<F: Fn(&StepEvent<'_>) + Sync> Observer for F {
    fn on(&self, event: &StepEvent<'_>) {
        self(event);
    }
}
