//! Running costs of a change: those that accrue whether or not anybody uses the stack, or grow with time.
//!
//! Only keys, provisioned capacity and backups do. Everything else that the tool makes is paid by use: requests on
//! demand, runs of functions, messages, log events; reserved concurrency is free, and every log group has an end of
//! its retention.
use crate::{
    engine::{Action, Step},
    resources,
};

/// Describes the additional running costs after the step; empty if it costs no more than what is live.
pub(super) fn step_costs(step: &Step) -> Vec<String> {
    // What a replacement removes costs nothing any more, so a replacement counts like an update.
    let (before, after) = match &step.action {
        Action::Create { .. } => (None, step.after.as_ref()),
        Action::Update { .. } | Action::Replace { .. } => (step.before.as_ref(), step.after.as_ref()),
        Action::Keep | Action::Delete { .. } => return Vec::new(),
    };
    match (resources::kind(step.kind), after) {
        (Some(kind), Some(after)) => (kind.costs)(before, after),
        _ => Vec::new(),
    }
}
