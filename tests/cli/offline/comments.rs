//! Plans as comments: readable, marked, and below the limit whatever the plan.
use copilot_infra::{
    plan_document::{PlanDocument, ResourceChange},
    view::markdown::{LIMIT, comment_marker, render_plan_comment},
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn change(index: usize, actions: &Value, body: &str) -> Value {
    json!({
        "address": format!("functions.f{index}"), "kind": "lambda/function", "id": format!("stack-f{index}"),
        "actions": actions, "before": null, "after": { "description": body, "memory": 256 },
        "after_unknown": { "role_id": true }, "replace_paths": [], "changes": [], "statements": [],
        "reasons": ["the spec asks for it"], "risk": [], "origin": "change", "holds_data": false,
        "place": { "file": "copilot.yaml", "line": index + 1, "column": 3 }, "warning": null
    })
}

fn plan(changes: &[Value]) -> PlanDocument {
    let create = changes.len();
    serde_json::from_value(json!({
        "format": "copilot-infra/plan", "format_version": "1.0", "tool_version": "0.1.0",
        "created": "2026-01-01T00:00:00Z", "stack": "chat", "account": "123456789012", "region": "us-east-1",
        "digests": { "plan": "sha256:0123456789abcdef", "spec": "sha256:1", "live": "sha256:2" },
        "choices": { "delete_data": false, "allow_replace": [], "targets": [], "drift_only": false },
        "summary": { "create": create, "update": 0, "replace": 0, "delete": 0, "unchanged": 1, "drift": 0 },
        "resource_changes": changes, "kept": [], "refusals": []
    }))
    .unwrap()
}

#[test]
fn three_hundred_resources_fit_in_one_comment() {
    let body = "x".repeat(400);
    let changes: Vec<_> = (0..300).map(|index| change(index, &json!(["create"]), &body)).collect();
    let drawn = render_plan_comment(&plan(&changes));
    assert!(drawn.chars().count() < LIMIT, "{}", drawn.chars().count());
    assert!(drawn.contains("**300 to create**"));
    for index in 0..300 {
        assert!(drawn.contains(&format!("| `functions.f{index}` ")), "the table has every resource");
    }
    let shown = drawn.matches("<details>").count();
    assert!(shown > 20 && drawn.contains(&format!("_{} resources left out of the details", 300 - shown)));
    assert_eq!(shown, drawn.matches("</details>").count(), "no resource is cut in two");
}

#[test]
fn what_is_risky_comes_first_and_is_never_what_is_cut() {
    let mut changes: Vec<_> = (0..3000).map(|index| change(index, &json!(["create"]), "small")).collect();
    let mut last = change(3000, &json!(["delete", "create"]), "small");
    last["risk"] = json!([{ "risk": "data_loss", "why": "its data is lost" }]);
    changes.push(last);
    let drawn = render_plan_comment(&plan(&changes));
    assert!(drawn.chars().count() < LIMIT);
    let first = drawn.lines().find(|line| line.starts_with("| ") && line.contains("functions.f")).unwrap();
    assert!(first.contains("functions.f3000") && first.contains("data loss"), "{first}");
    assert!(drawn.contains("resources left out of this table"));
}

#[test]
fn money_is_told_but_is_no_warning() {
    let mut one = change(1, &json!(["create"]), "x");
    one["risk"] = json!([{ "risk": "cost", "why": "$1.00 a month" }]);
    let drawn = render_plan_comment(&plan(&[one.clone()]));
    assert!(drawn.contains("💰 **1 to create**, 1 unchanged — **cost**"), "{drawn}");
    assert!(drawn.contains("| 💰 cost: $1.00 a month |") && !drawn.contains("⚠️"), "{drawn}");
    one["risk"] = json!([{ "risk": "downtime", "why": "x" }, { "risk": "cost", "why": "y" }]);
    assert!(
        render_plan_comment(&plan(&[one])).contains("⚠️ **1 to create**, 1 unchanged — **downtime, cost**")
    );
}

#[test]
fn the_first_line_is_a_marker_of_stack_and_digest() {
    let drawn = render_plan_comment(&plan(&[]));
    assert!(drawn.starts_with(&comment_marker("chat")));
    let line = drawn.lines().next().unwrap();
    assert_eq!(line, "<!-- copilot-infra:plan stack=chat digest=sha256:0123456789abcdef -->");
    assert!(drawn.contains("✅ **No changes**"));
}

#[test]
fn permissions_are_shown_as_statements_that_come_and_go() {
    let mut one = change(1, &json!(["update"]), "x");
    one["statements"] = json!([{
        "policy": "/policies/access", "sid": "Read", "widens": true,
        "before": { "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:a"] },
        "after": { "Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:a"] }
    }]);
    let drawn = render_plan_comment(&plan(&[one]));
    let at = "| `functions.f1` `/policies/access/Read` |";
    assert!(drawn.contains(&format!("| ➖ {at} `Allow s3:GetObject on arn:a` |")), "{drawn}");
    assert!(drawn.contains(&format!("| ➕ ⚠️ {at} `Allow s3:* on arn:a` |")), "{drawn}");
}

#[test]
fn values_cannot_break_out_of_their_place() {
    let drawn = render_plan_comment(&plan(&[change(1, &json!(["create"]), "```\n</details>\n# @everyone")]));
    assert!(drawn.contains("````diff"), "{drawn}");
    assert!(!drawn.contains("\n# @everyone") && !drawn.contains("\n</details>\n#"), "{drawn}");
}

proptest! {
    /// Whatever is in it, a comment stays below the limit and its parts are whole.
    #[test]
    fn no_plan_is_too_long(count in 0usize..400, length in 0usize..3000, odd in "[`|<>@é✓\\n]{0,40}") {
        let body = format!("{odd}{}", "y".repeat(length));
        let changes: Vec<_> = (0..count).map(|index| change(index, &json!(["create"]), &body)).collect();
        let drawn = render_plan_comment(&plan(&changes));
        prop_assert!(drawn.chars().count() < LIMIT);
        prop_assert_eq!(drawn.matches("<details>").count(), drawn.matches("</details>\n").count());
    }
}

#[test]
fn a_change_reads_back_as_it_was_written() {
    let one = change(1, &json!(["update"]), "x");
    let read: ResourceChange = serde_json::from_value(one.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), one);
}
