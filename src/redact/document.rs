//! Redacts secrets from JSON documents that people and pipelines see.
use std::sync::Arc;

use serde_json::Value;

use super::{REDACTED, classify::name_form};
use crate::pointer::Pointer;

/// Shortest text that is redacted within other texts: a shorter one is found in anything.
const SHORTEST: usize = 4;

/// Redacts one resource's document.
#[derive(Clone)]
pub struct Redactor {
    leaves: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    texts: Vec<String>,
}

impl Redactor {
    /// Returns a redactor of the leaves whose JSON pointers `leaves` returns true for.
    pub fn new(leaves: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self { leaves: Arc::new(leaves), texts: Vec::new() }
    }

    /// Adds `texts` to redact wherever they occur in a text of the document.
    #[must_use]
    pub fn with_texts(mut self, texts: impl IntoIterator<Item = String>) -> Self {
        self.texts.extend(texts.into_iter().filter(|text| text.len() >= SHORTEST));
        self
    }

    /// Returns whether the leaf at a JSON pointer is redacted, whatever its value.
    #[must_use]
    pub fn redacts(&self, at: &str) -> bool {
        (self.leaves)(at)
    }

    /// Redacts the chosen leaves and texts of a document at the JSON pointer `at`, and what has the form of a secret.
    pub fn redact_document(&self, doc: &mut Value, at: &str) {
        redact_paths(doc, at, &*self.leaves);
        redact_texts(doc, &self.texts);
        redact_forms(doc);
    }
}

/// Redacts the leaves of a document that `redacts` returns true for; `at` is the JSON pointer to the document.
pub fn redact_paths(value: &mut Value, at: &str, redacts: &dyn Fn(&str) -> bool) {
    match value {
        Value::Null => {}
        _ if redacts(at) => *value = Value::String(REDACTED.to_owned()),
        Value::Object(members) => {
            for (key, member) in members {
                redact_paths(member, &Pointer::from(at).child(key), redacts);
            }
        }
        _ => {}
    }
}

/// Redacts what has the form of a secret anywhere: a live resource may hold one that the spec never had.
fn redact_forms(value: &mut Value) {
    edit_texts(value, &|text| {
        if name_form(text).is_some() {
            REDACTED.clone_into(text);
        }
    });
}

fn redact_texts(value: &mut Value, secrets: &[String]) {
    edit_texts(value, &|text| {
        for secret in secrets {
            if text.contains(secret) {
                *text = text.replace(secret, REDACTED);
            }
        }
    });
}

fn edit_texts(value: &mut Value, edit: &dyn Fn(&mut String)) {
    match value {
        Value::String(text) => edit(text),
        Value::Object(members) => members.values_mut().for_each(|member| edit_texts(member, edit)),
        Value::Array(items) => items.iter_mut().for_each(|item| edit_texts(item, edit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_named_is_redacted_but_absence_shows() {
        let mut doc = json!({ "a/b": { "c": "secret", "d": 1 }, "e": null, "f": ["g"] });
        redact_paths(&mut doc, "", &|at| matches!(at, "/a~1b/c" | "/e"));
        assert_eq!(doc, json!({ "a/b": { "c": REDACTED, "d": 1 }, "e": null, "f": ["g"] }));
    }

    #[test]
    fn what_looks_like_a_secret_is_redacted_wherever_it_stands() {
        let url = "postgres://user:hunter2@host";
        let mut doc = json!({ "a": [url, "on"], "b": url });
        Redactor::new(|_| false).redact_document(&mut doc, "");
        assert_eq!(doc, json!({ "a": [REDACTED, "on"], "b": REDACTED }));
    }

    #[test]
    fn a_text_is_redacted_within_longer_ones_unless_anything_may_hold_it() {
        let mut doc = json!({ "Resource": ["table/orders-teal", "table/orders"], "Action": "a" });
        let redactor = Redactor::new(|_| false).with_texts(["teal".to_owned(), "a".to_owned()]);
        redactor.redact_document(&mut doc, "/policies");
        assert_eq!(doc, json!({ "Resource": ["table/orders-(hidden)", "table/orders"], "Action": "a" }));
    }
}
