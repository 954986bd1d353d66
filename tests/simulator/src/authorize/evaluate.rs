//! How IAM decides (IAM guide, "Policy evaluation logic"): a denial wins, and silence is one.
use super::Ask;
use crate::{
    call::{like, several},
    services::iam::statements,
};
use serde_json::Value;

/// Whether these policies allow it.
#[must_use]
pub fn allows(policies: &[Value], ask: &Ask) -> bool {
    let allow = |one: &Value| one["Effect"] == "Allow" && fits(one, ask);
    policies.iter().flat_map(statements).any(allow) && !denies(policies, ask)
}

/// Whether these policies deny it in so many words.
pub(crate) fn denies(policies: &[Value], ask: &Ask) -> bool {
    policies.iter().flat_map(statements).any(|one| one["Effect"] == "Deny" && fits(one, ask))
}

/// Condition keys that a statement about this goes by, and that the question does not tell.
pub(crate) fn missing_keys(policies: &[Value], ask: &Ask) -> Vec<String> {
    let about = policies.iter().flat_map(statements).filter(|one| is_about(one, ask));
    let blocks = about.filter_map(|one| one["Condition"].as_object()).flatten();
    let keys = blocks.filter_map(|(_, keys)| keys.as_object()).flatten().map(|(key, _)| key);
    let told = |key: &String| ask.context.keys().any(|name| name.eq_ignore_ascii_case(key));
    let mut missing: Vec<String> = keys.filter(|key| !told(key)).cloned().collect();
    missing.sort();
    missing.dedup();
    missing
}

fn fits(statement: &Value, ask: &Ask) -> bool {
    is_about(statement, ask) && conditions(&statement["Condition"], ask)
}

/// Whether a statement names the action and the resource.
fn is_about(statement: &Value, ask: &Ask) -> bool {
    let action = ask.action.to_lowercase();
    let acts = |list: &Value| several(list).iter().any(|pattern| like(&pattern.to_lowercase(), &action));
    let reaches = |list: &Value| several(list).iter().any(|pattern| like(pattern, &ask.resource));
    let acts = if statement["NotAction"].is_null() {
        acts(&statement["Action"])
    } else {
        !acts(&statement["NotAction"])
    };
    let reaches = if statement["NotResource"].is_null() {
        reaches(&statement["Resource"])
    } else {
        !reaches(&statement["NotResource"])
    };
    acts && reaches
}

/// All operators hold, and of each all keys (IAM guide, "Conditions with multiple context keys or values").
fn conditions(blocks: &Value, ask: &Ask) -> bool {
    let blocks = blocks.as_object().into_iter().flatten();
    blocks.into_iter().all(|(operator, keys)| {
        keys.as_object()
            .into_iter()
            .flatten()
            .all(|(key, wanted)| holds(operator, key, &several(wanted), ask))
    })
}

/// IAM guide, "IAM JSON policy elements: Condition operators" and "Set operators for multi-valued context keys".
fn holds(operator: &str, key: &str, wanted: &[&str], ask: &Ask) -> bool {
    let (set, operator) = match operator.split_once(':') {
        Some((set, operator)) => (Some(set), operator),
        None => (None, operator),
    };
    let (operator, optional) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let there = ask.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, values)| values);
    if operator == "Null" {
        return wanted.contains(&if there.is_none() { "true" } else { "false" });
    }
    let Some(there) = there.filter(|values| !values.is_empty()) else {
        return optional || set == Some("ForAllValues");
    };
    let matches = |value: &String| match operator {
        "StringEquals" => wanted.contains(&value.as_str()),
        "StringLike" | "ArnLike" | "ArnEquals" => wanted.iter().any(|pattern| like(pattern, value)),
        "Bool" => wanted.iter().any(|one| one.eq_ignore_ascii_case(value)),
        other => panic!("the simulator does not know the condition operator {other}"),
    };
    match set {
        Some("ForAllValues") => there.iter().all(matches),
        _ => there.iter().any(matches),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn allowed(statements: &Value, ask: &Ask) -> bool {
        allows(&[json!({ "Version": "2012-10-17", "Statement": statements })], ask)
    }

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/demo-a";

    #[test]
    fn silence_denies_and_a_denial_wins() {
        let ask = Ask::new("dynamodb:GetItem", TABLE);
        assert!(!allows(&[], &ask));
        let allow = json!({ "Effect": "Allow", "Action": "DynamoDB:get*", "Resource": "*" });
        assert!(allowed(&allow, &ask));
        let deny = json!({ "Effect": "Deny", "Action": ["dynamodb:GetItem"], "Resource": [TABLE] });
        assert!(!allowed(&json!([allow, deny]), &ask));
    }

    #[test]
    fn actions_and_resources_are_patterns_and_may_be_excepted() {
        let ask = Ask::new("dynamodb:GetItem", TABLE);
        let one = |statement: Value| allowed(&json!([statement]), &ask);
        assert!(one(
            json!({ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:dynamodb:*:*:table/demo-?" })
        ));
        assert!(!one(
            json!({ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:dynamodb:*:*:table/Demo-?" })
        ));
        assert!(!one(json!({ "Effect": "Allow", "NotAction": "dynamodb:*", "Resource": "*" })));
        assert!(one(json!({ "Effect": "Allow", "NotAction": "kms:*", "Resource": "*" })));
        assert!(!one(json!({ "Effect": "Allow", "Action": "*", "NotResource": TABLE })));
    }

    #[test]
    fn conditions_hold_together_and_a_missing_key_fails() {
        let ask = Ask::new("a:B", "*").with("aws:ResourceTag/Team", "x").with("Keys", "1").with("Keys", "2");
        let under = |condition: Value| {
            allowed(
                &json!([{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition }]),
                &ask,
            )
        };
        assert!(under(json!({ "StringEquals": { "aws:resourcetag/Team": ["y", "x"] } })));
        assert!(!under(json!({ "StringEquals": { "aws:ResourceTag/Team": "x", "None": "x" } })));
        assert!(under(json!({ "StringEqualsIfExists": { "None": "x" } })));
        assert!(under(json!({ "Null": { "None": "true", "Keys": "false" } })));
        assert!(!under(json!({ "Null": { "aws:ResourceTag/Team": "true" } })));
        assert!(under(json!({ "ForAnyValue:StringLike": { "Keys": "2*" } })));
        assert!(!under(json!({ "ForAllValues:StringEquals": { "Keys": "2" } })));
        assert!(under(json!({ "ForAllValues:StringEquals": { "Keys": ["1", "2"], "None": "x" } })));
    }
}
