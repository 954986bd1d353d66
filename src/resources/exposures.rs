//! Tables of what others may do through a member that no spec asks for.
use crate::engine::{Exposure, LeafChange};

/// What a member lets others do, and the command that shows it, with `{}` in place of the resource's name.
pub(super) struct Opening {
    pub(super) member: &'static str,
    pub(super) allows: &'static str,
    pub(super) shown_by: &'static str,
}

/// Returns the exposures among `openings` that an update takes away.
pub(super) fn closed_exposures(openings: &[Opening], name: &str, changes: &[LeafChange]) -> Vec<Exposure> {
    let closes = |opening: &&Opening| {
        let is_taken = |change: &LeafChange| {
            change.before.is_some() && change.after.is_none() && change.pointer.is_within(opening.member)
        };
        changes.iter().any(is_taken)
    };
    let exposure = |opening: &Opening| Exposure {
        allows: opening.allows.to_owned(),
        shown_by: opening.shown_by.replace("{}", name),
    };
    openings.iter().filter(closes).map(exposure).collect()
}
