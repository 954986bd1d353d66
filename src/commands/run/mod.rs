//! What the commands that read and change a stack share: the snapshot, the confirmation, the lease, the run itself.
mod confirm;
mod execute;
mod lease;
mod observe;
mod snapshot;
mod supervise;

pub(super) use confirm::{confirm, show_plan};
pub(super) use execute::execute;
pub(super) use lease::{LeaseBaseline, StackLease};
pub(super) use observe::{RunObserver, emit_empty_summary, emit_first_event};
pub(super) use snapshot::{
    consent_from, decide_changes, plan_options, refused, take_removal_snapshot, take_snapshot, unknown_target,
};
pub(super) use supervise::{RunDisplay, supervise};
