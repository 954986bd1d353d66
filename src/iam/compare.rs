//! Compares the policies in two configurations: which statements change, and whether the change widens permissions.
//!
//! Policies are found by their shape in the configuration: statements by name, each with an `Effect`.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    is_statement,
    pattern::{self, covers_ignoring_case},
};
use crate::pointer::Pointer;

/// A statement that comes, goes, or changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Statement")]
pub struct StatementChange {
    /// JSON pointer to the policy, such as `/policies/access`.
    pub policy: String,
    /// Name of the statement.
    pub sid: String,
    /// What it says now; null if it is new.
    pub before: Option<Value>,
    /// What it will say; null if it goes.
    pub after: Option<Value>,
    /// Whether it lets anybody do what no statement of the policy let them do before.
    pub widens: bool,
}

type Statements<'a> = BTreeMap<(String, &'a str), &'a Value>;

/// Compares the policies in two configurations of one resource.
#[must_use]
pub fn compare_policies(before: Option<&Value>, after: Option<&Value>) -> Vec<StatementChange> {
    let (old, new) = (before.map(find).unwrap_or_default(), after.map(find).unwrap_or_default());
    let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
    let differing = keys.filter(|key| old.get(*key) != new.get(*key));
    let mut found: Vec<StatementChange> = differing
        .map(|key| {
            let (was, will) = (old.get(key).copied(), new.get(key).copied());
            StatementChange {
                policy: key.0.clone(),
                sid: key.1.to_owned(),
                before: was.cloned(),
                after: will.cloned(),
                widens: widens(&key.0, was, will, &old, &new),
            }
        })
        .collect();
    found.sort_by(|a, b| (&a.policy, &a.sid).cmp(&(&b.policy, &b.sid)));
    found
}

/// Returns whether a change widens permissions: an allowance that none before covered, or a denial that none after
/// covers.
fn widens(
    policy: &str,
    was: Option<&Value>,
    will: Option<&Value>,
    old: &Statements<'_>,
    new: &Statements<'_>,
) -> bool {
    let covered = |one: &Value, by: &Statements<'_>, effect: &str| {
        by.iter().any(|((at, _), other)| at == policy && is(other, effect) && covers(other, one))
    };
    will.is_some_and(|will| is(will, "Allow") && !covered(will, old, "Allow"))
        || was.is_some_and(|was| is(was, "Deny") && !covered(was, new, "Deny"))
}

fn is(statement: &Value, effect: &str) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some(effect)
}

/// Returns whether the statement `wide` covers all that `narrow` says. In doubt it does not.
fn covers(wide: &Value, narrow: &Value) -> bool {
    let get = |one: &Value, key: &str| one.get(key).cloned().unwrap_or(Value::Null);
    let same = |key: &str| get(wide, key) == get(narrow, key);
    let lists =
        |key: &str, covers: Covers| same(key) || all_covered(&get(wide, key), &get(narrow, key), covers);
    let inverted = ["NotAction", "NotResource", "NotPrincipal"].into_iter().all(same);
    inverted
        && lists("Action", covers_ignoring_case)
        && lists("Resource", pattern::covers)
        && principals(&get(wide, "Principal"), &get(narrow, "Principal"))
        && conditions(&get(wide, "Condition"), &get(narrow, "Condition"))
}

/// Test of whether one pattern matches all that another one does.
type Covers = fn(&str, &str) -> bool;

fn all_covered(wide: &Value, narrow: &Value, covers: Covers) -> bool {
    let (Some(wide), Some(narrow)) = (wide.as_array(), narrow.as_array()) else { return false };
    let both = |pattern: &Value, item: &Value| Some(covers(pattern.as_str()?, item.as_str()?));
    let one = |item: &Value| wide.iter().any(|pattern| pattern == item || both(pattern, item) == Some(true));
    narrow.iter().all(one)
}

fn principals(wide: &Value, narrow: &Value) -> bool {
    if wide == narrow || wide == "*" {
        return true;
    }
    let (Some(wide), Some(narrow)) = (wide.as_object(), narrow.as_object()) else { return false };
    narrow
        .iter()
        .all(|(kind, names)| wide.get(kind).is_some_and(|wide| all_covered(wide, names, pattern::covers)))
}

/// Returns whether every condition of the wide statement is in the narrow one, with no more values.
fn conditions(wide: &Value, narrow: &Value) -> bool {
    let (Some(wide), narrow) = (wide.as_object(), narrow.as_object()) else { return true };
    wide.iter().all(|(operator, keys)| {
        let there = narrow.and_then(|narrow| narrow.get(operator)).and_then(Value::as_object);
        let keys = keys.as_object().into_iter().flatten();
        keys.into_iter().all(|(key, values)| {
            let there = there.and_then(|keys| keys.get(key));
            there.is_some_and(|there| {
                there == values || !operator.contains("Not") && is_at_or_below(values, there)
            })
        })
    })
}

fn is_at_or_below(values: &Value, fewer: &Value) -> bool {
    let (Some(values), Some(fewer)) = (values.as_array(), fewer.as_array()) else { return false };
    fewer.iter().all(|value| values.contains(value))
}

/// Finds every statement in a document, by the JSON pointer of its policy and its name.
fn find(doc: &Value) -> Statements<'_> {
    let mut found = BTreeMap::new();
    walk(doc, &Pointer::default(), &mut found);
    found
}

fn walk<'a>(value: &'a Value, at: &Pointer, found: &mut Statements<'a>) {
    let Value::Object(members) = value else { return };
    if !members.is_empty() && members.values().all(is_statement) {
        found.extend(members.iter().map(|(sid, statement)| ((at.to_string(), sid.as_str()), statement)));
        return;
    }
    for (key, member) in members {
        walk(member, &at.child(key), found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn doc(actions: &[&str], resources: &[&str]) -> Value {
        json!({ "policies": { "access": { "A": { "Effect": "Allow", "Action": actions, "Resource": resources } } } })
    }

    fn widened(before: &Value, after: &Value) -> bool {
        compare_policies(Some(before), Some(after)).iter().any(|one| one.widens)
    }

    #[test]
    fn a_wildcard_in_place_of_a_name_widens_and_the_reverse_does_not() {
        let (narrow, wide) = (doc(&["s3:GetObject"], &["arn:a"]), doc(&["s3:*"], &["arn:a"]));
        assert!(widened(&narrow, &wide));
        assert!(!widened(&wide, &narrow));
        assert!(widened(&narrow, &doc(&["s3:GetObject"], &["arn:a", "arn:b"])));
    }

    #[test]
    fn a_resource_of_many_wildcards_is_compared_at_once() {
        let before = doc(&["s3:GetObject"], &[&"*a".repeat(200)]);
        let after = doc(&["s3:GetObject"], &[&format!("{}b", "a".repeat(2000))]);
        assert!(widened(&before, &after));
    }

    #[test]
    fn any_text_in_place_of_one_character_widens() {
        let (one, any) = (doc(&["s3:Get?"], &["arn:a"]), doc(&["s3:Get*"], &["arn:a"]));
        assert!(widened(&one, &any));
        assert!(!widened(&any, &one));
    }

    #[test]
    fn the_case_of_an_action_means_nothing_and_that_of_a_resource_does() {
        let before = doc(&["S3:getobject"], &["arn:a"]);
        assert!(!widened(&before, &doc(&["s3:GetObject"], &["arn:a"])));
        assert!(widened(&before, &doc(&["s3:GetObject"], &["arn:A"])));
    }

    #[test]
    fn a_new_statement_within_an_old_one_does_not_widen() {
        let before = doc(&["s3:*"], &["*"]);
        let mut after = before.clone();
        after["policies"]["access"]["B"] =
            json!({ "Effect": "Allow", "Action": ["s3:Get"], "Resource": ["arn:a"] });
        let found = compare_policies(Some(&before), Some(&after));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].policy.as_str(), found[0].sid.as_str()), ("/policies/access", "B"));
        assert!(!found[0].widens);
    }

    #[test]
    fn a_condition_that_goes_widens_and_one_that_comes_does_not() {
        let free = doc(&["s3:Get"], &["*"]);
        let mut bound = free.clone();
        bound["policies"]["access"]["A"]["Condition"] = json!({ "StringEquals": { "k": ["v"] } });
        assert!(widened(&bound, &free));
        assert!(!widened(&free, &bound));
    }

    #[test]
    fn a_denial_that_goes_widens() {
        let before = json!({ "policy": { "No": { "Effect": "Deny", "Action": ["*"], "Resource": ["*"] },
            "Yes": { "Effect": "Allow", "Action": ["a:b"], "Resource": ["*"] } } });
        let mut after = before.clone();
        after["policy"].as_object_mut().unwrap().remove("No");
        assert!(widened(&before, &after));
        assert!(!widened(&after, &before));
    }

    #[test]
    fn another_principal_widens() {
        let who =
            |name: &str| json!({ "trust": { "T": { "Effect": "Allow", "Principal": { "AWS": [name] } } } });
        assert!(widened(&who("arn:one"), &who("*")));
        assert!(!widened(&who("*"), &who("arn:one")));
    }

    #[test]
    fn plain_configuration_has_no_statements() {
        assert_eq!(
            compare_policies(None, Some(&json!({ "memory": 1, "tags": {}, "indexes": { "I": {} } }))),
            []
        );
    }
}
