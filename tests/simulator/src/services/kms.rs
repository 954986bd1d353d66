//! KMS: keys, aliases, policies, rotation, tags; new things and new policies are seen late.
mod aliases;
mod keys;

use crate::{
    call::{Call, Tags, like, several},
    reply::{Answer, Refusal, refusal},
    services::iam::statements,
    slot::Slot,
};
use aliases::{create_alias, delete_alias, list_aliases, update_alias};
use keys::{
    cancel, create, create_grant, describe, describe_anew, enable, get_policy, get_rotation, list,
    list_grants, list_tags, put_policy, rotate, schedule, tag, untag,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

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
    pub(crate) rotation_days: i64,
    /// Where its material comes from: `AWS_KMS` or `EXTERNAL`.
    origin: String,
    /// Who may use it by grants.
    grants: Vec<String>,
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
    /// Where it led to until it was deleted a moment ago, and until when it is still seen to lead there.
    before: Option<(String, u64)>,
}

/// Keys by id and aliases by name.
#[derive(Clone, Default)]
pub(crate) struct Kms {
    pub(crate) keys: BTreeMap<String, Slot<Key>>,
    pub(crate) aliases: BTreeMap<String, Slot<Alias>>,
    /// Aliases that were deleted: where they led to, and when that was.
    departed: BTreeMap<String, (String, u64)>,
    /// What authorization goes by, by id of the key.
    pub(crate) counted: BTreeMap<String, Slot<Counted>>,
}

/// What decides who may use a key, as authorization counts it: late (KMS guide, "ABAC for AWS KMS").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) tags: Tags,
    pub(crate) aliases: BTreeSet<String>,
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
        "CreateGrant" => create_grant(call),
        "ListGrants" => list_grants(call),
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
        call.here.kms.counted.remove(&id);
    }
}

/// Lets the tags and aliases that the key has now count in authorization, after a while.
fn recount(call: &mut Call<'_>, id: &str) {
    let known = &call.here.kms;
    let Some(key) = known.keys.get(id).and_then(Slot::now) else { return };
    let aliases = known.aliases.iter().filter(|(_, slot)| slot.now().is_some_and(|alias| alias.key == id));
    let counted =
        Counted { tags: key.tags.clone(), aliases: aliases.map(|(name, _)| name.clone()).collect() };
    if known.counted.get(id).and_then(Slot::now) != Some(&counted) {
        let (now, lag) = (call.now, call.lag(call.switches.key_authorization_lag));
        call.here.kms.counted.entry(id.to_owned()).or_default().set(now, lag, Some(counted));
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
            let before = |alias: &Alias| {
                let (key, until) = alias.before.clone()?;
                (call.now < until).then_some(key)
            };
            found.map(|alias| before(alias).unwrap_or_else(|| alias.key.clone())).ok_or_else(words)
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
