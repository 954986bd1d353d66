//! The outages that a change of a table causes.
use crate::engine::LeafChange;

/// Returns the outage of each index that the change deletes.
pub(super) fn outages(changes: &[LeafChange]) -> Vec<String> {
    dropped_indexes(changes)
        .iter()
        .map(|index| format!("queries of the index `{index}` fail once it is gone"))
        .collect()
}

/// Returns the indexes that are deleted, be it for good or to be built anew with other keys.
fn dropped_indexes(changes: &[LeafChange]) -> Vec<&str> {
    let mut names: Vec<&str> = changes.iter().filter_map(dropped_index).collect();
    names.dedup();
    names
}

fn dropped_index(change: &LeafChange) -> Option<&str> {
    let path = change.pointer.strip_prefix("/indexes/")?;
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    let whole = rest.is_empty() && change.after.is_none();
    let rebuilt = ["partition_key", "sort_key", "projection"].iter().any(|key| rest.starts_with(key));
    (whole || rebuilt).then_some(name)
}
