//! Policies of roles, inline and attached.
use super::documents::{encoded, permissions};
use super::{absent, change, marked, name, shown};
use crate::{
    call::Call,
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Value, json};

/// Puts an inline policy; all of a role's share 10,240 characters, whitespace not counted (IAM guide, "IAM and
/// AWS STS quotas"). Readers and other services see it late.
pub(super) fn put_policy(call: &mut Call<'_>) -> Answer {
    let policy = call.need("PolicyName", "ValidationError")?;
    let document = permissions(call, "PolicyDocument")?;
    let (role, allowed) = (name(call)?, call.now + call.lag(8_000));
    let size = |policy: &Value| policy.to_string().len();
    let others = call.iam.roles.get(&role.to_lowercase()).and_then(Slot::now).map_or(0, |role| {
        role.inline.iter().filter(|(name, _)| **name != policy).map(|(_, policy)| size(policy)).sum()
    });
    if others + size(&document) > 10_240 {
        let words = format!("Maximum policy size of 10240 bytes exceeded for role {role}");
        return Err(refusal(409, "LimitExceeded", words));
    }
    change(call, |role| {
        role.inline.insert(policy, document);
        role.allowed = allowed;
    })
}

fn no_policy(policy: &str) -> Refusal {
    refusal(404, "NoSuchEntity", format!("The role policy with name {policy} cannot be found."))
}

pub(super) fn get_policy(call: &mut Call<'_>) -> Answer {
    let policy = call.need("PolicyName", "ValidationError")?;
    let role = shown(call, &name(call)?)?;
    let document = role.inline.get(&policy).ok_or_else(|| no_policy(&policy))?;
    let document = encoded(call, document);
    Ok(json!({ "RoleName": role.name, "PolicyName": policy, "PolicyDocument": document }))
}

pub(super) fn delete_policy(call: &mut Call<'_>) -> Answer {
    let policy = call.need("PolicyName", "ValidationError")?;
    let role = name(call)?;
    let slot = call.iam.roles.get(&role.to_lowercase()).and_then(Slot::now).ok_or_else(|| absent(&role))?;
    if !slot.inline.contains_key(&policy) {
        return Err(no_policy(&policy));
    }
    change(call, |role| drop(role.inline.remove(&policy)))
}

pub(super) fn list_policies(call: &mut Call<'_>) -> Answer {
    let role = shown(call, &name(call)?)?;
    let names = role.inline.keys().map(|name| json!(name)).collect();
    Ok(marked(call, "PolicyNames", names))
}

pub(super) fn attach(call: &mut Call<'_>) -> Answer {
    let arn = call.need("PolicyArn", "ValidationError")?;
    if !arn.starts_with("arn:") || !arn.contains(":policy/") {
        return Err(refusal(400, "ValidationError", format!("ARN {arn} is not valid.")));
    }
    change(call, |role| role.attached.extend([arn]))
}

pub(super) fn detach(call: &mut Call<'_>) -> Answer {
    let arn = call.need("PolicyArn", "ValidationError")?;
    let role = name(call)?;
    let on = call.iam.roles.get(&role.to_lowercase()).and_then(Slot::now);
    if !on.is_some_and(|role| role.attached.contains(&arn)) {
        return Err(refusal(404, "NoSuchEntity", format!("Policy {arn} was not found.")));
    }
    change(call, |role| role.attached.retain(|one| *one != arn))
}

pub(super) fn list_attached(call: &mut Call<'_>) -> Answer {
    let role = shown(call, &name(call)?)?;
    let one = |arn: &String| json!({ "PolicyArn": arn, "PolicyName": arn.rsplit('/').next() });
    let all = role.attached.iter().map(one).collect();
    Ok(marked(call, "AttachedPolicies", all))
}
