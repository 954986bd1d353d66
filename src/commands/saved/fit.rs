//! Whether a saved plan still fits.
use crate::{
    exit::Failure,
    view::model::{Document, ResourceChange},
};

/// Most differences that are named one by one.
const NAMED: usize = 20;
/// Refuses a saved plan that a fresh one does not equal.
///
/// # Errors
/// [`Failure::Stale`] with everything that moved.
pub(crate) fn check(saved: &Document, fresh: &Document) -> Result<(), Failure> {
    let mut moved = Vec::new();
    let mut about = |what: &str, was: &str, is: &str| {
        if was != is {
            moved.push(format!("it was made for the {what} `{was}`, and this is `{is}`"));
        }
    };
    about("stack", &saved.stack, &fresh.stack);
    about("account", &saved.account, &fresh.account);
    about("region", &saved.region, &fresh.region);
    if moved.is_empty() {
        moved = differences(saved, fresh);
    }
    if moved.len() > NAMED {
        let more = moved.len() - NAMED;
        moved.truncate(NAMED);
        moved.push(format!("and {more} more"));
    }
    if moved.is_empty() { Ok(()) } else { Err(Failure::Stale(moved)) }
}

fn differences(saved: &Document, fresh: &Document) -> Vec<String> {
    let mut moved = Vec::new();
    if saved.digests.spec != fresh.digests.spec {
        moved.push("the spec, its inputs or its code packages changed since it was made".to_owned());
    }
    let of = |plan: &Document, address: &str| {
        plan.resource_changes.iter().find(|one| one.address == address).cloned()
    };
    for then in &saved.resource_changes {
        let now = of(fresh, &then.address);
        moved.extend(difference(&then.address, Some(then), now.as_ref()));
    }
    for now in fresh.resource_changes.iter().filter(|now| of(saved, &now.address).is_none()) {
        moved.extend(difference(&now.address, None, Some(now)));
    }
    let refused = fresh.refusals.iter().filter(|one| !saved.refusals.contains(one));
    moved.extend(refused.map(|one| format!("{}: {}", one.address, one.reason)));
    moved
}

/// What moved of one resource; nothing if the same is done to it as was planned, from the same to the same.
fn difference(address: &str, then: Option<&ResourceChange>, now: Option<&ResourceChange>) -> Option<String> {
    let verb = |one: Option<&ResourceChange>| one.map_or("nothing", ResourceChange::verb);
    let idle = |one: Option<&ResourceChange>| one.is_none_or(ResourceChange::is_idle);
    if idle(then) && idle(now) {
        return None;
    }
    if verb(then) != verb(now) {
        return Some(format!("{address}: was planned to {}, now it is to {}", said(then), said(now)));
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
    let paths = moved_paths(then, now);
    Some(format!("{address}: still to {}, but {paths} moved", now.verb()))
}

fn said(one: Option<&ResourceChange>) -> &'static str {
    match one {
        Some(one) if !one.is_idle() => one.verb(),
        _ => "stay as it is",
    }
}

/// The members that differ between then and now, on either side of the change.
fn moved_paths(then: &ResourceChange, now: &ResourceChange) -> String {
    let null = serde_json::Value::Null;
    let side = |one: &Option<serde_json::Value>| one.clone().unwrap_or_else(|| null.clone());
    let before = crate::engine::diff(&side(&then.before), &side(&now.before));
    let after = crate::engine::diff(&side(&then.after), &side(&now.after));
    let mut paths: Vec<String> =
        before.iter().chain(&after).map(|change| format!("`{}`", change.at)).collect();
    paths.sort();
    paths.dedup();
    if paths.is_empty() { "what it was before or will be".to_owned() } else { paths.join(", ") }
}
