//! Structural diff of two JSON documents.
use serde::Serialize;
use serde_json::Value;

use super::maybe_known::KNOWN_AFTER_KEY;
use crate::pointer::Pointer;

/// One leaf that differs between two documents; `None` means absent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeafChange {
    /// JSON pointer to the leaf.
    #[serde(rename = "at")]
    pub pointer: Pointer,
    /// Live value.
    pub before: Option<Value>,
    /// Desired value.
    pub after: Option<Value>,
}

/// Returns every leaf at which `after` differs from `before`.
#[must_use]
pub fn diff(before: &Value, after: &Value) -> Vec<LeafChange> {
    let mut changes = Vec::new();
    collect_changes(Pointer::default(), Some(before), Some(after), &mut changes);
    changes
}

fn collect_changes(
    at: Pointer,
    before: Option<&Value>,
    after: Option<&Value>,
    changes: &mut Vec<LeafChange>,
) {
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) if !new.contains_key(KNOWN_AFTER_KEY) => {
            for key in old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))) {
                collect_changes(at.child(key), old.get(key), new.get(key), changes);
            }
        }
        (old, new) if old == new => {}
        // An absent member and a null one say the same.
        (None, Some(Value::Null)) | (Some(Value::Null), None) => {}
        (old, new) => changes.push(LeafChange { pointer: at, before: old.cloned(), after: new.cloned() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_known_later_is_one_leaf() {
        let changes = diff(&json!({ "a": { "b": 1 } }), &json!({ "a": { KNOWN_AFTER_KEY: "c" } }));
        assert_eq!(changes.iter().map(|change| &*change.pointer).collect::<Vec<_>>(), ["/a"]);
    }

    #[test]
    fn keys_are_escaped_and_null_is_absent() {
        let changes =
            diff(&json!({ "a/b": 1, "c~d": null, "e": null }), &json!({ "a/b": 2, "f": null, "e": 1 }));
        assert_eq!(changes.iter().map(|change| &*change.pointer).collect::<Vec<_>>(), ["/a~1b", "/e"]);
    }
}
