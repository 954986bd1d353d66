//! Keeps secrets out of documents that people and pipelines see.
use serde_json::Value;

use crate::manifest::secret;

/// Tells whether the leaf at a JSON pointer must not be shown.
pub type Mask = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// What stands in a document for a value that must not be shown.
pub const HIDDEN: &str = "(hidden)";

/// Hides what has the form of a secret wherever it stands: what is live may hold one that the spec never had.
pub(super) fn conceal(value: &mut Value) {
    match value {
        Value::String(text) if secret::form(text).is_some() => HIDDEN.clone_into(text),
        Value::Object(members) => members.values_mut().for_each(conceal),
        Value::Array(items) => items.iter_mut().for_each(conceal),
        _ => {}
    }
}

/// Hides the leaves of a document that `mask` names; `at` is where the document stands.
pub(super) fn hide_leaves(value: &mut Value, at: &str, mask: &dyn Fn(&str) -> bool) {
    match value {
        Value::Null => {}
        _ if mask(at) => *value = Value::String(HIDDEN.to_owned()),
        Value::Object(members) => {
            for (key, member) in members {
                hide_leaves(member, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), mask);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_named_is_hidden_but_absence_shows() {
        let mut doc = json!({ "a/b": { "c": "secret", "d": 1 }, "e": null, "f": ["g"] });
        hide_leaves(&mut doc, "", &|at| matches!(at, "/a~1b/c" | "/e"));
        assert_eq!(doc, json!({ "a/b": { "c": HIDDEN, "d": 1 }, "e": null, "f": ["g"] }));
    }
}
