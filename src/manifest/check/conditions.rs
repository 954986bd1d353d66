//! Conditions of raw IAM statements: known operators, keys with a prefix, comparable values.
use std::net::IpAddr;

use serde_json::Value;

use super::RuleContext;
use crate::diagnostic::{Spanned, suggest};

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

pub(super) fn check_conditions(context: &mut RuleContext<'_>, statement: &Spanned<Value>) {
    let Some(condition) = statement.value.get("Condition") else { return };
    let Some(operators) = condition.as_object().filter(|all| all.values().all(Value::is_object)) else {
        let hint = "write `{ StringEquals: { \"aws:PrincipalTag/team\": copilot } }`";
        return context.report(
            "statement-condition",
            statement.span,
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
                statement.span,
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
        if let Some((value, hint)) = values.find_map(|value| uncomparable_value(operator, value)) {
            let message = format!("`{operator}` cannot compare with `{value}`");
            context.report("statement-condition", statement.span, message, hint);
        }
    }
    let keys = operators.values().filter_map(Value::as_object).flat_map(|keys| keys.keys());
    for key in keys.filter(|key| !key.contains(':')) {
        let message = format!("`{key}` is no key of a condition");
        let hint = "a key has a prefix, such as `aws:SourceAccount` or `dynamodb:LeadingKeys`";
        context.report("statement-condition", statement.span, message, hint);
    }
}

/// A value that an operator cannot compare with, and what it takes (IAM guide, "IAM JSON policy elements: Condition
/// operators").
fn uncomparable_value(operator: &str, value: &Value) -> Option<(String, &'static str)> {
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
        (is_ip_range(&text), "write an address or a range such as `203.0.113.0/24`")
    } else {
        return None;
    };
    // A policy variable may stand for anything.
    (!fits && !text.contains("${")).then_some((text, hint))
}

/// Returns whether a text is an IP address, with or without a prefix length.
fn is_ip_range(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "0"));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    prefix.parse::<u8>().is_ok_and(|bits| bits <= most)
}
