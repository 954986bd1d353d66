//! Raw IAM statements: shown loudly, taken literally, and checked for what IAM would refuse or never match.
use serde_json::Value;

use super::{RuleContext, conditions};
use crate::{
    diagnostic::{Span, Spanned, suggest},
    iam::{actions, element_texts},
    manifest::{template::NAMESPACES, types::Function},
    redact::name_form,
};

/// Elements of a statement in a resource's policy beside those of an identity policy.
const PRINCIPALS: [&str; 2] = ["Principal", "NotPrincipal"];
/// Elements of a statement in an identity policy.
const ELEMENTS: [&str; 7] = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
/// Partitions, the part of an ARN after `arn:` (AWS general reference, "Amazon Resource Names").
const PARTITIONS: [&str; 7] =
    ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e"];
/// Digits of an account's id.
const ACCOUNT_DIGITS: usize = 12;
pub(super) fn check_all_statements(context: &mut RuleContext<'_>) {
    for function in context.written_functions() {
        check_statements(context, function);
    }
    check_allow(context);
}

/// Checks every `access.allow` as the statements that are made of it.
pub(super) fn check_allow(context: &mut RuleContext<'_>) {
    for function in context.written_functions() {
        for statement in context.allow_statements(function) {
            check_action_names(context, &statement);
            check_statement_resources(context, &statement);
            conditions::check_conditions(context, &statement);
        }
    }
}

fn check_statements(context: &mut RuleContext<'_>, function: &Function) {
    let Some(access) = function.access.as_ref() else { return };
    if let Some(first) = access.statements.first() {
        let hint = "prefer the other keys of `access`, which grant no more than is needed, `allow` where none has a word for it";
        context.report("raw-statements", first.span, "raw IAM statements are passed on as they are", hint);
    }
    let mut sids: Vec<&str> = Vec::new();
    for statement in &access.statements {
        check_elements(context, statement);
        check_required_elements(context, statement);
        check_element_types(context, statement);
        check_sid(context, statement, &mut sids);
        check_action_names(context, statement);
        check_statement_resources(context, statement);
        conditions::check_conditions(context, statement);
        check_literal_references(context, &statement.value, statement.span);
    }
}

/// Checks what the statements of a key's policy have in common with all others.
pub(super) fn check_key_statements(context: &mut RuleContext<'_>, statements: &[Spanned<Value>]) {
    // Those of the statements that the tool makes itself.
    let mut sids = vec!["Account", "Logs"];
    for statement in statements {
        for element in statement.value.as_object().into_iter().flat_map(|object| object.keys()) {
            if !PRINCIPALS.contains(&element.as_str()) {
                let known: Vec<&str> = PRINCIPALS.into_iter().chain(ELEMENTS).collect();
                check_element(context, statement, element, &known);
            }
        }
        check_required_elements(context, statement);
        check_element_types(context, statement);
        check_sid(context, statement, &mut sids);
        check_action_names(context, statement);
        conditions::check_conditions(context, statement);
        check_literal_references(context, &statement.value, statement.span);
    }
}

fn check_elements(context: &mut RuleContext<'_>, statement: &Spanned<Value>) {
    for element in statement.value.as_object().into_iter().flat_map(|object| object.keys()) {
        if PRINCIPALS.contains(&element.as_str()) {
            let message = format!("`{element}` does not belong into the policy of a role");
            context.report(
                "statement-element",
                statement.span,
                message,
                "take it out: the principal is the role",
            );
        } else {
            check_element(context, statement, element, &ELEMENTS);
        }
    }
}

fn check_element(context: &mut RuleContext<'_>, statement: &Spanned<Value>, element: &str, known: &[&str]) {
    if !known.contains(&element) {
        let hint = suggest::hint(element, known.iter().copied(), "a statement has");
        let message = format!("IAM knows no element `{element}`");
        context.report("statement-element", statement.span, message, hint);
    }
}

/// Checks that every statement has an action and a resource, as IAM requires.
fn check_required_elements(context: &mut RuleContext<'_>, statement: &Spanned<Value>) {
    for (one, other) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        let hint = match (statement.value.get(one), statement.value.get(other)) {
            (Some(_), Some(_)) => "keep one of the two".to_owned(),
            (None, None) => format!("add `{one}`"),
            _ => continue,
        };
        let message = format!("an IAM statement needs either `{one}` or `{other}`");
        context.report("bad-statement", statement.span, message, hint);
    }
}

/// IAM takes a text or a list of texts for what is allowed, and a text for a name (IAM guide, "Grammar of the IAM JSON
/// policy language").
fn check_element_types(context: &mut RuleContext<'_>, statement: &Spanned<Value>) {
    let listed = |value: &Value| match value {
        Value::String(_) => true,
        Value::Array(items) => !items.is_empty() && items.iter().all(Value::is_string),
        _ => false,
    };
    for element in ["Action", "NotAction", "Resource", "NotResource"] {
        if statement.value.get(element).is_some_and(|value| !listed(value)) {
            let message = format!("`{element}` is neither a text nor a list of texts");
            context.report("bad-statement", statement.span, message, "name at least one, in quotes");
        }
    }
    if statement.value.get("Sid").is_some_and(|sid| !sid.is_string()) {
        context.report("bad-statement", statement.span, "`Sid` is no text", "put it into quotes");
    }
}

fn check_sid<'a>(context: &mut RuleContext<'_>, statement: &'a Spanned<Value>, seen: &mut Vec<&'a str>) {
    let Some(sid) = statement.value.get("Sid").and_then(Value::as_str) else { return };
    if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
        let message = format!("the Sid `{sid}` has other characters than letters and digits");
        let plain: String = sid.chars().filter(char::is_ascii_alphanumeric).collect();
        let hint = match name_form(sid) {
            Some(what) => format!("it looks like {what}: leave it out"),
            None => format!("write `{plain}`"),
        };
        context.report("statement-sid", statement.span, message, hint);
    }
    if seen.contains(&sid) {
        let message = format!("another statement of the policy has the Sid `{sid}`");
        context.report("statement-sid", statement.span, message, "give each its own, or leave it out");
    }
    seen.push(sid);
}

fn check_action_names(context: &mut RuleContext<'_>, statement: &Spanned<Value>) {
    for element in ["Action", "NotAction"] {
        for action in element_texts(&statement.value, element) {
            if let Some((message, hint)) = actions::mistake(action) {
                context.report("statement-action", statement.span, message, hint);
            }
        }
    }
}

fn check_statement_resources(context: &mut RuleContext<'_>, statement: &Spanned<Value>) {
    for element in ["Resource", "NotResource"] {
        for resource in element_texts(&statement.value, element) {
            // Policy variables may stand for any part of it.
            if !resource.contains("${") && resource != "*" && !is_well_formed_arn(resource) {
                let message = format!("`{resource}` is no ARN");
                let hint = "an ARN looks like `arn:aws:s3:::bucket/key`: six parts, divided by colons, the service written out; what IAM has is in no region, a bucket in no region and no account";
                context.report("statement-resource", statement.span, message, hint);
            }
        }
    }
}

fn is_well_formed_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let wild = |text: &str| text.contains(['*', '?']);
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || "*?".contains(c));
    let [prefix, partition, service, rest @ ..] = &parts[..] else { return false };
    let rest = match rest {
        [region, account, resource] => {
            let owner = account.is_empty()
                || *account == "aws"
                || digits(account) && (account.len() == ACCOUNT_DIGITS || wild(account));
            owner && !resource.is_empty() && can_be_located(service, region, account, resource)
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

/// Returns whether a service's ARNs may have a region and account (Service Authorization Reference, IAM and Amazon S3).
fn can_be_located(service: &str, region: &str, account: &str, resource: &str) -> bool {
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

/// Reports `${…}` that looks like a reference of the spec: in a raw statement it is an IAM policy variable.
fn check_literal_references(context: &mut RuleContext<'_>, value: &Value, span: Span) {
    match value {
        Value::String(text) => {
            let ours = NAMESPACES.iter().find(|namespace| text.contains(&format!("${{{namespace}.")));
            if let Some(namespace) = ours {
                let message = format!("`${{{namespace}.…}}` is not replaced in raw statements");
                let hint = "`${…}` is a policy variable of IAM there: write the ARN itself, or use `access.allow`, whose `on` takes references";
                context.report("bad-statement", span, message, hint);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| check_literal_references(context, item, span)),
        Value::Object(entries) => {
            entries.values().for_each(|item| check_literal_references(context, item, span));
        }
        _ => {}
    }
}
