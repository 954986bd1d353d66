//! What a change goes on costing whether or not anybody uses the stack, or costs more the longer it stands.
//!
//! Only keys, provisioned capacity and backups do. Everything else that the tool makes is paid by use: requests on
//! demand, runs of functions, messages, log events; reserved concurrency is free, and every log group has an end of
//! its retention.
use crate::{
    engine::{EventAction, Step},
    resources,
};

/// What the step will cost from now on, in words; nothing if it costs no more than what stands.
pub(super) fn step_costs(step: &Step) -> Vec<String> {
    // What a replacement removes costs nothing any more, so it counts like an update.
    let (before, after) = match &step.action {
        EventAction::Create { .. } => (None, step.after.as_ref()),
        EventAction::Update { .. } | EventAction::Replace { .. } => {
            (step.before.as_ref(), step.after.as_ref())
        }
        EventAction::Keep | EventAction::Delete { .. } => return Vec::new(),
    };
    match (resources::kind(step.kind), after) {
        (Some(kind), Some(after)) => (kind.costs)(before, after),
        _ => Vec::new(),
    }
}
