//! What the engine tells whoever is watching.
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
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Replace, Self::Delete];

    /// The verb as a command, such as `create`.
    #[must_use]
    pub fn infinitive(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
        }
    }

    /// The verb while it is carried out, such as `creating`.
    #[must_use]
    pub fn present_participle(self) -> &'static str {
        match self {
            Self::Create => "creating",
            Self::Update => "updating",
            Self::Replace => "replacing",
            Self::Delete => "deleting",
        }
    }

    /// The verb once it is carried out, such as `created`.
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

/// One thing that happened to one resource.
#[derive(Debug)]
pub enum StepEvent<'a> {
    /// Work began.
    Started {
        /// Resource.
        address: &'a str,
        /// What is done to it.
        verb: Verb,
    },
    /// Work goes on.
    Waiting {
        /// Resource.
        address: &'a str,
        /// For what.
        what: &'a str,
    },
    /// Work ended well.
    Done {
        /// Resource.
        address: &'a str,
        /// What was done to it.
        verb: Verb,
        /// How long it took.
        took: Duration,
    },
    /// Work failed or was broken off.
    Failed {
        /// Resource.
        address: &'a str,
        /// What was to be done to it.
        verb: Verb,
        /// Why.
        error: &'a Error,
    },
    /// Not tried.
    Skipped {
        /// Resource.
        address: &'a str,
        /// What was to be done to it.
        verb: Verb,
        /// Why not.
        why: &'a str,
    },
}

/// A watcher: progress bars, plain lines, JSON lines or a test.
pub trait Observer: Sync {
    /// Called for every event, in order.
    fn on(&self, event: &StepEvent<'_>);
}

impl<F: Fn(&StepEvent<'_>) + Sync> Observer for F {
    fn on(&self, event: &StepEvent<'_>) {
        self(event);
    }
}
