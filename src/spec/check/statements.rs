//! Raw IAM statements: shown loudly, taken literally, and checked for what IAM would refuse or never match.
use std::net::IpAddr;

use serde_json::Value;

use super::{Context, actions};
use crate::spec::{
    at::{At, Place},
    secret, suggest,
    template::NAMESPACES,
    types::Function,
};

/// Elements of a statement in an identity policy.
const ELEMENTS: [&str; 7] = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
/// What an ARN begins with behind `arn:` (AWS general reference, "Amazon Resource Names").
const PARTITIONS: [&str; 7] =
    ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e"];
/// Digits of an account's id.
const ACCOUNT_DIGITS: usize = 12;
/// Operators of conditions, without `IfExists` and `ForAllValues:`.
const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

pub(super) fn check(context: &mut Context<'_>) {
    for function in context.written_functions() {
        statements(context, function);
    }
}

fn statements(context: &mut Context<'_>, function: &Function) {
    let Some(access) = function.access.as_ref() else { return };
    if let Some(first) = access.statements.first() {
        let hint = "prefer the other keys of `access`, which grant no more than is needed";
        context.report("raw-statements", first.place, "raw IAM statements are passed on as they are", hint);
    }
    let mut sids: Vec<&str> = Vec::new();
    for statement in &access.statements {
        elements(context, statement);
        complete(context, statement);
        forms(context, statement);
        sid(context, statement, &mut sids);
        action_names(context, statement);
        resources(context, statement);
        condition(context, statement);
        literal(context, &statement.value, statement.place);
    }
}

/// The texts of an element that may be one or a list.
pub(super) fn texts<'a>(statement: &'a Value, element: &str) -> Vec<&'a str> {
    match statement.get(element) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn elements(context: &mut Context<'_>, statement: &At<Value>) {
    for element in statement.value.as_object().into_iter().flat_map(|object| object.keys()) {
        if element == "Principal" || element == "NotPrincipal" {
            let message = format!("`{element}` does not belong into the policy of a role");
            context.report(
                "statement-element",
                statement.place,
                message,
                "take it out: the principal is the role",
            );
        } else if !ELEMENTS.contains(&element.as_str()) {
            let hint = suggest::hint(element, ELEMENTS, "a statement has");
            context.report(
                "statement-element",
                statement.place,
                format!("IAM knows no element `{element}`"),
                hint,
            );
        }
    }
}

/// IAM wants an action and a resource in every statement.
fn complete(context: &mut Context<'_>, statement: &At<Value>) {
    for (one, other) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        let hint = match (statement.value.get(one), statement.value.get(other)) {
            (Some(_), Some(_)) => "keep one of the two".to_owned(),
            (None, None) => format!("add `{one}`"),
            _ => continue,
        };
        let message = format!("an IAM statement needs either `{one}` or `{other}`");
        context.report("bad-statement", statement.place, message, hint);
    }
}

/// IAM takes a text or a list of texts for what is allowed, and a text for a name (IAM guide, "Grammar of the IAM JSON
/// policy language").
fn forms(context: &mut Context<'_>, statement: &At<Value>) {
    let listed = |value: &Value| match value {
        Value::String(_) => true,
        Value::Array(items) => !items.is_empty() && items.iter().all(Value::is_string),
        _ => false,
    };
    for element in ["Action", "NotAction", "Resource", "NotResource"] {
        if statement.value.get(element).is_some_and(|value| !listed(value)) {
            let message = format!("`{element}` is neither a text nor a list of texts");
            context.report("bad-statement", statement.place, message, "name at least one, in quotes");
        }
    }
    if statement.value.get("Sid").is_some_and(|sid| !sid.is_string()) {
        context.report("bad-statement", statement.place, "`Sid` is no text", "put it into quotes");
    }
}

fn sid<'a>(context: &mut Context<'_>, statement: &'a At<Value>, seen: &mut Vec<&'a str>) {
    let Some(sid) = statement.value.get("Sid").and_then(Value::as_str) else { return };
    if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
        let message = format!("the Sid `{sid}` has other characters than letters and digits");
        let plain: String = sid.chars().filter(char::is_ascii_alphanumeric).collect();
        let hint = match secret::form(sid) {
            Some(what) => format!("it looks like {what}: leave it out"),
            None => format!("write `{plain}`"),
        };
        context.report("statement-sid", statement.place, message, hint);
    }
    if seen.contains(&sid) {
        let message = format!("another statement of this function has the Sid `{sid}`");
        context.report("statement-sid", statement.place, message, "give each its own, or leave it out");
    }
    seen.push(sid);
}

fn action_names(context: &mut Context<'_>, statement: &At<Value>) {
    for element in ["Action", "NotAction"] {
        for action in texts(&statement.value, element) {
            if let Some((message, hint)) = actions::wrong(action) {
                context.report("statement-action", statement.place, message, hint);
            }
        }
    }
}

fn resources(context: &mut Context<'_>, statement: &At<Value>) {
    for element in ["Resource", "NotResource"] {
        for resource in texts(&statement.value, element) {
            // Policy variables may stand for any part of it.
            if !resource.contains("${") && resource != "*" && !well_formed(resource) {
                let message = format!("`{resource}` is no ARN");
                let hint = "an ARN looks like `arn:aws:s3:::bucket/key`: six parts, divided by colons, the service written out; what IAM has is in no region, a bucket in no region and no account";
                context.report("statement-resource", statement.place, message, hint);
            }
        }
    }
}

fn well_formed(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let wild = |text: &str| text.contains(['*', '?']);
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || "*?".contains(c));
    let [prefix, partition, service, rest @ ..] = &parts[..] else { return false };
    let rest = match rest {
        [region, account, resource] => {
            let owner = account.is_empty()
                || *account == "aws"
                || digits(account) && (account.len() == ACCOUNT_DIGITS || wild(account));
            owner && !resource.is_empty() && stands_there(service, region, account, resource)
        }
        // A wildcard stands for what is behind it, colons and all.
        _ => arn.ends_with('*'),
    };
    let partition = PARTITIONS.contains(partition) || wild(partition);
    // IAM takes no wildcard for a service, and no sign beyond U+00FF in a policy (IAM guide, "IAM JSON policy elements:
    // Resource", and "IAM and AWS STS quotas").
    let letters = arn.chars().all(|sign| (' '..='\u{ff}').contains(&sign));
    *prefix == "arn" && partition && !service.is_empty() && !wild(service) && letters && rest
}

/// Whether what the service has may be in a region and account (Service Authorization Reference, IAM and Amazon S3).
fn stands_there(service: &str, region: &str, account: &str, resource: &str) -> bool {
    let somewhere = |part: &str| !part.is_empty() && part != "*";
    match service {
        "iam" => !somewhere(region),
        "s3" => {
            let regional = ["accesspoint", "access-grants", "async-request", "job", "storage-lens"];
            regional.iter().any(|kind| resource.starts_with(kind))
                || !somewhere(region) && !somewhere(account)
        }
        _ => true,
    }
}

fn condition(context: &mut Context<'_>, statement: &At<Value>) {
    let Some(condition) = statement.value.get("Condition") else { return };
    let Some(operators) = condition.as_object().filter(|all| all.values().all(Value::is_object)) else {
        let hint = "write `{ StringEquals: { \"aws:PrincipalTag/team\": copilot } }`";
        return context.report(
            "statement-condition",
            statement.place,
            "a condition is a mapping of mappings",
            hint,
        );
    };
    for operator in operators.keys() {
        let plain = operator.trim_start_matches("ForAllValues:").trim_start_matches("ForAnyValue:");
        let plain = plain.strip_suffix("IfExists").unwrap_or(plain);
        if operator == "NullIfExists" || !OPERATORS.contains(&plain) {
            let hint = match suggest::nearest(plain, OPERATORS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "an operator is one such as `StringEquals` or `ArnLike`".to_owned(),
            };
            context.report(
                "statement-condition",
                statement.place,
                format!("IAM knows no operator `{operator}`"),
                hint,
            );
        }
    }
    for (operator, keys) in operators {
        let values = keys.as_object().into_iter().flat_map(|keys| keys.values());
        let mut values = values.flat_map(|value| match value {
            Value::Array(values) => values.iter().collect(),
            value => vec![value],
        });
        if let Some((value, hint)) = values.find_map(|value| wrong_value(operator, value)) {
            let message = format!("`{operator}` cannot compare with `{value}`");
            context.report("statement-condition", statement.place, message, hint);
        }
    }
    let keys = operators.values().filter_map(Value::as_object).flat_map(|keys| keys.keys());
    for key in keys.filter(|key| !key.contains(':')) {
        let message = format!("`{key}` is no key of a condition");
        let hint = "a key has a prefix, such as `aws:SourceAccount` or `dynamodb:LeadingKeys`";
        context.report("statement-condition", statement.place, message, hint);
    }
}

/// A value that an operator cannot compare with, and what it takes (IAM guide, "IAM JSON policy elements: Condition
/// operators").
fn wrong_value(operator: &str, value: &Value) -> Option<(String, &'static str)> {
    if !matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)) {
        return Some((value.to_string(), "write texts, numbers or booleans"));
    }
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let plain = operator.trim_start_matches("ForAllValues:").trim_start_matches("ForAnyValue:");
    let (fits, hint): (bool, _) = if plain.starts_with("Date") {
        let signs = |c: char| c.is_ascii_digit() || "-:TZ.+".contains(c);
        let begins = text.len() >= 4 && text.chars().take(4).all(|c| c.is_ascii_digit());
        (begins && text.chars().all(signs), "write a time such as `2027-01-31T00:00:00Z`")
    } else if plain.starts_with("Numeric") {
        (text.parse::<f64>().is_ok(), "write a number")
    } else if plain.starts_with("Bool") || plain.starts_with("Null") {
        (["true", "false"].contains(&text.to_ascii_lowercase().as_str()), "write `true` or `false`")
    } else if plain.starts_with("IpAddress") || plain.starts_with("NotIpAddress") {
        (is_range(&text), "write an address or a range such as `203.0.113.0/24`")
    } else {
        return None;
    };
    // A policy variable may stand for anything.
    (!fits && !text.contains("${")).then_some((text, hint))
}

/// Whether a text is an IP address, with or without the length of a prefix.
fn is_range(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "0"));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    prefix.parse::<u8>().is_ok_and(|bits| bits <= most)
}

/// `${…}` is a policy variable there; one that looks like our reference is a mistake.
fn literal(context: &mut Context<'_>, value: &Value, place: Place) {
    match value {
        Value::String(text) => {
            let ours = NAMESPACES.iter().find(|namespace| text.contains(&format!("${{{namespace}.")));
            if let Some(namespace) = ours {
                let message = format!("`${{{namespace}.…}}` is not replaced in raw statements");
                let hint = "write the ARN itself: `${…}` is a policy variable of IAM there";
                context.report("bad-statement", place, message, hint);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| literal(context, item, place)),
        Value::Object(entries) => entries.values().for_each(|item| literal(context, item, place)),
        _ => {}
    }
}
