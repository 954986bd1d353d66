//! Compares a saved plan with a fresh one to find out whether it is stale.
use crate::{
    engine::Verb,
    plan_document::{PlanDocument, ResourceChange},
};

/// Maximum number of differences that are listed one by one.
const NAMED: usize = 20;

/// The differences between a saved plan and a fresh one.
#[derive(Debug, Default)]
pub(super) struct PlanDelta {
    /// Steps that are no longer needed because their result exists already.
    pub(super) already_applied: Vec<String>,
    /// All other differences.
    pub(super) changed: Vec<String>,
}

impl PlanDelta {
    /// Compares `saved` with `fresh`; if their subjects differ, only the difference of those is returned.
    pub(super) fn between(saved: &PlanDocument, fresh: &PlanDocument) -> Self {
        let about = |what: &str, was: &str, is: &str| {
            (was != is).then(|| format!("it was made for the {what} `{was}`, and this is `{is}`"))
        };
        let elsewhere = [
            about("stack", &saved.stack, &fresh.stack),
            about("account", &saved.account, &fresh.account),
            about("region", &saved.region, &fresh.region),
        ];
        let other: Vec<String> = elsewhere.into_iter().flatten().collect();
        if other.is_empty() { diff_plans(saved, fresh) } else { Self { changed: other, ..Self::default() } }
    }

    /// Returns whether the plans are equal.
    pub(super) fn is_empty(&self) -> bool {
        self.already_applied.is_empty() && self.changed.is_empty()
    }

    /// Returns all differences as messages, cut where there are too many to read.
    pub(super) fn into_messages(self) -> Vec<String> {
        let mut moved = self.already_applied;
        moved.extend(self.changed);
        if moved.len() > NAMED {
            let more = moved.len() - NAMED;
            moved.truncate(NAMED);
            moved.push(format!("and {more} more"));
        }
        moved
    }
}

fn diff_plans(saved: &PlanDocument, fresh: &PlanDocument) -> PlanDelta {
    let mut moved = PlanDelta::default();
    let same_spec = saved.digests.spec == fresh.digests.spec;
    if !same_spec {
        moved.changed.push("the spec, its inputs or its code packages changed since it was made".to_owned());
    }
    for then in &saved.resource_changes {
        let now = of(fresh, &then.address);
        // With the same spec, the resource needs no change any more: it has been applied.
        if same_spec && !then.is_idle() && is_idle_or_absent(now) {
            let planned = described_verb(Some(then));
            moved
                .already_applied
                .push(format!("{}: was planned to {planned}, and that is done", then.address));
        } else {
            moved.changed.extend(diff_resource_change(&then.address, Some(then), now));
        }
    }
    for now in fresh.resource_changes.iter().filter(|now| of(saved, &now.address).is_none()) {
        moved.changed.extend(diff_resource_change(&now.address, None, Some(now)));
    }
    let refused = fresh.refusals.iter().filter(|one| !saved.refusals.contains(one));
    moved.changed.extend(refused.map(|one| format!("{}: {}", one.address, one.reason)));
    moved
}

fn of<'a>(plan: &'a PlanDocument, address: &str) -> Option<&'a ResourceChange> {
    plan.resource_changes.iter().find(|one| one.address == address)
}

fn is_idle_or_absent(change: Option<&ResourceChange>) -> bool {
    change.is_none_or(ResourceChange::is_idle)
}

/// Compares the planned changes of one resource; empty if action, before and after are the same.
fn diff_resource_change(
    address: &str,
    then: Option<&ResourceChange>,
    now: Option<&ResourceChange>,
) -> Option<String> {
    let verb = |one: Option<&ResourceChange>| one.map(ResourceChange::verb);
    if is_idle_or_absent(then) && is_idle_or_absent(now) {
        return None;
    }
    if verb(then) != verb(now) {
        return Some(format!(
            "{address}: was planned to {}, now it is to {}",
            described_verb(then),
            described_verb(now)
        ));
    }
    let (then, now) = (then?, now?);
    let same = then.id == now.id
        && then.before == now.before
        && then.after == now.after
        && then.after_unknown == now.after_unknown
        && then.changes == now.changes;
    if same {
        return None;
    }
    let paths = changed_paths(then, now);
    Some(format!("{address}: still to {}, but {paths} moved", described_verb(Some(now))))
}

fn described_verb(one: Option<&ResourceChange>) -> &'static str {
    one.and_then(ResourceChange::verb).map_or("stay as it is", Verb::infinitive)
}

/// Returns the members that differ between the two plans, on either side of the change.
fn changed_paths(then: &ResourceChange, now: &ResourceChange) -> String {
    let null = serde_json::Value::Null;
    let side = |one: &Option<serde_json::Value>| one.clone().unwrap_or_else(|| null.clone());
    let before = crate::engine::diff(&side(&then.before), &side(&now.before));
    let after = crate::engine::diff(&side(&then.after), &side(&now.after));
    let mut paths: Vec<String> =
        before.iter().chain(&after).map(|change| format!("`{}`", change.pointer)).collect();
    paths.sort();
    paths.dedup();
    if paths.is_empty() { "what it was before or will be".to_owned() } else { paths.join(", ") }
}
