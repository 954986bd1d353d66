//! IAM policy documents in a canonical form, so that equal policies are equal values.
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::arn::is_account_id;
use crate::digest::short_digest;

/// A policy: statements by `Sid`, lists sorted, single strings as lists.
///
/// It compares as IAM does: the order of statements, keys and list items means nothing, and a string is the
/// same as a list of one (IAM guide, "IAM JSON policy elements"). What stands for a value that AWS has yet to make
/// up is kept as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy(BTreeMap<String, Value>);

/// The only version in use; documents without one are older and compare as different.
const VERSION: &str = "2012-10-17";

/// Error: a text is not a policy document.
#[derive(Debug, thiserror::Error)]
pub enum MalformedPolicy {
    /// The text is not JSON.
    #[error("a policy document is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// The document has no statements.
    #[error("a policy document has no `Statement`")]
    NoStatement,
}

impl Policy {
    /// Makes a policy from statements in AWS's own notation.
    #[must_use]
    pub fn new(statements: impl IntoIterator<Item = Value>) -> Self {
        let statements: Vec<Value> = statements.into_iter().collect();
        let partition = statements.iter().find_map(partition_in).unwrap_or("aws").to_owned();
        let mut by_sid = BTreeMap::new();
        for statement in statements {
            let (sid, statement) = canonical(statement, &partition);
            let mut name = sid.clone();
            // Sids are unique within a policy; a foreign document need not know.
            let mut twin = 2;
            while by_sid.contains_key(&name) {
                name = format!("{sid}~{twin}");
                twin += 1;
            }
            by_sid.insert(name, statement);
        }
        Self(by_sid)
    }

    /// Parses a document as KMS and Lambda return it.
    ///
    /// # Errors
    /// The document is not JSON, or has no statements.
    pub fn parse(text: &str) -> Result<Self, MalformedPolicy> {
        let document: Value = serde_json::from_str(text)?;
        let statements = match document.get("Statement").cloned() {
            Some(Value::Array(statements)) => statements,
            Some(statement @ Value::Object(_)) => vec![statement],
            _ => return Err(MalformedPolicy::NoStatement),
        };
        let mut policy = Self::new(statements);
        match document.get("Version").and_then(Value::as_str) {
            Some(VERSION) => {}
            other => {
                policy.0.insert("$version".into(), other.into());
            }
        }
        Ok(policy)
    }

    /// Parses a document as IAM returns it: URL-encoded after RFC 3986 (IAM API reference, `GetRole`).
    ///
    /// # Errors
    /// The same as of [`Policy::parse`].
    pub fn parse_encoded(text: &str) -> Result<Self, MalformedPolicy> {
        Self::parse(&percent_encoding::percent_decode_str(text).decode_utf8_lossy())
    }

    /// Returns the document as IAM takes it.
    #[must_use]
    pub fn document(&self) -> Value {
        let statements: Vec<Value> = self.0.iter().map(|(sid, statement)| with_sid(sid, statement)).collect();
        json!({ "Version": VERSION, "Statement": statements })
    }

    /// Returns the statements by `Sid`, in canonical form.
    #[must_use]
    pub fn statements(&self) -> &BTreeMap<String, Value> {
        &self.0
    }

    /// Returns whether there are no statements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        self.0.serialize(out)
    }
}

/// Returns the texts of an element that may be one text or a list.
#[must_use]
pub fn element_texts<'a>(statement: &'a Value, element: &str) -> Vec<&'a str> {
    match statement.get(element) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Returns whether a value is a statement of a policy.
#[must_use]
pub fn is_statement(value: &Value) -> bool {
    value.get("Effect").is_some_and(Value::is_string)
}

/// Returns a statement's name and the rest of it; one without a name is known by a digest of its content, since the
/// order of statements means nothing.
fn canonical(statement: Value, partition: &str) -> (String, Value) {
    let Value::Object(mut members) = statement else { return (nameless(&statement), statement) };
    let sid = members.remove("Sid");
    for key in ["Action", "NotAction", "Resource", "NotResource"] {
        if let Some(list) = members.remove(key) {
            members.insert(key.into(), sorted(list));
        }
    }
    for key in ["Principal", "NotPrincipal"] {
        if let Some(who) = members.remove(key) {
            members.insert(key.into(), principal(who, partition));
        }
    }
    if let Some(Value::Object(operators)) = members.remove("Condition")
        && !operators.is_empty()
    {
        members.insert("Condition".into(), condition(operators));
    }
    members.sort_keys();
    let statement = Value::Object(members);
    match sid {
        Some(Value::String(sid)) if !sid.is_empty() => (sid, statement),
        _ => (nameless(&statement), statement),
    }
}

fn nameless(statement: &Value) -> String {
    format!("#{}", short_digest(statement.to_string(), 4))
}

/// Sorts a list; a single value becomes a list of one.
fn sorted(list: Value) -> Value {
    let mut items = match list {
        Value::Array(items) => items,
        one => vec![one],
    };
    items.sort_by_key(ToString::to_string);
    items.dedup();
    Value::Array(items)
}

/// Normalizes a principal: `{"AWS": "123456789012"}` and `{"AWS": "arn:aws:iam::123456789012:root"}` are the same, in the
/// partition of the policy.
fn principal(who: Value, partition: &str) -> Value {
    let Value::Object(kinds) = who else { return who };
    let root = |name| root(name, partition);
    let mut kinds: Map<String, Value> =
        kinds.into_iter().map(|(kind, names)| (kind, sorted(each(names, root)))).collect();
    kinds.sort_keys();
    Value::Object(kinds)
}

fn root(name: Value, partition: &str) -> Value {
    match name.as_str() {
        Some(account) if is_account_id(account) => format!("arn:{partition}:iam::{account}:root").into(),
        _ => name,
    }
}

/// Returns the partition of the first ARN in a value: all ARNs of a policy are in one, that of its account.
fn partition_in(value: &Value) -> Option<&str> {
    let found = match value {
        Value::String(text) => text.strip_prefix("arn:")?.split_once(':').map(|(partition, _)| partition),
        Value::Array(items) => items.iter().find_map(partition_in),
        Value::Object(members) => members.values().find_map(partition_in),
        _ => None,
    };
    found.filter(|partition| partition.starts_with("aws"))
}

fn each(list: Value, change: impl Fn(Value) -> Value) -> Value {
    match list {
        Value::Array(items) => Value::Array(items.into_iter().map(change).collect()),
        one => change(one),
    }
}

/// Normalizes conditions: values are strings to IAM, whatever they were in JSON; keys are case-insensitive.
fn condition(operators: Map<String, Value>) -> Value {
    let text = |value: Value| match value {
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        other => other,
    };
    let keys = |keys: Value| match keys {
        Value::Object(keys) => {
            let mut keys: Map<String, Value> =
                keys.into_iter().map(|(key, values)| (key, sorted(each(values, text)))).collect();
            keys.sort_keys();
            Value::Object(keys)
        }
        other => other,
    };
    let mut operators: Map<String, Value> =
        operators.into_iter().map(|(operator, by_key)| (operator, keys(by_key))).collect();
    operators.sort_keys();
    Value::Object(operators)
}

fn with_sid(sid: &str, statement: &Value) -> Value {
    let mut members = Map::new();
    if !sid.starts_with('#') {
        members.insert("Sid".into(), sid.into());
    }
    if let Value::Object(rest) = statement {
        members.extend(rest.clone());
    }
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(statement: &Value) -> Policy {
        Policy::parse(&json!({ "Version": VERSION, "Statement": statement }).to_string()).unwrap()
    }

    #[test]
    fn an_account_is_the_root_of_its_partition() {
        let statement = |who: &str| json!({ "Sid": "A", "Effect": "Allow", "Principal": { "AWS": who } });
        let china = json!({ "Sid": "B", "Effect": "Allow", "Resource": "arn:aws-cn:s3:::b" });
        let short = parsed(&json!([statement("123456789012"), china]));
        assert_eq!(short, parsed(&json!([statement("arn:aws-cn:iam::123456789012:root"), china])));
        assert_ne!(short, parsed(&json!([statement("arn:aws:iam::123456789012:root"), china])));
    }

    #[test]
    fn order_and_single_strings_mean_nothing() {
        let one =
            parsed(&json!([{ "Sid": "A", "Effect": "Allow", "Action": "s3:Get", "Resource": ["b", "a"],
            "Principal": { "AWS": "123456789012" } }]));
        let other =
            parsed(&json!({ "Resource": ["a", "b"], "Action": ["s3:Get"], "Effect": "Allow", "Sid": "A",
            "Principal": { "AWS": ["arn:aws:iam::123456789012:root"] } }));
        assert_eq!(one, other);
    }

    #[test]
    fn a_widened_action_differs() {
        let narrow =
            parsed(&json!({ "Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "a" }));
        let wide = parsed(&json!({ "Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "a" }));
        assert_ne!(narrow, wide);
    }

    #[test]
    fn plus_signs_survive_decoding() {
        let text =
            "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Sid%22%3A%22a+b%22%7D%5D%7D";
        assert!(Policy::parse_encoded(text).unwrap().statements().contains_key("a+b"));
    }

    #[test]
    fn what_is_sent_reads_back_equal() {
        let policy = Policy::new([
            json!({ "Sid": "B", "Effect": "Allow", "Action": ["x:B", "x:A"], "Resource": "*",
                "Condition": { "StringEquals": { "k": "v" } } }),
            json!({ "Effect": "Deny", "Action": "x:C", "Resource": "*" }),
        ]);
        assert_eq!(Policy::parse(&policy.document().to_string()).unwrap(), policy);
    }
}
