//! Whether a saved plan still fits.
use crate::{
    engine::Verb,
    view::plan_document::{PlanDocument, ResourceChange},
};

/// Most differences that are named one by one.
const NAMED: usize = 20;

/// What differs between a saved plan and a fresh one.
#[derive(Debug, Default)]
pub(super) struct PlanDelta {
    /// Steps that need not be done any more, because what they lead to stands.
    pub(super) already_applied: Vec<String>,
    /// Everything else.
    pub(super) changed: Vec<String>,
}

impl PlanDelta {
    /// What has moved since `saved`; only where it is about, if that is not the same.
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

    /// Whether both plans are equal.
    pub(super) fn is_empty(&self) -> bool {
        self.already_applied.is_empty() && self.changed.is_empty()
    }

    /// All of it, cut where it is too much to read.
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
        // By the same spec nothing is to be done to it any more.
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

/// What moved of one resource; nothing if the same is done to it as was planned, from the same to the same.
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

/// The members that differ between then and now, on either side of the change.
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
