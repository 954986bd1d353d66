//! Keys: made, shown, changed, scheduled for deletion.
use super::{DAY, Key, State, change, meant, recount, shown};
use crate::{
    call::{Call, PageSizes, Tags, check_tags, like, several},
    reply::{Answer, Refusal, refusal},
    services::iam::{rewritten, statements},
};
use serde_json::{Value, json};

/// Reads a key policy: it must be one, name principals that exist, and let the caller change it later (KMS API
/// reference, `CreateKey` and `PutKeyPolicy`: `MalformedPolicyDocumentException`).
pub(super) fn policy(call: &Call<'_>, text: &str) -> Result<Value, Refusal> {
    let malformed = |why: &str| refusal(400, "MalformedPolicyDocumentException", why.to_owned());
    let policy: Value = serde_json::from_str(text).map_err(|_| malformed("This policy is not JSON"))?;
    let root = format!("arn:{}:iam::{}:root", call.partition(), call.account);
    let mut manageable = false;
    for it in statements(&policy) {
        let principals = several(&it["Principal"]["AWS"]);
        for arn in principals.iter().filter(|arn| arn.contains(":role/")) {
            if call.iam.usable(arn, call.now).is_none() {
                return Err(malformed("Policy contains a statement with one or more invalid principals."));
            }
        }
        let caller = principals.iter().any(|one| *one == root || *one == call.account || *one == "*");
        let put = several(&it["Action"]).iter().any(|action| like(action, "kms:PutKeyPolicy"));
        // A statement without a resource is accepted and has no effect.
        manageable |= caller && put && it["Effect"] == "Allow" && !it["Resource"].is_null();
    }
    if !manageable {
        return Err(malformed(
            "The new key policy will not allow you to update the key policy in the future.",
        ));
    }
    Ok(policy)
}

pub(super) fn create(call: &mut Call<'_>) -> Answer {
    let root = format!("arn:{}:iam::{}:root", call.partition(), call.account);
    let default = json!({ "Version": "2012-10-17", "Id": "key-default-1", "Statement": [{
        "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": { "AWS": root },
        "Action": "kms:*", "Resource": "*" }] });
    let policy = match call.text("Policy") {
        Some(text) => policy(call, text)?,
        None => default,
    };
    let description = call.text("Description").unwrap_or_default().to_owned();
    if description.chars().count() > 8192 {
        return Err(refusal(400, "ValidationException", "description is too long"));
    }
    let tags = call.pairs("Tags", "TagKey", "TagValue");
    check_tags(&tags, "TagException")?;
    let id = call.uuid();
    let arn = call.arn("kms", &format!("key/{id}"));
    let (lag, found, seen) = (call.lag(2_500), call.lag(4_000), call.lag(10_000));
    let key = Key {
        id: id.clone(),
        arn: arn.clone(),
        state: State::Enabled,
        description,
        rotation: false,
        rotation_days: 365,
        origin: call.text("Origin").unwrap_or("AWS_KMS").to_owned(),
        grants: Vec::new(),
        policy,
        tags: tags.clone(),
        created: call.now,
        found: call.now + found.max(lag),
        policy_seen: call.now + seen,
        policy_before: None,
    };
    let answer = json!({ "KeyMetadata": metadata(call, &key) });
    call.here.kms.keys.entry(id.clone()).or_default().set(call.now, lag, Some(key));
    recount(call, &id);
    call.index(&arn, Some(&tags));
    Ok(answer)
}

fn metadata(call: &Call<'_>, key: &Key) -> Value {
    let state = match key.state {
        State::Enabled => "Enabled",
        State::Disabled => "Disabled",
        State::PendingDeletion(_) => "PendingDeletion",
    };
    let mut metadata = json!({
        "AWSAccountId": call.account, "KeyId": key.id, "Arn": key.arn, "CreationDate": Call::seconds(key.created),
        "Enabled": key.state == State::Enabled, "Description": key.description, "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": state, "Origin": key.origin, "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
    });
    if let State::PendingDeletion(at) = key.state {
        metadata["DeletionDate"] = Call::seconds(at);
    }
    metadata
}

/// Works for keys pending deletion as well; only the state tells (KMS API reference, `DescribeKey`).
pub(super) fn describe(call: &mut Call<'_>) -> Answer {
    let key = shown(call, &call.need("KeyId", "ValidationException")?)?;
    Ok(json!({ "KeyMetadata": metadata(call, key) }))
}

pub(super) fn limited(call: &Call<'_>, member: &str, all: Vec<Value>) -> Value {
    // KMS API reference, `ListKeys`, `ListAliases` and `ListResourceTags`.
    let sizes = match member {
        "Keys" => PageSizes { usual: 100, most: 1000 },
        "Aliases" => PageSizes { usual: 50, most: 100 },
        _ => PageSizes::fixed(50),
    };
    let (page, next) = call.page(all, call.text("Marker"), call.number("Limit"), sizes);
    let mut answer = json!({ member: page, "Truncated": next.is_some() });
    if let Some(next) = next {
        answer["NextMarker"] = next.into();
    }
    answer
}

pub(super) fn list(call: &mut Call<'_>) -> Answer {
    let seen = call.here.kms.keys.values().filter_map(|slot| slot.seen(call.now, call.stale));
    let all = seen.map(|key| json!({ "KeyId": key.id, "KeyArn": key.arn })).collect();
    Ok(limited(call, "Keys", all))
}

pub(super) fn get_policy(call: &mut Call<'_>) -> Answer {
    let key = shown(call, &call.need("KeyId", "ValidationException")?)?;
    let text = if call.switches.rewrites_policies { rewritten(&key.policy) } else { key.policy.clone() };
    Ok(json!({ "Policy": format!("{text:#}"), "PolicyName": "default" }))
}

pub(super) fn put_policy(call: &mut Call<'_>) -> Answer {
    let text = call.need("Policy", "ValidationException")?;
    let policy = policy(call, &text)?;
    let seen = call.now + call.lag(10_000);
    change(call, |key| {
        key.policy_before = Some(std::mem::replace(&mut key.policy, policy));
        key.policy_seen = seen;
    })
}

/// Says no while a key is pending deletion (KMS API reference, `GetKeyRotationStatus`).
pub(super) fn get_rotation(call: &mut Call<'_>) -> Answer {
    let key = shown(call, &call.need("KeyId", "ValidationException")?)?;
    let on = key.rotation && !matches!(key.state, State::PendingDeletion(_));
    let mut answer = json!({ "KeyRotationEnabled": on, "KeyId": key.arn });
    if on {
        answer["RotationPeriodInDays"] = key.rotation_days.into();
    }
    Ok(answer)
}

/// A disabled key cannot be changed so, and a period is 90 to 2560 days, 365 unless it is named (KMS API reference,
/// `EnableKeyRotation`).
pub(super) fn rotate(call: &mut Call<'_>, on: bool) -> Answer {
    let days = call.number("RotationPeriodInDays").unwrap_or(365);
    if !(90..=2560).contains(&days) {
        return Err(refusal(400, "ValidationException", "RotationPeriodInDays must be between 90 and 2560"));
    }
    let key = meant(call)?.now().map(|key| (key.arn.clone(), key.state));
    if let Some((arn, State::Disabled)) = key {
        return Err(refusal(400, "DisabledException", format!("{arn} is disabled.")));
    }
    change(call, |key| {
        key.rotation = on;
        key.rotation_days = days;
    })
}

/// Lets somebody use the key (KMS API reference, `CreateGrant`).
pub(super) fn create_grant(call: &mut Call<'_>) -> Answer {
    let grantee = call.need("GranteePrincipal", "ValidationException")?;
    change(call, |key| key.grants.push(grantee))
}

pub(super) fn list_grants(call: &mut Call<'_>) -> Answer {
    let key = shown(call, &call.need("KeyId", "ValidationException")?)?;
    let all =
        key.grants.iter().map(|grantee| json!({ "KeyId": key.arn, "GranteePrincipal": grantee })).collect();
    Ok(limited(call, "Grants", all))
}

pub(super) fn enable(call: &mut Call<'_>, to: State) -> Answer {
    change(call, |key| key.state = to)
}

pub(super) fn describe_anew(call: &mut Call<'_>) -> Answer {
    let text = call.text("Description").unwrap_or_default().to_owned();
    change(call, |key| key.description = text)
}

fn retag(call: &mut Call<'_>, edit: impl FnOnce(&mut Tags)) -> Answer {
    change(call, |key| edit(&mut key.tags))?;
    let key = meant(call)?.now().map(|key| (key.id.clone(), key.arn.clone(), key.tags.clone()));
    if let Some((id, arn, tags)) = key {
        recount(call, &id);
        call.index(&arn, Some(&tags));
    }
    Ok(json!({}))
}

pub(super) fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.pairs("Tags", "TagKey", "TagValue");
    check_tags(&tags, "TagException")?;
    retag(call, |all| all.extend(tags))
}

pub(super) fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("TagKeys");
    retag(call, |all| all.retain(|key, _| !keys.contains(key)))
}

pub(super) fn list_tags(call: &mut Call<'_>) -> Answer {
    let key = shown(call, &call.need("KeyId", "ValidationException")?)?;
    let all = key.tags.iter().map(|(k, v)| json!({ "TagKey": k, "TagValue": v })).collect();
    Ok(limited(call, "Tags", all))
}

/// Takes 7 to 30 days whatever the model's bounds say, and leaves the aliases in place (KMS API reference,
/// `ScheduleKeyDeletion`).
pub(super) fn schedule(call: &mut Call<'_>) -> Answer {
    let days = call.number("PendingWindowInDays").unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(refusal(400, "ValidationException", "PendingWindowInDays must be between 7 and 30"));
    }
    let at = call.now + days.unsigned_abs() * DAY;
    change(call, |key| key.state = State::PendingDeletion(at))?;
    let id = call.need("KeyId", "ValidationException")?;
    Ok(json!({ "KeyId": id, "DeletionDate": Call::seconds(at), "KeyState": "PendingDeletion" }))
}

/// Leaves the key disabled (KMS API reference, `CancelKeyDeletion`).
pub(super) fn cancel(call: &mut Call<'_>) -> Answer {
    let (now, lag) = (call.now, call.lag(2_000));
    let slot = meant(call)?;
    let Some(key) = slot.now() else { return Ok(json!({})) };
    if !matches!(key.state, State::PendingDeletion(_)) {
        let words = format!("{} is not pending deletion.", key.arn);
        return Err(refusal(400, "KMSInvalidStateException", words));
    }
    slot.change(now, lag, |key| key.state = State::Disabled);
    Ok(json!({ "KeyId": call.need("KeyId", "ValidationException")? }))
}
