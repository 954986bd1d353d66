//! JSON pointers (RFC 6901): where a value stands in a document.
use std::{fmt, ops::Deref};

use serde::Serialize;

/// A JSON pointer; the empty one points to the whole document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Pointer(String);

impl Pointer {
    /// Returns the pointer to the member `key` of what this one points to.
    #[must_use]
    pub fn child(&self, key: &str) -> Self {
        Self(format!("{}/{}", self.0, key.replace('~', "~0").replace('/', "~1")))
    }

    /// Returns the keys that lead from the document to the value.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        self.0.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~"))
    }

    /// Reports whether the value is the one at `root` or within it.
    #[must_use]
    pub fn is_within(&self, root: &str) -> bool {
        self.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Deref for Pointer {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Pointer {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_survive_the_way_there_and_back() {
        let keys = ["tags", "a/b~1", "", "~0"];
        let pointer = keys.iter().fold(Pointer::default(), |pointer, key| pointer.child(key));
        assert_eq!(pointer.keys().collect::<Vec<_>>(), keys);
        let document = json!({ "tags": { "a/b~1": { "": { "~0": "here" } } } });
        assert_eq!(document.pointer(&pointer), Some(&json!("here")));
        assert_eq!(Pointer::default().keys().count(), 0);
    }

    #[test]
    fn a_longer_name_is_not_within_a_shorter_one() {
        let within = |pointer: &str, root: &str| Pointer::from(pointer).is_within(root);
        assert!(within("/keys", "/keys") && within("/keys/0", "/keys") && within("/keys", ""));
        assert!(!within("/keys_only", "/keys") && !within("/key", "/keys"));
    }
}
