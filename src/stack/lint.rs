//! The roles of the functions as they would be made: the size of their policies, and what they may do to themselves.
use serde_json::Value;

use super::Context;
use crate::{
    diagnostic::Severity,
    iam::{
        element_texts,
        escalation::ROLE_WIDENING,
        pattern::matches_ignoring_case,
        size::{INLINE_POLICIES_LIMIT, count_characters},
    },
    manifest::types::Function,
    stack::{API_ID, FunctionRole, KEY_ID, policies::Home, roles},
};

/// An id of a key, which AWS makes up, is as long as this.
const A_KEY: &str = "00000000-0000-0000-0000-000000000000";
/// And that of an API.
const AN_API: &str = "0000000000";

pub(super) fn check(context: &mut Context<'_>) {
    // What is broken is not composed.
    if context.findings.iter().any(|finding| finding.severity == Severity::Error) {
        return;
    }
    let spec = context.spec;
    let home = Home {
        partition: context.partition().unwrap_or("aws"),
        region: spec.region.as_ref().map_or("us-east-1", |region| region.as_str()).to_owned(),
        account: spec.account.as_ref().map_or("000000000000", |account| account.as_str()).to_owned(),
    };
    let functions = context.merged_functions();
    for role in roles(spec, context.inputs.clone(), &home) {
        let Some((_, function)) = functions.iter().find(|(id, _)| id.value == role.function) else {
            continue;
        };
        own_role(context, &role, function);
        size(context, &role, function);
    }
}

/// A raw statement about the very role that it is granted to.
fn own_role(context: &mut Context<'_>, role: &FunctionRole, function: &Function) {
    let name = role.arn.splitn(6, ':').last().unwrap_or_default();
    for statement in function.access.iter().flat_map(|access| &access.statements) {
        let allows = statement.value.get("Effect").and_then(Value::as_str) == Some("Allow");
        let is_own = |resource: &&str| {
            resource.splitn(6, ':').nth(5).is_some_and(|rest| matches_ignoring_case(rest, name))
        };
        let widens = |action: &&str| ROLE_WIDENING.iter().any(|known| matches_ignoring_case(action, known));
        let action = element_texts(&statement.value, "Action").into_iter().find(widens);
        if let Some(action) = action
            && allows
            && element_texts(&statement.value, "Resource").iter().any(is_own)
        {
            let message = format!("`{action}` on its own role makes the function administrator");
            let hint = "name the one resource it is for";
            context.report("statement-escalation", statement.span, message, hint);
        }
    }
}

fn size(context: &mut Context<'_>, role: &FunctionRole, function: &Function) {
    let text = role.granted.policy.document().to_string().replace(KEY_ID, A_KEY).replace(API_ID, AN_API);
    let size = count_characters(&text);
    if size > INLINE_POLICIES_LIMIT {
        let span = function.access.as_ref().map_or(context.spec.stack.span, |access| access.span);
        let message = format!(
            "the policy of function `{}` has {size} characters, and IAM takes {INLINE_POLICIES_LIMIT}",
            role.function
        );
        let hint = "name less in its `access`, or divide the function";
        context.report("role-policy-size", span, message, hint);
    }
}
