//! Changes of policies in a plan, statement by statement.
use serde_json::Value;

use super::{Page, Style};
use crate::{
    engine::{LeafChange, Step},
    iam::compare::compare_policies,
    plan_document::known_after,
};

/// Renders the statements that a step changes, each with a sign if it widens what is allowed.
pub(super) fn render_statement_changes(page: &mut Page, step: &Step, style: Style) {
    for one in compare_policies(step.before.as_ref(), step.after.as_ref()) {
        let sign = match (&one.before, &one.after) {
            (None, _) => style.green("+"),
            (_, None) => style.red("-"),
            _ => style.yellow("~"),
        };
        let widens = if one.widens { style.red("  widens what is allowed") } else { String::new() };
        page.line(format!("    {sign} {}/{}{widens}", one.policy.trim_start_matches('/'), one.sid));
        let (before, after) = (statement_lines(one.before.as_ref()), statement_lines(one.after.as_ref()));
        let moved = !before.is_empty() && !after.is_empty();
        let lines = before.iter().filter(|line| !after.contains(line)).map(|line| (style.red("-"), line));
        let lines = lines.chain(after.iter().map(|line| {
            let stays = moved && before.contains(line);
            (if stays { " ".to_owned() } else { style.green("+") }, line)
        }));
        for (sign, line) in lines {
            page.line(format!("        {sign} {line}"));
        }
    }
}

fn statement_lines(statement: Option<&Value>) -> Vec<String> {
    statement.map(lines).unwrap_or_default()
}

/// Returns whether [`render_statement_changes`] covers a change.
pub(super) fn is_statement_change(step: &Step, change: &LeafChange) -> bool {
    compare_policies(step.before.as_ref(), step.after.as_ref())
        .iter()
        .any(|one| change.pointer.is_within(&one.policy))
}

/// Renders a statement in words: actions, resources, principals and conditions.
pub(super) fn lines(statement: &Value) -> Vec<String> {
    let effect =
        if statement.get("Effect").and_then(Value::as_str) == Some("Deny") { "deny" } else { "allow" };
    let get = |key: &str| statement.get(key);
    let listed = |value: &Value| match value {
        Value::Array(items) => items.iter().map(word).collect::<Vec<_>>().join(", "),
        one => word(one),
    };
    let mut lines = Vec::new();
    for (key, verb) in [("Action", effect.to_owned()), ("NotAction", format!("{effect} all but"))] {
        lines.extend(get(key).map(|value| format!("{verb} {}", listed(value))));
    }
    for (key, verb) in [("Resource", "on"), ("NotResource", "on all but")] {
        let each = |value: &Value| match value {
            Value::Array(items) => items.iter().map(|item| format!("{verb} {}", word(item))).collect(),
            one => vec![format!("{verb} {}", word(one))],
        };
        lines.extend(get(key).map(each).unwrap_or_default());
    }
    for (key, verb) in [("Principal", "for"), ("NotPrincipal", "for all but")] {
        let who = |value: &Value| match value {
            Value::Object(kinds) => kinds.values().map(listed).collect::<Vec<_>>().join(", "),
            one => listed(one),
        };
        lines.extend(get(key).map(|value| format!("{verb} {}", who(value))));
    }
    for (operator, keys) in get("Condition").and_then(Value::as_object).into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            lines.push(format!("if {key} {operator} {}", listed(values)));
        }
    }
    lines
}

/// Renders a text without its quotes, and a value that is known after apply in words.
fn word(value: &Value) -> String {
    match known_after(value) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        engine::{Action, Plan, Step, diff},
        view::{Style, plan},
    };

    fn step(before: &serde_json::Value, after: &serde_json::Value) -> Step {
        Step {
            address: "roles.chat".into(),
            kind: "iam/role",
            id: "roles.chat".into(),
            action: Action::Update { changes: diff(before, after) },
            before: Some(before.clone()),
            after: Some(after.clone()),
            drift_status: None,
            holds_data: false,
            span: None,
            warning: None,
            takes_over: None,
            loses: None,
            left_out: false,
        }
    }

    fn plan(before: &serde_json::Value, after: &serde_json::Value) -> String {
        draw(step(before, after))
    }

    fn draw(step: Step) -> String {
        plan::render_plan(&Plan { steps: vec![step], ..Plan::default() }, Style(false)).to_string()
    }

    #[test]
    fn what_aws_says_cannot_steer_the_terminal() {
        let odd = "\u{1b}[2J\u{9b}2J\u{7f}";
        let statement = json!({ "Effect": "Allow", "Action": [odd], "Resource": [odd] });
        let before = json!({ odd: odd, "policies": { "access": { odd: statement } } });
        let props = json!({ odd: { odd: odd }, "a": [odd] });
        let update = Step { warning: Some(odd.into()), id: odd.into(), ..step(&before, &json!({})) };
        let create = Step { action: Action::Create { props }, ..step(&before, &json!({})) };
        for drawn in [draw(update), draw(create)] {
            assert!(drawn.chars().all(|sign| sign == '\n' || !sign.is_control()), "{drawn:?}");
            assert!(drawn.contains("[2J"), "{drawn}");
        }
    }

    #[test]
    fn permissions_change_statement_by_statement_and_more_is_marked() {
        let read = json!({ "Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": ["arn:t"] });
        let write = json!({ "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": ["arn:t"] });
        let logs = json!({ "Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": ["arn:g"],
            "Condition": { "StringEquals": { "aws:SourceAccount": ["1"] } } });
        let before = json!({ "memory": 1, "policies": { "access": { "Talks": read, "Logs": logs } } });
        let after = json!({ "memory": 2, "policies": { "access": { "Talks": write } } });
        insta::assert_snapshot!(plan(&before, &after), @"
        ~ roles.chat (iam/role) update in place
            ~ memory: 1 -> 2
            - policies/access/Logs
                - allow logs:PutLogEvents
                - on arn:g
                - if aws:SourceAccount StringEquals 1
            ~ policies/access/Talks  widens what is allowed
                - allow dynamodb:GetItem
                + allow dynamodb:GetItem, dynamodb:PutItem
                  on arn:t

        Plan: 0 to create, 1 to update, 0 to replace, 0 to delete, 0 unchanged.
        ");
        insta::assert_snapshot!(plan(&after, &before), @"
        ~ roles.chat (iam/role) update in place
            ~ memory: 2 -> 1
            + policies/access/Logs  widens what is allowed
                + allow logs:PutLogEvents
                + on arn:g
                + if aws:SourceAccount StringEquals 1
            ~ policies/access/Talks
                - allow dynamodb:GetItem, dynamodb:PutItem
                + allow dynamodb:GetItem
                  on arn:t

        Plan: 0 to create, 1 to update, 0 to replace, 0 to delete, 0 unchanged.
        ");
    }
}
