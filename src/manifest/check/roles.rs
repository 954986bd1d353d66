//! Roles: the boundary and path of those that are made, and roles that exist already.
use std::sync::LazyLock;

use regex_lite::Regex;

use super::{RenderedTemplate, RuleContext};
use crate::{
    diagnostic::Spanned,
    manifest::template::{
        Reference::{Input, Stack},
        Template,
    },
};

/// Pattern of a managed policy's ARN (IAM guide, "IAM identifiers").
static POLICY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+$").expect("a valid pattern")
});
/// Pattern of a role's ARN.
static ROLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$").expect("a valid pattern")
});

pub(super) fn check_roles(context: &mut RuleContext<'_>) {
    let spec = context.spec;
    if let Some(boundary) = &spec.roles.permissions_boundary {
        check_existing_arn(
            context,
            "roles.permissions_boundary",
            boundary,
            &POLICY,
            "a managed policy",
            "policy",
        );
    }
    if let Some(path) = &spec.roles.path {
        // IAM guide, "IAM identifiers": paths of AWS's own roles.
        let reserved = ["/aws-service-role/", "/aws-reserved/", "/service-role/aws"];
        if let Some(owned) = reserved.iter().find(|owned| path.starts_with(**owned)) {
            let message = format!("roles under `{owned}` belong to AWS");
            context.report("reserved-name", path.span, message, "choose another path");
        }
    }
    for function in context.written_functions() {
        let Some(role) = &function.role else { continue };
        check_existing_arn(context, "role.arn", &role.arn, &ROLE, "a role", "role");
        check_account(context, &role.arn);
    }
    check_access_of_given_roles(context);
}

/// Checks the ARN of what exists already: it cannot depend on what the stack makes.
fn check_existing_arn(
    context: &mut RuleContext<'_>,
    key: &str,
    arn: &Spanned<Template>,
    pattern: &Regex,
    what: &str,
    kind: &str,
) {
    for (reference, span) in arn.references() {
        if !matches!(reference, Input(_) | Stack(_)) {
            let message =
                format!("`{key}` cannot depend on `${{{reference}}}`, which the stack makes itself");
            context.report("given-role", span, message, "use an input: `${inputs.NAME}`");
        }
    }
    let Some(RenderedTemplate { text, .. }) = context.render_known(arn) else { return };
    if !pattern.is_match(&text) {
        let hint = format!("it looks like `arn:aws:iam::123456789012:{kind}/NAME`");
        context.report("given-role", arn.span, format!("`{key}` is not the ARN of {what}"), hint);
    }
}

/// Lambda takes roles of the function's own account only (Lambda guide, "Defining Lambda function permissions with an
/// execution role").
fn check_account(context: &mut RuleContext<'_>, arn: &Spanned<Template>) {
    let Some(RenderedTemplate { text, .. }) = context.render_known(arn) else { return };
    let theirs = text.split(':').nth(4).unwrap_or_default();
    let Some(ours) =
        context.spec.account.as_ref().filter(|ours| ours.value != theirs && ROLE.is_match(&text))
    else {
        return;
    };
    let message = format!("the role is of account `{theirs}`, the stack of `{}`", ours.value);
    context.report("given-role", arn.span, message, "Lambda takes roles of its own account only");
}

/// Reports `access` of functions whose role exists: no policy is made from it.
fn check_access_of_given_roles(context: &mut RuleContext<'_>) {
    let mut seen = Vec::new();
    for (id, function) in context.merged_functions() {
        let (Some(_), Some(access)) = (&function.role, &function.access) else { continue };
        if seen.contains(&access.span) {
            continue;
        }
        seen.push(access.span);
        let message =
            format!("function `{}` runs as a role that exists, so `access` would grant it nothing", id.value);
        let hint = "see to it that the role allows what the function does, and take `access` out; or take `role` out";
        context.report("role-access", access.span, message, hint);
    }
}
