//! The values that a plan does not show, for a keyed digest of them.
use std::fmt;

use serde_json::{Value, json};

use super::diff::diff;

/// Values that a plan shows as hidden, each with its place, in the order of the plan.
///
/// They are secrets: neither the debug form nor any document has them.
#[derive(Clone, Default, PartialEq)]
pub struct HiddenValues(Vec<String>);

impl HiddenValues {
    /// Adds what is hidden on one side of a resource: where its document and what is shown of that differ.
    pub(super) fn add(&mut self, address: &str, side: &str, document: &Value, shown: &Value) {
        let hidden = diff(shown, document).into_iter();
        self.0.extend(hidden.map(|leaf| json!([address, side, &*leaf.pointer, leaf.after]).to_string()));
    }

    pub(super) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// Returns a line for each value, none of which has a line end in it.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Debug for HiddenValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HiddenValues({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_told_by_its_place_and_never_shown() {
        let (mut values, shown) = (HiddenValues::default(), json!({ "a": "(hidden)", "b": 1 }));
        values.add("functions.a", "after", &json!({ "a": "line\nend", "b": 1 }), &shown);
        assert_eq!(values.lines().collect::<Vec<_>>(), [r#"["functions.a","after","/a","line\nend"]"#]);
        assert_eq!(format!("{values:?}"), "HiddenValues(1)");
    }
}
