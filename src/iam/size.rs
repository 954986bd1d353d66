//! Size limits of IAM policies, and packing of statements into policies that keep to them.
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::facts::LIMITS;

/// An allow statement, with the reason for it.
#[derive(Clone, Debug, PartialEq)]
pub struct AllowStatement {
    /// Name of the statement, unique in its document.
    pub sid: String,
    /// Reason for the statement.
    pub why: String,
    /// Actions that it allows, in order.
    pub actions: Vec<String>,
    /// Resources that it allows them on.
    pub resources: Vec<String>,
    /// Condition under which it holds.
    pub condition: Option<Value>,
}

/// A policy to attach, and what it is for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ManagedPolicy {
    /// Name, such as `plan` or `apply-2`.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Length in characters, white space not counted.
    pub characters: usize,
    /// The policy.
    pub document: Value,
    /// Why each statement is there, by its name.
    pub reasons: Map<String, Value>,
}

impl AllowStatement {
    fn value(&self) -> Value {
        let mut value = json!({
            "Sid": self.sid, "Effect": "Allow", "Action": one_or_list(&self.actions), "Resource": one_or_list(&self.resources),
        });
        if let Some(condition) = &self.condition {
            value["Condition"] = condition.clone();
        }
        value
    }

    /// Returns the statement itself if it fits into a document, or halves of it that do.
    fn fitting(self) -> Vec<Self> {
        if size(std::slice::from_ref(&self)) <= *LIMITS.managed_policy_characters || self.resources.len() < 2
        {
            return vec![self];
        }
        let mut first = self.clone();
        let rest = first.resources.split_off(self.resources.len() / 2);
        let second = Self { sid: format!("{}More", self.sid), resources: rest, ..self };
        first.fitting().into_iter().chain(second.fitting()).collect()
    }
}

fn one_or_list(items: &[String]) -> Value {
    match items {
        [one] => one.as_str().into(),
        items => items.into(),
    }
}

fn policy(statements: &[AllowStatement]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements.iter().map(AllowStatement::value).collect::<Vec<_>>() })
}

/// Counts characters as IAM does: without white space.
#[must_use]
pub fn count_characters(document: &str) -> usize {
    document.chars().filter(|sign| !sign.is_whitespace()).count()
}

fn size(statements: &[AllowStatement]) -> usize {
    count_characters(&policy(statements).to_string())
}

/// Packs statements into as few documents as hold them in their order.
#[must_use]
pub fn pack_policies(name: &str, purpose: &str, statements: Vec<AllowStatement>) -> Vec<ManagedPolicy> {
    let mut groups: Vec<Vec<AllowStatement>> = Vec::new();
    for statement in statements.into_iter().flat_map(AllowStatement::fitting) {
        let fits = groups.last().is_some_and(|group| {
            let with: Vec<_> = group.iter().chain([&statement]).cloned().collect();
            size(&with) <= *LIMITS.managed_policy_characters
        });
        match groups.last_mut() {
            Some(group) if fits => group.push(statement),
            _ => groups.push(vec![statement]),
        }
    }
    let alone = groups.len() == 1;
    let named = |number: usize| if alone { name.to_owned() } else { format!("{name}-{number}") };
    let documents = groups.into_iter().enumerate().map(|(index, group)| {
        let document = policy(&group);
        ManagedPolicy {
            name: named(index + 1),
            purpose: purpose.to_owned(),
            characters: count_characters(&document.to_string()),
            document,
            reasons: group.iter().map(|one| (one.sid.clone(), one.why.as_str().into())).collect(),
        }
    });
    documents.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sid: &str, resources: usize) -> AllowStatement {
        AllowStatement {
            sid: sid.to_owned(),
            why: "w".into(),
            actions: vec!["dynamodb:GetItem".into()],
            resources: (0..resources)
                .map(|n| format!("arn:aws:dynamodb:us-east-1:123456789012:table/shop-{n:05}"))
                .collect(),
            condition: None,
        }
    }

    #[test]
    fn short_statements_share_a_document_that_needs_no_number() {
        let documents = pack_policies("plan", "p", vec![statement("A", 1), statement("B", 2)]);
        assert_eq!(documents.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["plan"]);
        assert_eq!(documents[0].document["Statement"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn no_document_is_longer_than_iam_takes_and_nothing_is_lost() {
        let documents =
            pack_policies("apply", "p", vec![statement("A", 70), statement("B", 70), statement("C", 900)]);
        assert!(documents.len() > 3);
        let mut resources = 0;
        for (index, one) in documents.iter().enumerate() {
            assert_eq!(one.name, format!("apply-{}", index + 1));
            assert!(
                one.characters <= *LIMITS.managed_policy_characters,
                "{} has {}",
                one.name,
                one.characters
            );
            for statement in one.document["Statement"].as_array().unwrap() {
                resources += statement["Resource"].as_array().map_or(1, Vec::len);
                assert!(one.reasons.contains_key(statement["Sid"].as_str().unwrap()));
            }
        }
        assert_eq!(resources, 70 + 70 + 900);
    }
}
