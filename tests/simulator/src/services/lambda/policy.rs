//! Resource policies: who may call a function.
use super::{arn, beside, change, function, invalid, name};
use crate::{
    call::Call,
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Bytes of the policy as `GetPolicy` shows it (Lambda guide, "Lambda quotas": function resource-based policy, 20 KB).
fn size(policy: &BTreeMap<String, Value>) -> usize {
    document(&policy.values().cloned().collect::<Vec<_>>()).len()
}

fn document(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements }).to_string()
}

/// No policy looks like no function (Lambda API reference, `GetPolicy`); a change shows late
/// (hashicorp/terraform-provider-aws, `lambda/permission.go`).
pub(super) fn get_policy(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let missing = || refusal(404, "ResourceNotFoundException", "The resource you requested does not exist.");
    if let Some(alias) = call.text("Qualifier") {
        let policy = beside::alias_policy(call, alias).ok_or_else(missing)?;
        return Ok(json!({ "Policy": document(&policy.values().cloned().collect::<Vec<_>>()) }));
    }
    let function = call.here.lambda.functions.get(&name).and_then(Slot::now).ok_or_else(missing)?;
    let policy = function.policy.seen(call.now, call.stale).filter(|all| !all.is_empty());
    let statements: Vec<_> = policy.ok_or_else(missing)?.values().cloned().collect();
    Ok(json!({ "Policy": document(&statements), "RevisionId": function.revision(call.now) }))
}

/// Changes the policy; parallel changes collide (hashicorp/terraform-provider-aws, `lambda/permission.go`, where
/// they lose statements).
pub(super) fn repolicy(
    call: &mut Call<'_>,
    edit: impl FnOnce(&mut BTreeMap<String, Value>) -> Result<(), Refusal>,
) -> Answer {
    let name = name(call)?;
    let (now, lag, busy) = (call.now, call.lag(3_000), call.lag(60));
    let arn = arn(call, &name);
    let function = function(call, &name)?;
    if now < function.policy_busy {
        let words = format!(
            "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
        );
        return Err(refusal(409, "ResourceConflictException", words));
    }
    let mut policy = function.policy.now().cloned().unwrap_or_default();
    let before = size(&policy);
    edit(&mut policy)?;
    let after = size(&policy);
    if after > 20_480 && after > before {
        let words = format!("The final policy size ({after}) is bigger than the limit (20480).");
        return Err(refusal(400, "PolicyLengthExceededException", words));
    }
    change(call, &name, |function| {
        function.policy.set(now, lag, Some(policy));
        function.policy_busy = now + busy;
    })?;
    Ok(json!({}))
}

pub(super) fn add_permission(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let sid = call.need("StatementId", "ValidationException")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if sid.len() > 100 || !sid.chars().all(fits) {
        return Err(refusal(400, "ValidationException", format!("'{sid}' is not a statement id")));
    }
    // The form that Lambda stores (Lambda guide, "Viewing resource-based IAM policies").
    let principal = call.need("Principal", "ValidationException")?;
    let is_account = principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit());
    let principal = if is_account {
        json!({ "AWS": format!("arn:aws:iam::{principal}:root") })
    } else {
        json!({ "Service": principal })
    };
    let mut statement = json!({
        "Sid": sid, "Effect": "Allow", "Principal": principal,
        "Action": call.need("Action", "ValidationException")?, "Resource": arn(call, &name),
    });
    if let Some(account) = call.text("SourceAccount") {
        statement["Condition"]["StringEquals"]["AWS:SourceAccount"] = account.into();
    }
    if let Some(source) = call.text("SourceArn") {
        statement["Condition"]["ArnLike"]["AWS:SourceArn"] = source.into();
    }
    if let Some(alias) = call.text("Qualifier").map(str::to_owned) {
        return beside::open_alias(call, &alias, &sid, statement);
    }
    let text = statement.to_string();
    repolicy(call, |policy| {
        if policy.contains_key(&sid) {
            let words = format!(
                "The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing statement."
            );
            return Err(refusal(409, "ResourceConflictException", words));
        }
        policy.insert(sid, statement);
        Ok(())
    })?;
    Ok(json!({ "Statement": text }))
}

pub(super) fn remove_permission(call: &mut Call<'_>) -> Answer {
    let sid = call.need("StatementId", "ValidationException")?;
    repolicy(call, |policy| {
        if policy.remove(&sid).is_some() {
            Ok(())
        } else {
            let words = format!("Statement {sid} is not found in resource policy.");
            Err(refusal(404, "ResourceNotFoundException", words))
        }
    })
}

/// Replaces the whole policy (Lambda API reference, `PutResourcePolicy`, of 2026-07-09).
pub(super) fn put_policy(call: &mut Call<'_>) -> Answer {
    let text = call.need("Policy", "ValidationException")?;
    let parsed: Value =
        serde_json::from_str(&text).map_err(|_| invalid("The provided policy is not valid JSON"))?;
    let all: BTreeMap<String, Value> = crate::services::iam::statements(&parsed)
        .enumerate()
        .map(|(at, it)| (it["Sid"].as_str().map_or_else(|| format!(" {at}"), str::to_owned), it.clone()))
        .collect();
    repolicy(call, |policy| {
        *policy = all;
        Ok(())
    })?;
    Ok(json!({ "Policy": text }))
}
