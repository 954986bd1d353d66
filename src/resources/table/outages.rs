//! What a change of a table puts out of service.
use crate::engine::LeafChange;

/// Returns what is asked of the table in vain once it is changed.
pub(super) fn outages(changes: &[LeafChange]) -> Vec<String> {
    dropped_indexes(changes)
        .iter()
        .map(|index| format!("queries of the index `{index}` fail once it is gone"))
        .collect()
}

/// Indexes of a table that go, be it for ever or to be built anew with other keys.
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
