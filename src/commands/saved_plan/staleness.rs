//! Compares a saved plan with a fresh one to find out whether it is stale.
use serde::Serialize;
use serde_json::{Value, json};

use super::shown;
use crate::{
    engine::{Verb, diff},
    plan_document::{CarriedCode, PlanDocument, ResourceChange},
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
        let mut moved: Vec<String> =
            self.already_applied.iter().chain(&self.changed).map(|message| shown(message)).collect();
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
    // Once a part is applied, the rest of the plan has other reasons.
    if moved.already_applied.is_empty() {
        let both = saved.resource_changes.iter().filter_map(|then| Some((then, of(fresh, &then.address)?)));
        moved.changed.extend(both.filter_map(|(then, now)| diff_members(then, now)));
    }
    let refused = fresh.refusals.iter().filter(|one| !saved.refusals.contains(one));
    moved.changed.extend(refused.map(|one| format!("{}: {}", one.address, one.reason)));
    if moved.is_empty() {
        moved.changed.extend(diff_rest(saved, fresh));
    }
    moved
}

/// Compares all that a plan says besides the single resources.
fn diff_rest(saved: &PlanDocument, fresh: &PlanDocument) -> Vec<String> {
    let PlanDocument {
        format,
        format_version,
        tool_version,
        created,
        stack,
        account,
        region,
        digests,
        choices,
        summary,
        resource_changes,
        kept,
        refusals,
        code: _,
        hidden,
    } = saved;
    let differs = [
        ("format", *format != fresh.format),
        ("format_version", *format_version != fresh.format_version),
        ("tool_version", *tool_version != fresh.tool_version),
        ("created", *created != fresh.created),
        ("stack", *stack != fresh.stack),
        ("account", *account != fresh.account),
        ("region", *region != fresh.region),
        // The other digests are of the changes as the file lists them, which may be in another order.
        ("digests", digests.spec != fresh.digests.spec),
        ("choices", *choices != fresh.choices),
        ("summary", *summary != fresh.summary),
        ("resource_changes", sorted_texts(resource_changes) != sorted_texts(&fresh.resource_changes)),
        ("kept", sorted_texts(kept) != sorted_texts(&fresh.kept)),
        ("refusals", sorted_texts(refusals) != sorted_texts(&fresh.refusals)),
        ("code", code_by_function(saved) != code_by_function(fresh)),
    ];
    let differs = differs.into_iter().filter(|(_, differs)| *differs);
    let mut moved: Vec<String> =
        differs.map(|(name, _)| format!("its `{name}` is not that of a fresh plan")).collect();
    if *hidden != fresh.hidden {
        moved.push(
            "a hidden value, of an input or of what is live, is not the one that was planned".to_owned(),
        );
    }
    moved
}

/// Returns the texts of items that AWS may list in another order.
fn sorted_texts(items: &[impl Serialize]) -> Vec<String> {
    let mut texts: Vec<String> = items.iter().map(|item| json!(item).to_string()).collect();
    texts.sort_unstable();
    texts
}

/// Returns the functions with the digests of their code's contents: another archive of the same is no other code.
fn code_by_function(plan: &PlanDocument) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for CarriedCode { functions, contents_sha256, .. } in &plan.code {
        found.extend(functions.iter().map(|id| (id.as_str(), contents_sha256.as_str())));
    }
    found.sort_unstable();
    found
}

fn of<'a>(plan: &'a PlanDocument, address: &str) -> Option<&'a ResourceChange> {
    plan.resource_changes.iter().find(|one| one.address == address)
}

fn is_idle_or_absent(change: Option<&ResourceChange>) -> bool {
    change.is_none_or(ResourceChange::is_idle)
}

/// Compares the planned changes of one resource.
fn diff_resource_change(
    address: &str,
    then: Option<&ResourceChange>,
    now: Option<&ResourceChange>,
) -> Option<String> {
    let verb = |one: Option<&ResourceChange>| one.map(ResourceChange::verb);
    if verb(then) != verb(now) && !(is_idle_or_absent(then) && is_idle_or_absent(now)) {
        return Some(format!(
            "{address}: was planned to {}, now it is to {}",
            described_verb(then),
            described_verb(now)
        ));
    }
    let (Some(then), Some(now)) = (then, now) else {
        return Some(format!("{address}: is in one of the plans alone"));
    };
    let moved = changed_paths(then, now);
    (!moved.is_empty()).then(|| still_but_moved(now, &moved))
}

/// Compares all that is said of a resource whose action, before and after are the same.
fn diff_members(then: &ResourceChange, now: &ResourceChange) -> Option<String> {
    let differs = then != now && then.verb() == now.verb() && changed_paths(then, now).is_empty();
    differs.then(|| still_but_moved(now, &changed_members(then, now)))
}

fn still_but_moved(now: &ResourceChange, moved: &[String]) -> String {
    format!("{}: still to {}, but {} moved", now.address, described_verb(Some(now)), moved.join(", "))
}

fn described_verb(one: Option<&ResourceChange>) -> &'static str {
    one.and_then(ResourceChange::verb).map_or("stay as it is", Verb::infinitive)
}

/// Returns the paths that differ between the two plans, on either side of the change.
fn changed_paths(then: &ResourceChange, now: &ResourceChange) -> Vec<String> {
    let side = |one: &Option<Value>| one.clone().unwrap_or_default();
    let before = diff(&side(&then.before), &side(&now.before));
    let after = diff(&side(&then.after), &side(&now.after));
    let mut paths: Vec<String> =
        before.iter().chain(&after).map(|change| format!("`{}`", change.pointer)).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Returns the members of a change that differ between the two plans.
fn changed_members(then: &ResourceChange, now: &ResourceChange) -> Vec<String> {
    let members = diff(&json!(then), &json!(now));
    let mut names: Vec<String> = members
        .iter()
        .filter_map(|leaf| leaf.pointer.keys().next())
        .map(|name| format!("`{name}`"))
        .collect();
    names.dedup();
    if names.is_empty() { vec!["what is null or absent".to_owned()] } else { names }
}
