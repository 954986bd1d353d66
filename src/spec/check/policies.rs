//! The policies of the functions' roles as they would be sent: IAM bounds their size.
use super::Context;
use crate::{
    diagnostic::Severity,
    stack::{API_ID, KEY_ID, policies::Home, roles},
};

/// Characters all inline policies of a role may have together; white space does not count (IAM guide, "IAM and AWS STS
/// quotas").
const MAX_POLICY: usize = 10_240;
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
    for role in roles(spec, context.inputs.clone(), &home) {
        let Ok(text) = role.granted.policy.text() else { continue };
        let text = text.replace(KEY_ID, A_KEY).replace(API_ID, AN_API);
        let size = text.chars().filter(|sign| !sign.is_whitespace()).count();
        let function = spec.functions.get(role.function.as_str());
        if size > MAX_POLICY
            && let Some(function) = function
        {
            let place = function.access.as_ref().map_or(spec.stack.place, |access| access.place);
            let message = format!(
                "the policy of function `{}` has {size} characters, and IAM takes {MAX_POLICY}",
                role.function
            );
            context.report(
                "role-policy-size",
                place,
                message,
                "name less in its `access`, or divide the function",
            );
        }
    }
}
