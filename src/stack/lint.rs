//! Rules that need the composed stack: the future roles of the functions, the size of their policies, and what they
//! allow on themselves.
use serde_json::Value;

use super::{
    callers::FunctionCallers,
    inputs::Inputs,
    roles::{API_ID, FunctionRole, KEY_ID, function_roles},
    spec_context::SpecContext,
};
use crate::{
    aws::AwsScope,
    diagnostic::Diagnostic,
    facts::LIMITS,
    iam::{
        arn::partition_of, element_texts, escalation::ROLE_WIDENING, pattern::matches_ignoring_case,
        size::count_characters,
    },
    manifest::{
        rules,
        types::{Function, Spec},
    },
};

/// A placeholder as long as the id of a key, which AWS generates.
const A_KEY: &str = "00000000-0000-0000-0000-000000000000";
/// A placeholder as long as the id of an API.
const AN_API: &str = "0000000000";

/// Checks the roles of a spec without errors, given the inputs whose values are known.
#[must_use]
pub fn lint(spec: &Spec, inputs: &Inputs) -> Vec<Diagnostic> {
    let region = spec.region.as_ref().map_or("us-east-1", |region| region.as_str());
    let scope = AwsScope {
        partition: partition_of(region),
        region: region.to_owned(),
        account: spec.account.as_ref().map_or("000000000000", |account| account.as_str()).to_owned(),
    };
    let findings = function_roles(spec, inputs.clone(), &scope).into_iter().filter_map(|role| {
        let function = spec.function(&role.function)?;
        Some(
            check_own_role(&role, &function)
                .into_iter()
                .chain(check_policy_size(spec, &role, &function))
                .collect::<Vec<_>>(),
        )
    });
    let context = SpecContext::in_scope(spec.clone(), inputs.clone(), scope);
    let invoked = check_shared_permissions(&context).into_iter().chain(check_function_policy_size(&context));
    findings.flatten().chain(invoked).collect()
}

/// Finds functions whose callers do not fit into their policies.
fn check_function_policy_size(context: &SpecContext) -> Vec<Diagnostic> {
    let found = context.spec.functions.keys().filter_map(|id| {
        let size = FunctionCallers::of(context, id).size_beyond_policy(context)?;
        let message = format!("the callers of function `{}` take {size} bytes of its policy", id.value);
        let hint = format!(
            "name fewer, or one source with a wildcard: Lambda takes {} bytes with all routes",
            *LIMITS.function_policy_bytes
        );
        Some(rules::finding("function-policy-size", id.span, message, hint))
    });
    found.collect()
}

/// Finds functions on more routes than their policy has statements for.
fn check_shared_permissions(context: &SpecContext) -> Vec<Diagnostic> {
    let found = context.spec.functions.keys().filter_map(|id| {
        let routes = FunctionCallers::of(context, id).routes_beyond_policy(context)?;
        let message = format!(
            "function `{}` serves {routes} routes, more than its policy has statements for: one allows all routes of the \
             stage to call it",
            id.value
        );
        let hint = "divide the routes among several functions, or accept that any route of this stage may call it";
        Some(rules::finding("shared-permission", id.span, message, hint))
    });
    found.collect()
}

/// Finds statements about the very role that they are granted to.
fn check_own_role(role: &FunctionRole, function: &Function) -> Vec<Diagnostic> {
    let name = role.arn.splitn(6, ':').last().unwrap_or_default();
    let access = || function.access.iter();
    let raw = access().flat_map(|access| &access.statements).map(|raw| (&raw.value, raw.span));
    // What is known only when the API or the key stands is no role.
    let made = role.granted.policy.statements();
    let allowed = access().flat_map(|access| access.allow.iter().enumerate());
    let allowed =
        allowed.filter_map(|(at, allow)| Some((made.get(&format!("Allow{}", at + 1))?, allow.span)));
    let found = raw.chain(allowed).filter_map(|(statement, span)| {
        let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        let is_own = |resource: &&str| {
            resource.splitn(6, ':').nth(5).is_some_and(|rest| matches_ignoring_case(rest, name))
        };
        let widens = |action: &&str| ROLE_WIDENING.iter().any(|known| matches_ignoring_case(action, known));
        let action = element_texts(statement, "Action").into_iter().find(widens)?;
        let own = allows && element_texts(statement, "Resource").iter().any(is_own);
        own.then(|| {
            let message = format!("`{action}` on its own role makes the function administrator");
            let hint = "name the one resource it is for";
            rules::finding("statement-escalation", span, message, hint)
        })
    });
    found.collect()
}

/// Finds a policy that exceeds IAM's maximum size.
fn check_policy_size(spec: &Spec, role: &FunctionRole, function: &Function) -> Option<Diagnostic> {
    let text = role.granted.policy.document().to_string().replace(KEY_ID, A_KEY).replace(API_ID, AN_API);
    let (size, limit) = (count_characters(&text), *LIMITS.inline_policies_characters);
    (size > limit).then(|| {
        let span = function.access.as_ref().map_or(spec.stack.span, |access| access.span);
        let message = format!(
            "the policy of function `{}` has {size} characters, and IAM takes {limit}",
            role.function
        );
        rules::finding("role-policy-size", span, message, "name less in its `access`, or divide the function")
    })
}
