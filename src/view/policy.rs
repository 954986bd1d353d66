//! Permissions, rendered for people and for programs.
use serde_json::{Value, json};

use super::{Page, Style, statements::lines};
use crate::{facts::LIMITS, iam::size::ManagedPolicy, stack::FunctionRole};

/// Version of both JSON formats.
const VERSION: &str = "1.0";

/// Renders every function's role with the reason for every statement.
#[must_use]
pub fn roles_text(roles: &[FunctionRole]) -> Page {
    let mut page = Page::new(Style(false));
    for role in roles {
        page.line(format!("functions.{} runs as {}", role.function, role.arn));
        for (sid, statement) in role.granted.policy.statements() {
            let why = role.granted.reasons.get(sid).map_or("", String::as_str);
            page.line(format!("  {sid}: {why}"));
            for line in lines(statement) {
                page.line(format!("    {line}"));
            }
        }
        page.blank();
    }
    page
}

/// Returns the functions' roles as policy documents.
#[must_use]
pub fn roles_json(roles: &[FunctionRole]) -> String {
    let one = |role: &FunctionRole| {
        let described = json!({
            "role": role.name, "arn": role.arn, "trust": role.trust.document(),
            "policy": role.granted.policy.document(), "reasons": role.granted.reasons,
        });
        (role.function.clone(), described)
    };
    let functions: serde_json::Map<_, _> = roles.iter().map(one).collect();
    format!("{:#}\n", json!({ "format_version": VERSION, "functions": functions }))
}

/// Renders every document with its purpose, then the reasons for its statements.
#[must_use]
pub fn deployer_text(documents: &[ManagedPolicy]) -> Page {
    let mut page = Page::new(Style(false));
    for one in documents {
        page.line(format!(
            "{}: {} ({} of {} characters)",
            one.name, one.purpose, one.characters, *LIMITS.managed_policy_characters
        ));
        for statement in one.document["Statement"].as_array().into_iter().flatten() {
            let sid = statement["Sid"].as_str().unwrap_or_default();
            let why = one.reasons.get(sid).and_then(Value::as_str).unwrap_or_default();
            page.line(format!("  {sid}: {why}"));
            for line in lines(statement) {
                page.line(format!("    {line}"));
            }
        }
        page.blank();
    }
    page.line(
        "`copilot-infra policy deployer NAME` prints one of them as IAM takes it, `--out FOLDER` writes all.",
    );
    page
}

/// Returns the same documents as JSON.
#[must_use]
pub fn deployer_json(documents: &[ManagedPolicy]) -> String {
    format!("{:#}\n", json!({ "format_version": VERSION, "policies": documents }))
}
