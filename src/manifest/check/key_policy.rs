//! The spec's own statements of the key's policy: who they are for, and that they neither open the key nor lock it.
use serde_json::Value;

use super::{RuleContext, statements::check_key_statements};
use crate::{
    diagnostic::Spanned,
    iam::{element_texts, pattern::matches_ignoring_case},
    manifest::types::Key,
};

/// The action without which nobody can mend the policy.
const MENDING: &str = "kms:PutKeyPolicy";

pub(super) fn check_key_policy(context: &mut RuleContext<'_>, key: &Key) {
    check_key_statements(context, &key.policy_statements);
    for statement in &key.policy_statements {
        check_subject(context, statement);
        let conditional = statement.value.get("Condition").is_some();
        if !conditional && is_for_anybody(&statement.value) {
            check_reach(context, statement);
        }
    }
}

/// Checks whom and what a statement is about (KMS guide, "Elements in a key policy").
fn check_subject(context: &mut RuleContext<'_>, statement: &Spanned<Value>) {
    let mut report = |message: String, hint: &str| {
        context.report("key-statement", statement.span, message, hint);
    };
    if statement.value.get("Principal").is_none() && statement.value.get("NotPrincipal").is_none() {
        let hint = "add `Principal`, such as `{ AWS: \"arn:aws:iam::123456789012:role/backup\" }`";
        report("the statement does not say who it is for".to_owned(), hint);
    }
    if element_texts(&statement.value, "Resource") != ["*"] {
        report("the resource of a key's policy is the key itself".to_owned(), "write `Resource: \"*\"`");
    }
    let foreign =
        ["Action", "NotAction"].into_iter().flat_map(|element| element_texts(&statement.value, element));
    let foreign = foreign.filter(|action| *action != "*" && !action.to_ascii_lowercase().starts_with("kms:"));
    for action in foreign {
        report(format!("`{action}` is no action on a key"), "name actions of KMS, such as `kms:Decrypt`");
    }
}

/// Checks a statement for anybody that has no condition.
fn check_reach(context: &mut RuleContext<'_>, statement: &Spanned<Value>) {
    let span = statement.span;
    if statement.value.get("Effect").and_then(Value::as_str) == Some("Allow") {
        let hint = "name the accounts or roles, or add a condition such as `StringEquals: { \"kms:CallerAccount\": \"123456789012\" }`";
        context.report("key-policy-open", span, "anybody in any account may use the key", hint);
    } else if covers(&statement.value, MENDING) {
        let hint = format!("leave `{MENDING}` out of what is denied, or deny it to single roles");
        context.report("key-policy-lockout", span, "nobody could change the key's policy any more", hint);
    }
}

fn covers(statement: &Value, action: &str) -> bool {
    let named = |element: &str| {
        element_texts(statement, element).iter().any(|one| matches_ignoring_case(one, action))
    };
    named("Action") || statement.get("NotAction").is_some() && !named("NotAction")
}

/// Returns whether a statement is for everybody, or denies something to a whole account.
fn is_for_anybody(statement: &Value) -> bool {
    let denies = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
    let anybody = |who: &str| {
        who == "*" || denies && (who.ends_with(":root") || who.bytes().all(|c| c.is_ascii_digit()))
    };
    let named = match statement.get("Principal") {
        Some(Value::String(who)) => anybody(who),
        Some(principal) => element_texts(principal, "AWS").into_iter().any(anybody),
        None => false,
    };
    named || statement.get("NotPrincipal").is_some()
}
