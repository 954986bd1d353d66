//! Structural difference of two documents.
use serde::Serialize;
use serde_json::Value;

use super::later::AFTER;
use crate::pointer::Pointer;

/// One leaf that differs; `None` means absent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Where the leaf stands.
    pub at: Pointer,
    /// What stands.
    pub before: Option<Value>,
    /// What is wanted.
    pub after: Option<Value>,
}

/// Returns every leaf at which `after` differs from `before`.
#[must_use]
pub fn diff(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    walk(Pointer::default(), Some(before), Some(after), &mut changes);
    changes
}

fn walk(at: Pointer, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) if !new.contains_key(AFTER) => {
            for key in old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))) {
                walk(at.child(key), old.get(key), new.get(key), changes);
            }
        }
        (old, new) if old == new => {}
        // An absent member and a null one say the same.
        (None, Some(Value::Null)) | (Some(Value::Null), None) => {}
        (old, new) => changes.push(Change { at, before: old.cloned(), after: new.cloned() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_known_later_is_one_leaf() {
        let changes = diff(&json!({ "a": { "b": 1 } }), &json!({ "a": { AFTER: "c" } }));
        assert_eq!(changes.iter().map(|change| &*change.at).collect::<Vec<_>>(), ["/a"]);
    }

    #[test]
    fn keys_are_escaped_and_null_is_absent() {
        let changes =
            diff(&json!({ "a/b": 1, "c~d": null, "e": null }), &json!({ "a/b": 2, "f": null, "e": 1 }));
        assert_eq!(changes.iter().map(|change| &*change.at).collect::<Vec<_>>(), ["/a~1b", "/e"]);
    }
}
