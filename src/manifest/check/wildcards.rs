//! Raw IAM statements that allow more than a function should have.
use serde_json::Value;

use super::RuleContext;
use crate::{
    diagnostic::Spanned,
    iam::{
        actions::{self, AccessLevel},
        element_texts,
        escalation::{CONTENTS, CREDENTIALS, ESCALATION},
        pattern::matches_ignoring_case,
    },
};

/// Actions that `access` can grant, with its key for each.
const REPLACEABLE: [(&str, &str); 15] = [
    ("bedrock:InvokeModel", "access.models"),
    ("bedrock:InvokeModelWithResponseStream", "access.models"),
    ("execute-api:ManageConnections", "access.connections"),
    ("secretsmanager:GetSecretValue", "access.secrets"),
    ("dynamodb:GetItem", "access.tables` or `access.external_tables"),
    ("dynamodb:PutItem", "access.tables` or `access.external_tables"),
    ("dynamodb:Query", "access.tables` or `access.external_tables"),
    ("dynamodb:Scan", "access.tables` or `access.external_tables` with `scan"),
    ("lambda:InvokeFunction", "access.functions"),
    ("ssm:GetParameter", "access.parameters"),
    ("sns:Publish", "access.topics"),
    ("sqs:SendMessage", "access.queues"),
    ("bedrock:Retrieve", "access.knowledge_bases"),
    ("bedrock:ApplyGuardrail", "access.guardrails"),
    ("bedrock:InvokeAgent", "access.agents"),
];

pub(super) fn check_wildcards(context: &mut RuleContext<'_>) {
    for function in context.written_functions() {
        for statement in context.allow_statements(function) {
            check_statement(context, &statement);
        }
        for statement in function.access.iter().flat_map(|access| &access.statements) {
            if statement.value.get("Effect").and_then(Value::as_str) == Some("Allow") {
                check_statement(context, statement);
            }
        }
    }
}

fn check_statement(context: &mut RuleContext<'_>, statement: &Spanned<Value>) {
    let (value, span) = (&statement.value, statement.span);
    let all = element_texts(value, "Action");
    let reach = ResolvedScope::of(value);
    for element in ["NotAction", "NotResource"] {
        if value.get(element).is_some() {
            let message = format!("`{element}` allows all that it does not name");
            context.report("statement-not-action", span, message, "name what is allowed");
        }
    }
    let names_none =
        value.get("NotAction").is_some() && (reach.everything || value.get("NotResource").is_some());
    if names_none || reach.everything && all.contains(&"*") {
        let message = "the statement allows everything";
        return context.report(
            "statement-admin",
            span,
            message,
            "name the actions and resources that are needed",
        );
    }
    for action in all.iter().filter(|action| **action == "*" || action.ends_with(":*")) {
        let message = format!("`{action}` allows what deletes and what is still to come as well");
        context.report("statement-wildcard-action", span, message, "name the actions the function calls");
    }
    check_pass_role(context, statement, &all, &reach);
    if !is_limited(value) {
        check_unlimited_actions(context, statement, &all, &reach);
    }
    // `access` cannot express a condition.
    let plain = value.get("Condition").is_none();
    if let Some((action, key)) = REPLACEABLE.iter().find(|(action, _)| plain && all.contains(action)) {
        let message = format!("`{action}` needs no statement of its own");
        context.report("statement-replaceable", span, message, format!("use `{key}`"));
    }
}

/// Services whose ARNs do not contain the kind of resource, so that `name/*` is everything within one resource.
const KINDLESS: [&str; 4] = ["s3", "execute-api", "sqs", "sns"];

/// The services of which a statement covers all resources, or all of one kind.
struct ResolvedScope<'a> {
    everything: bool,
    services: Vec<&'a str>,
}

impl<'a> ResolvedScope<'a> {
    fn of(statement: &'a Value) -> Self {
        let mut reach = Self { everything: false, services: Vec::new() };
        for resource in element_texts(statement, "Resource") {
            // What a reference stands for is not known yet.
            if resource.starts_with("${") {
                continue;
            }
            let parts: Vec<&str> = resource.splitn(6, ':').collect();
            match parts[..] {
                [_, _, service, _, _, rest] if is_all(service, rest) => reach.services.push(service),
                [_, _, service, ..] if parts.len() < 6 && service != "*" && resource.ends_with('*') => {
                    reach.services.push(service);
                }
                [_, ..] if parts.len() < 6 && resource.ends_with('*') => reach.everything = true,
                _ => {}
            }
        }
        reach.everything |= reach.services.contains(&"*");
        reach
    }

    /// Returns whether `action` is allowed on all resources that it applies to, or all of one kind.
    fn includes_action(&self, action: &str) -> bool {
        let service = action.split(':').next().unwrap_or_default();
        // STS hands out credentials for roles and users of IAM.
        let of = if service.eq_ignore_ascii_case("sts") { "iam" } else { service };
        self.everything || self.services.iter().any(|one| matches_ignoring_case(of, one))
    }
}

/// Returns whether the last part of an ARN covers all resources, such as `*` or `role/*`.
fn is_all(service: &str, rest: &str) -> bool {
    let wild = |text: &str| !text.is_empty() && text.chars().all(|c| "*?/:".contains(c));
    let (kind, name) = rest.split_once(['/', ':']).unwrap_or_default();
    wild(rest) || wild(name) && !kind.is_empty() && !KINDLESS.contains(&service)
}

/// Returns whether a condition limits the resources that the actions work on.
///
/// Conditions on who calls, when and from where do not: the caller is the function (IAM guide, "AWS global condition
/// context keys").
fn is_limited(statement: &Value) -> bool {
    has_condition(statement, |key| {
        !key.starts_with("aws:") || key.starts_with("aws:resourcetag/") || key.starts_with("aws:requesttag/")
    })
}

/// Returns whether a statement requires certain values of a condition key that `about` selects by its lower-case name.
fn has_condition(statement: &Value, about: impl Fn(&str) -> bool) -> bool {
    let named = |values: &Value| match values {
        Value::Array(values) => !values.iter().any(is_open_value),
        value => !is_open_value(value),
    };
    let operators = statement.get("Condition").and_then(Value::as_object);
    let demands = |operator: &str| !operator.contains("Not") && !operator.starts_with("Null");
    let positive = operators.into_iter().flatten().filter(|(operator, _)| demands(operator));
    let mut keys = positive.filter_map(|(_, keys)| keys.as_object()).flatten();
    keys.any(|(key, values)| about(&key.to_ascii_lowercase()) && named(values))
}

/// Returns whether a value matches nearly everything, as `*` and `*.amazonaws.com` do.
fn is_open_value(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(['*', '?']))
}

/// Reports actions that are worse when allowed on all resources.
fn check_unlimited_actions(
    context: &mut RuleContext<'_>,
    statement: &Spanned<Value>,
    all: &[&str],
    reach: &ResolvedScope<'_>,
) {
    let span = statement.span;
    let includes = |list: &[&'static str]| {
        let mut reached = list.iter().copied().filter(|listed| reach.includes_action(listed));
        reached.find(|listed| all.iter().any(|action| matches_ignoring_case(action, listed)))
    };
    let lists: [(&str, &[&'static str], &str); 3] = [
        ("statement-escalation", &ESCALATION, "makes the function administrator"),
        ("statement-credentials", &CREDENTIALS, "hands out credentials of anyone"),
        ("statement-exfiltration", &CONTENTS, "reads the contents of all there is"),
    ];
    for (rule, list, what) in lists {
        if let Some(action) = includes(list) {
            let message = format!("on all resources `{action}` {what}");
            context.report(rule, span, message, "name the one resource it is for");
        }
    }
    let known = || {
        all.iter().filter(|action| reach.includes_action(action)).flat_map(|action| actions::resolve(action))
    };
    if let Some(action) = known().find(|known| known.level == AccessLevel::Permissions) {
        let message = format!("on all resources `{}` changes who may do what", action.name);
        context.report("statement-permissions", span, message, "name the one resource it is for");
    }
    if let Some(action) = known().find(|known| known.has_resources) {
        let message = format!("`{}` is allowed on all resources of the account", action.name);
        context.report("statement-wildcard-resource", span, message, "write the ARNs the function works on");
    }
}

fn check_pass_role(
    context: &mut RuleContext<'_>,
    statement: &Spanned<Value>,
    all: &[&str],
    reach: &ResolvedScope<'_>,
) {
    let passes = all.iter().any(|action| *action != "*" && matches_ignoring_case(action, "iam:PassRole"));
    let anywhere = reach.includes_action("iam:PassRole");
    let limited = has_condition(&statement.value, |key| key == "iam:passedtoservice");
    if passes && (anywhere || !limited) {
        let hint = "name the role, and add `Condition: { StringEquals: { \"iam:PassedToService\": … } }`";
        let message =
            if anywhere { "any role may be passed on" } else { "the role may be passed to any service" };
        context.report("statement-pass-role", statement.span, message, hint);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_arn_that_names_only_the_kind_reaches_all_of_it() {
        let has = |resource: &str, action: &str| {
            ResolvedScope::of(&json!({ "Resource": [resource] })).includes_action(action)
        };
        for (resource, action) in [
            ("*", "iam:PutRolePolicy"),
            ("arn:*", "iam:PutRolePolicy"),
            ("arn:aws:iam::*", "iam:PutRolePolicy"),
            ("arn:aws:iam::*:role/*", "iam:PutRolePolicy"),
            ("arn:aws:iam::123456789012:*", "sts:AssumeRole"),
            ("arn:aws:*:*:*:*", "s3:GetObject"),
            ("arn:aws:s3:::*", "s3:GetObject"),
            ("arn:aws:s3:::*/*", "s3:GetObject"),
            ("arn:aws:secretsmanager:us-east-1:123456789012:secret:*", "secretsmanager:GetSecretValue"),
        ] {
            assert!(has(resource, action), "{resource} {action}");
        }
        for (resource, action) in [
            ("arn:aws:iam::123456789012:role/one", "iam:PutRolePolicy"),
            ("arn:aws:iam::123456789012:role/app/*", "iam:PutRolePolicy"),
            ("arn:aws:s3:::bucket/*", "s3:GetObject"),
            ("arn:aws:s3:::*", "iam:PutRolePolicy"),
            ("arn:aws:execute-api:us-east-1:123456789012:abc/*", "execute-api:Invoke"),
            ("arn:aws:ssm:us-east-1:123456789012:parameter/app/*", "ssm:GetParameter"),
        ] {
            assert!(!has(resource, action), "{resource} {action}");
        }
    }

    #[test]
    fn a_condition_limits_where_it_says_what_is_worked_on() {
        let limited = |condition: Value| is_limited(&json!({ "Condition": condition }));
        assert!(limited(json!({ "StringEquals": { "aws:ResourceTag/team": "copilot" } })));
        assert!(limited(
            json!({ "ArnLike": { "iam:PolicyARN": ["arn:aws:iam::aws:policy/ReadOnlyAccess"] } })
        ));
        assert!(!limited(json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } })));
        assert!(!limited(json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } })));
        assert!(!limited(json!({ "StringLike": { "iam:PolicyARN": "*" } })));
        assert!(!limited(json!({ "StringNotEquals": { "aws:ResourceTag/team": "other" } })));
        assert!(!is_limited(&json!({})));
    }
}
