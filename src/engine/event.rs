//! What the engine tells whoever is watching.
use std::time::Duration;

use serde::Serialize;

use crate::aws::Error;

/// What is being done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
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

/// One thing that happened to one resource.
#[derive(Debug)]
pub enum Event<'a> {
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
    fn on(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Sync> Observer for F {
    fn on(&self, event: &Event<'_>) {
        self(event);
    }
}
