//! KMS: keys, aliases, policies, rotation, tags; new things and new policies are seen late.
use super::iam::{rewritten, statements};
use crate::{
    call::{Call, Tags, check_tags, like, several},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DAY: u64 = 86_400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Enabled,
    Disabled,
    /// Destroyed at this time.
    PendingDeletion(u64),
}

/// A key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) state: State,
    description: String,
    pub(crate) rotation: bool,
    policy: Value,
    pub(crate) tags: Tags,
    created: u64,
    /// From when on the calls beside `DescribeKey` find the key.
    found: u64,
    /// From when on other services see its policy; until then they see the one before.
    policy_seen: u64,
    policy_before: Option<Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct Alias {
    pub(crate) key: String,
    created: u64,
}

/// Keys by id and aliases by name.
#[derive(Clone, Default)]
pub(crate) struct Kms {
    pub(crate) keys: BTreeMap<String, Slot<Key>>,
    pub(crate) aliases: BTreeMap<String, Slot<Alias>>,
}

/// Why another service cannot use a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    Unknown,
    Disabled,
    Pending,
}

impl Kms {
    /// The key as other services meet it.
    pub(crate) fn usable(&self, arn: &str, now: u64) -> Result<&Key, Unusable> {
        let key = arn.rsplit(":key/").next().and_then(|id| self.keys.get(id)).and_then(Slot::now);
        let key = key.filter(|key| key.arn == arn && now >= key.found).ok_or(Unusable::Unknown)?;
        match key.state {
            State::Enabled => Ok(key),
            State::Disabled => Err(Unusable::Disabled),
            State::PendingDeletion(_) => Err(Unusable::Pending),
        }
    }
}

impl Key {
    /// Whether CloudWatch Logs may use the key for a group (CloudWatch Logs guide, "Encrypt log data"): the
    /// encryption context holds the ARN of the group without `:*`.
    pub(crate) fn allows_logs(&self, service: &str, group: &str, now: u64) -> bool {
        let policy = if now < self.policy_seen { self.policy_before.as_ref() } else { Some(&self.policy) };
        let Some(policy) = policy else { return false };
        statements(policy).any(|it| {
            let patterns = several(&it["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]);
            let open = it["Condition"].is_null() || patterns.iter().any(|pattern| like(pattern, group));
            let action = several(&it["Action"]).iter().any(|pattern| like(pattern, "kms:Encrypt"));
            it["Effect"] == "Allow"
                && several(&it["Principal"]["Service"]).contains(&service)
                && action
                && open
        })
    }
}

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    settle(call);
    match call.operation {
        "CreateKey" => create(call),
        "DescribeKey" => describe(call),
        "ListKeys" => list(call),
        "GetKeyPolicy" => get_policy(call),
        "PutKeyPolicy" => put_policy(call),
        "GetKeyRotationStatus" => get_rotation(call),
        "EnableKeyRotation" => rotate(call, true),
        "DisableKeyRotation" => rotate(call, false),
        "EnableKey" => enable(call, State::Enabled),
        "DisableKey" => enable(call, State::Disabled),
        "UpdateKeyDescription" => describe_anew(call),
        "TagResource" => tag(call),
        "UntagResource" => untag(call),
        "ListResourceTags" => list_tags(call),
        "ScheduleKeyDeletion" => schedule(call),
        "CancelKeyDeletion" => cancel(call),
        "CreateAlias" => create_alias(call),
        "UpdateAlias" => update_alias(call),
        "DeleteAlias" => delete_alias(call),
        "ListAliases" => list_aliases(call),
        _ => super::unknown(call),
    }
}

/// A key is destroyed when its waiting period is over, and its aliases with it (KMS API reference,
/// `ScheduleKeyDeletion`).
pub(super) fn settle(call: &mut Call<'_>) {
    let now = call.now;
    let due = |slot: &Slot<Key>| {
        slot.now().is_some_and(|key| matches!(key.state, State::PendingDeletion(at) if now >= at))
    };
    let gone: Vec<String> =
        call.here.kms.keys.iter().filter(|(_, slot)| due(slot)).map(|(id, _)| id.clone()).collect();
    for id in gone {
        call.here.kms.aliases.retain(|_, slot| slot.now().is_none_or(|alias| alias.key != id));
        call.here.kms.keys.remove(&id);
    }
}

fn absent(what: &str) -> Refusal {
    refusal(400, "NotFoundException", format!("Key '{what}' does not exist"))
}

/// The id behind an id, ARN or alias, as a reader sees it.
fn resolve(call: &Call<'_>, name: &str) -> Result<String, Refusal> {
    let alias = name.find("alias/").map(|at| &name[at..]);
    match alias {
        Some(alias) => {
            let slot = call.here.kms.aliases.get(alias);
            let found = slot.and_then(|slot| slot.seen(call.now, call.stale));
            let words = || refusal(400, "NotFoundException", format!("Alias {name} is not found."));
            found.map(|alias| alias.key.clone()).ok_or_else(words)
        }
        None => Ok(name.rsplit(":key/").next().unwrap_or(name).to_owned()),
    }
}

fn shown<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a Key, Refusal> {
    let id = resolve(call, name)?;
    let slot = call.here.kms.keys.get(&id);
    slot.and_then(|slot| slot.seen(call.now, call.stale)).ok_or_else(|| absent(name))
}

/// The key that a change is for. Right after its creation it may not be found yet
/// (hashicorp/terraform-provider-aws, `kms/key.go`).
fn meant<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Slot<Key>, Refusal> {
    let name = call.need("KeyId", "ValidationException")?;
    let id = resolve(call, &name)?;
    let now = call.now;
    let found = |slot: &&mut Slot<Key>| slot.now().is_some_and(|key| now >= key.found);
    call.here.kms.keys.get_mut(&id).filter(found).ok_or_else(|| absent(&name))
}

fn pending(key: &Key) -> Result<(), Refusal> {
    if matches!(key.state, State::PendingDeletion(_)) {
        let words = format!("{} is pending deletion.", key.arn);
        return Err(refusal(400, "KMSInvalidStateException", words));
    }
    Ok(())
}

/// Changes a key that is not pending deletion; readers see it late and now and then not at all
/// (hashicorp/terraform-provider-aws, `kms/key.go`, wants five equal reads in a row).
fn change(call: &mut Call<'_>, change: impl FnOnce(&mut Key)) -> Answer {
    let (now, lag) = (call.now, call.lag(2_000));
    let slot = meant(call)?;
    if let Some(key) = slot.now() {
        pending(key)?;
    }
    slot.change(now, lag, change);
    Ok(json!({}))
}

/// Reads a key policy: it must be one, name principals that exist, and let the caller change it later (KMS API
/// reference, `CreateKey` and `PutKeyPolicy`: `MalformedPolicyDocumentException`).
fn policy(call: &Call<'_>, text: &str) -> Result<Value, Refusal> {
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

fn create(call: &mut Call<'_>) -> Answer {
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
        policy,
        tags: tags.clone(),
        created: call.now,
        found: call.now + found.max(lag),
        policy_seen: call.now + seen,
        policy_before: None,
    };
    let answer = json!({ "KeyMetadata": metadata(call, &key) });
    call.here.kms.keys.entry(id).or_default().set(call.now, lag, Some(key));
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
        "KeyState": state, "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
    });
    if let State::PendingDeletion(at) = key.state {
        metadata["DeletionDate"] = Call::seconds(at);
    }
    metadata
}

/// Works for keys pending deletion as well; only the state tells (KMS API reference, `DescribeKey`).
fn describe(call: &mut Call<'_>) -> Answer {
    let key = shown(call, &call.need("KeyId", "ValidationException")?)?;
    Ok(json!({ "KeyMetadata": metadata(call, key) }))
}

fn limited(call: &Call<'_>, member: &str, all: Vec<Value>) -> Value {
    let (page, next) = call.page(all, call.text("Marker"), call.number("Limit"));
    let mut answer = json!({ member: page, "Truncated": next.is_some() });
    if let Some(next) = next {
        answer["NextMarker"] = next.into();
    }
    answer
}

fn list(call: &mut Call<'_>) -> Answer {
    let seen = call.here.kms.keys.values().filter_map(|slot| slot.seen(call.now, call.stale));
    let all = seen.map(|key| json!({ "KeyId": key.id, "KeyArn": key.arn })).collect();
    Ok(limited(call, "Keys", all))
}

fn get_policy(call: &mut Call<'_>) -> Answer {
    let key = shown(call, &call.need("KeyId", "ValidationException")?)?;
    let text = if call.switches.rewrites_policies { rewritten(&key.policy) } else { key.policy.clone() };
    Ok(json!({ "Policy": format!("{text:#}"), "PolicyName": "default" }))
}

fn put_policy(call: &mut Call<'_>) -> Answer {
    let text = call.need("Policy", "ValidationException")?;
    let policy = policy(call, &text)?;
    let seen = call.now + call.lag(10_000);
    change(call, |key| {
        key.policy_before = Some(std::mem::replace(&mut key.policy, policy));
        key.policy_seen = seen;
    })
}

/// Says no while a key is pending deletion (KMS API reference, `GetKeyRotationStatus`).
fn get_rotation(call: &mut Call<'_>) -> Answer {
    let key = shown(call, &call.need("KeyId", "ValidationException")?)?;
    let on = key.rotation && !matches!(key.state, State::PendingDeletion(_));
    let mut answer = json!({ "KeyRotationEnabled": on, "KeyId": key.arn });
    if on {
        answer["RotationPeriodInDays"] = 365.into();
    }
    Ok(answer)
}

/// A disabled key cannot be changed so (KMS API reference, `EnableKeyRotation`: `DisabledException`).
fn rotate(call: &mut Call<'_>, on: bool) -> Answer {
    let key = meant(call)?.now().map(|key| (key.arn.clone(), key.state));
    if let Some((arn, State::Disabled)) = key {
        return Err(refusal(400, "DisabledException", format!("{arn} is disabled.")));
    }
    change(call, |key| key.rotation = on)
}

fn enable(call: &mut Call<'_>, to: State) -> Answer {
    change(call, |key| key.state = to)
}

fn describe_anew(call: &mut Call<'_>) -> Answer {
    let text = call.text("Description").unwrap_or_default().to_owned();
    change(call, |key| key.description = text)
}

fn retag(call: &mut Call<'_>, edit: impl FnOnce(&mut Tags)) -> Answer {
    change(call, |key| edit(&mut key.tags))?;
    let key = meant(call)?.now().map(|key| (key.arn.clone(), key.tags.clone()));
    if let Some((arn, tags)) = key {
        call.index(&arn, Some(&tags));
    }
    Ok(json!({}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.pairs("Tags", "TagKey", "TagValue");
    check_tags(&tags, "TagException")?;
    retag(call, |all| all.extend(tags))
}

fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("TagKeys");
    retag(call, |all| all.retain(|key, _| !keys.contains(key)))
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    let key = shown(call, &call.need("KeyId", "ValidationException")?)?;
    let all = key.tags.iter().map(|(k, v)| json!({ "TagKey": k, "TagValue": v })).collect();
    Ok(limited(call, "Tags", all))
}

/// Takes 7 to 30 days whatever the model's bounds say, and leaves the aliases in place (KMS API reference,
/// `ScheduleKeyDeletion`).
fn schedule(call: &mut Call<'_>) -> Answer {
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
fn cancel(call: &mut Call<'_>) -> Answer {
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

/// An alias of a key pending deletion stays taken until KMS destroys the key (KMS API reference,
/// `ScheduleKeyDeletion`); a key has 50 aliases at most (KMS guide, "Resource quotas").
fn create_alias(call: &mut Call<'_>) -> Answer {
    let name = call.need("AliasName", "ValidationException")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
    if !name.starts_with("alias/")
        || name.starts_with("alias/aws/")
        || !name.chars().all(fits)
        || name.len() > 256
    {
        return Err(refusal(400, "InvalidAliasNameException", "Alias must start with the prefix \"alias/\""));
    }
    let target = call.need("TargetKeyId", "ValidationException")?;
    call.input.insert("KeyId".into(), target.into());
    let key = meant(call)?.now().cloned();
    let Some(key) = key else { return Err(absent(&name)) };
    pending(&key)?;
    if call.here.kms.aliases.get(&name).is_some_and(|slot| slot.now().is_some()) {
        let arn = call.arn("kms", &name);
        return Err(refusal(
            400,
            "AlreadyExistsException",
            format!("An alias with the name {arn} already exists"),
        ));
    }
    let used =
        call.here.kms.aliases.values().filter_map(Slot::now).filter(|alias| alias.key == key.id).count();
    if used >= 50 {
        return Err(refusal(400, "LimitExceededException", "too many aliases"));
    }
    let lag = call.lag(3_000);
    let alias = Alias { key: key.id, created: call.now };
    call.here.kms.aliases.entry(name).or_default().set(call.now, lag, Some(alias));
    Ok(json!({}))
}

fn update_alias(call: &mut Call<'_>) -> Answer {
    let name = call.need("AliasName", "ValidationException")?;
    let target = call.need("TargetKeyId", "ValidationException")?;
    call.input.insert("KeyId".into(), target.into());
    let id = meant(call)?.now().map(|key| key.id.clone()).unwrap_or_default();
    let lag = call.lag(3_000);
    let slot = call.here.kms.aliases.get_mut(&name).filter(|slot| slot.now().is_some());
    slot.ok_or_else(|| absent(&name))?.change(call.now, lag, |alias| alias.key = id);
    Ok(json!({}))
}

fn delete_alias(call: &mut Call<'_>) -> Answer {
    let name = call.need("AliasName", "ValidationException")?;
    let lag = call.lag(2_000);
    let slot = call.here.kms.aliases.get_mut(&name).filter(|slot| slot.now().is_some());
    let words = || refusal(400, "NotFoundException", format!("Alias {name} is not found."));
    slot.ok_or_else(words)?.set(call.now, lag, None);
    Ok(json!({}))
}

/// AWS's own aliases are listed too; those without a key yet have no target (KMS API reference, `ListAliases`).
fn list_aliases(call: &mut Call<'_>) -> Answer {
    let own = json!({ "AliasName": "alias/aws/dynamodb", "AliasArn": call.arn("kms", "alias/aws/dynamodb") });
    let seen = call
        .here
        .kms
        .aliases
        .iter()
        .filter_map(|(name, slot)| Some((name, slot.seen(call.now, call.stale)?)));
    let mine = seen.map(|(name, alias)| {
        json!({ "AliasName": name, "AliasArn": call.arn("kms", name), "TargetKeyId": alias.key,
            "CreationDate": Call::seconds(alias.created), "LastUpdatedDate": Call::seconds(alias.created) })
    });
    let all = std::iter::once(own).chain(mine).collect();
    Ok(limited(call, "Aliases", all))
}
