//! DynamoDB's control plane: tables, indexes, encryption, expiry, recovery, protection, tags.
//!
//! Texts and times are those that the ACK project's lab measured (aws-controllers-k8s/dynamodb-controller,
//! `docs/api-quirks`, findings DDB-TABLE-NNN, cited by number) unless another source is named.
mod archive;
mod backups;
mod constraints;
mod create;
mod describe;
mod indexes;
mod items;
mod keys;
mod sharing;
mod side;
mod tags;
mod throughput;
mod update;

use crate::{
    call::{Call, Tags},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How far a table or an index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Creating(u64),
    Updating(u64),
    Active,
    Deleting(u64),
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Creating(_) => "CREATING",
            Self::Updating(_) => "UPDATING",
            Self::Active => "ACTIVE",
            Self::Deleting(_) => "DELETING",
        }
    }

    /// What it is at `now`; `None` once it is gone.
    fn at(self, now: u64) -> Option<Self> {
        match self {
            Self::Creating(until) | Self::Updating(until) if now >= until => Some(Self::Active),
            Self::Deleting(until) if now >= until => None,
            other => Some(other),
        }
    }
}

/// A global secondary index.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    keys: Value,
    projection: Value,
    pub(crate) units: (i64, i64),
    pub(crate) ceiling: Ceiling,
    pub(crate) status: Status,
    /// Until when resources are allocated to it; then it is filled (DDB-TABLE-148).
    allocated: u64,
}

/// Most read and write request units a second; none for no ceiling.
pub(crate) type Ceiling = (Option<i64>, Option<i64>);

/// When changes were made of which only so many are allowed in a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// To on demand: 4 in 24 hours (DynamoDB guide, "Considerations when switching capacity modes").
    to_on_demand: Vec<u64>,
    /// Fewer units: 4 in a UTC day, then one in an hour (DDB-TABLE-184).
    decreases: Vec<u64>,
}

/// Encryption with a customer's key.
#[derive(Clone, Debug)]
pub(crate) struct Sse {
    /// None for the key that DynamoDB owns.
    pub(crate) key: Option<String>,
    /// Until when it is being changed.
    pub(crate) until: u64,
    /// Until when the old key is shown.
    old_until: u64,
    old: Option<String>,
    /// When it was changed in the last day.
    changes: Vec<u64>,
}

/// A table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Another one under the same name has another.
    pub(crate) id: String,
    arn: String,
    created: u64,
    /// When its deletion began.
    left: u64,
    pub(crate) status: Status,
    keys: Value,
    /// Types of key attributes by name.
    types: BTreeMap<String, String>,
    pub(crate) on_demand: bool,
    /// Whether the mode was ever named: an absent summary means provisioned.
    summary: bool,
    pub(crate) units: (i64, i64),
    pub(crate) ceiling: Ceiling,
    pub(crate) counts: Counts,
    /// Since when its key cannot be used, as far as anybody has looked.
    lost: Option<u64>,
    /// Until when it is inaccessible although its key can be used again.
    back: u64,
    archive: Option<archive::Archive>,
    pub(crate) indexes: Vec<(String, Index)>,
    /// Local indexes, as they are shown.
    locals: Vec<Value>,
    /// Class of storage; none for the standard one.
    pub(crate) class: Option<String>,
    pub(crate) sse: Sse,
    pub(crate) protected: bool,
    protection_changed: u64,
    pub(crate) ttl: Option<String>,
    ttl_before: Option<String>,
    ttl_changed: Option<u64>,
    ttl_seen: u64,
    /// Days that point-in-time recovery reaches back; none if it is off.
    pub(crate) recovery: Option<i64>,
    /// From when on its backups can be asked about.
    backups: u64,
    pub(crate) sharing: sharing::Sharing,
    pub(crate) tags: Slot<Tags>,
    tags_locked: u64,
    /// Tags that the call before has set, while they are locked.
    tags_sent: Tags,
}

/// Tables by name.
#[derive(Clone, Default)]
pub(crate) struct Dynamodb {
    pub(crate) tables: BTreeMap<String, Table>,
    backups: Vec<backups::Backup>,
    /// Items by name of the table and value of the partition key.
    items: BTreeMap<(String, String), Value>,
}

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    settle(call);
    constraints::check(call)?;
    match call.operation {
        "CreateTable" => create::create(call),
        "DescribeTable" => describe::describe(call),
        "ListTables" => describe::list(call),
        "UpdateTable" => update::update(call),
        "DeleteTable" => delete(call),
        "DescribeTimeToLive" => side::describe_ttl(call),
        "UpdateTimeToLive" => side::update_ttl(call),
        "DescribeContinuousBackups" => side::describe_backups(call),
        "UpdateContinuousBackups" => side::update_backups(call),
        "ListBackups" => backups::list(call),
        "RestoreTableFromBackup" => backups::restore(call),
        "ListTagsOfResource" => side::list_tags(call),
        "TagResource" => side::tag(call),
        "UntagResource" => side::untag(call),
        "PutResourcePolicy"
        | "DeleteResourcePolicy"
        | "GetResourcePolicy"
        | "EnableKinesisStreamingDestination"
        | "DisableKinesisStreamingDestination"
        | "DescribeKinesisStreamingDestination" => sharing::handle(call),
        "GetItem" => items::get(call),
        "PutItem" => items::put(call),
        _ => super::unknown(call),
    }
}

/// Minutes for which a table whose key cannot be used is being made, before it vanishes (DDB-TABLE-334).
const STALLED: u64 = 59 * 60_000;
/// Time after which a table whose key cannot be used says so: 13 to 75 minutes (DDB-TABLE-331).
const UNUSABLE: u64 = 40 * 60_000;
/// Time until it is active again once the key can be used: 18 to 57 minutes (DDB-TABLE-332, 335).
const BACK: u64 = 30 * 60_000;
/// Time for which DynamoDB works on with the key that it holds already (DDB-TABLE-331).
const CACHED: u64 = 332_000;

/// Follows the keys of the tables: what is being made with a key that cannot be used stalls, and what stands becomes
/// inaccessible.
fn follow_keys(call: &mut Call<'_>) {
    let (now, managed, here) = (call.now, managed_key(call), &mut *call.here);
    for table in here.dynamodb.tables.values_mut() {
        if table.lost.is_none() {
            // It was made before anybody looked at its key.
            table.status = table.status.at(now).unwrap_or(table.status);
        }
        let key = table.sse.key.as_ref().filter(|key| **key != managed);
        let unusable = key.is_some_and(|key| here.kms.usable(key, now).is_err());
        if unusable {
            let since = *table.lost.get_or_insert(now);
            if let Status::Creating(_) = table.status {
                table.status = Status::Creating(since + STALLED);
            }
        } else if let Some(since) = table.lost.take()
            && now >= since + UNUSABLE
        {
            table.back = now + BACK;
        }
    }
}

/// The key that AWS keeps for DynamoDB in every account.
fn managed_key(call: &Call<'_>) -> String {
    call.arn("kms", "key/5d0a2f6e-4f0b-4c55-9b7e-d7a40db00000")
}

/// Brings every table to what it is by now.
pub(super) fn settle(call: &mut Call<'_>) {
    let now = call.now;
    follow_keys(call);
    archive::archive_lost(call);
    let gone: Vec<(String, String)> = call
        .here
        .dynamodb
        .tables
        .iter()
        .filter(|(_, table)| table.status.at(now).is_none() || table.vanishes(now))
        .map(|(name, table)| (name.clone(), table.arn.clone()))
        .collect();
    for (name, arn) in gone {
        call.here.dynamodb.tables.remove(&name);
        call.here.dynamodb.items.retain(|(table, _), _| *table != name);
        call.index(&arn, None);
    }
    for table in call.here.dynamodb.tables.values_mut() {
        table.status = table.status.at(now).unwrap_or(table.status);
        let before = table.indexes.len();
        table.indexes.retain_mut(|(_, index)| match index.status.at(now) {
            Some(status) => {
                index.status = status;
                true
            }
            None => false,
        });
        if table.indexes.len() < before {
            table.prune();
        }
    }
}

impl Table {
    /// Whether it was to be made with a key that could not be used for too long.
    fn vanishes(&self, now: u64) -> bool {
        let creating = matches!(self.status, Status::Creating(_));
        creating && self.lost.is_some_and(|since| now >= since + STALLED)
    }

    /// Whether its key has not been usable for so long that it says so.
    fn is_inaccessible(&self, now: u64) -> bool {
        self.lost.is_some_and(|since| now >= since + UNUSABLE) || now < self.back
    }

    /// The status that is shown.
    fn word(&self, now: u64) -> &'static str {
        match (self.status, &self.archive) {
            (Status::Active, Some(archive)) => archive.word(now),
            (Status::Active, None) if self.is_inaccessible(now) => "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
            (status, _) => status.word(),
        }
    }

    /// What everything meets that needs the key, once DynamoDB does not hold it any more (DDB-TABLE-331, 333).
    fn without_key(&self, now: u64) -> Option<Refusal> {
        let since = self.lost.filter(|since| now >= since + CACHED)?;
        let key = self.sse.key.as_ref()?;
        let words = format!(
            "KMS key disabled error: com.amazonaws.services.kms.model.DisabledException: {key} is disabled. (Service: \
             AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: {since:08x}; Proxy: null)"
        );
        Some(invalid(words))
    }

    /// Whether a table that is being made is unknown to all but `DescribeTable` yet (DDB-TABLE-101, 115).
    fn is_hidden(&self, now: u64, share: u64) -> bool {
        let Status::Creating(until) = self.status else { return false };
        (now - self.created) * 100 < (until - self.created) * share
    }

    /// Whether it has been deleted for as long.
    fn left_for(&self, now: u64, time: u64) -> bool {
        matches!(self.status, Status::Deleting(_)) && now >= self.left + time
    }

    /// Forgets the types of attributes that no key uses any more (DDB-TABLE-151).
    fn prune(&mut self) {
        let names: Vec<String> = self.key_names();
        self.types.retain(|name, _| names.contains(name));
    }

    fn key_names(&self) -> Vec<String> {
        let all = std::iter::once(&self.keys).chain(self.indexes.iter().map(|(_, index)| &index.keys));
        all.chain(self.locals.iter().map(|local| &local["KeySchema"])).flat_map(names).collect()
    }

    /// Why it cannot be deleted now: an active table is not at rest (DDB-TABLE-001, 006, 063, 069, 120, 150).
    fn busy(&self, name: &str, now: u64) -> Option<Refusal> {
        match self.status {
            Status::Creating(_) => return Some(in_use(format!("Table is being created: {name}"))),
            Status::Deleting(_) => return Some(in_use(format!("Table is being deleted: {name}"))),
            Status::Active | Status::Updating(_) => {}
        }
        if self.indexes.iter().any(|(_, index)| index.status != Status::Active) {
            return Some(in_use("Cannot delete table while indexes are being created, updated, or deleted."));
        }
        let updating = matches!(self.status, Status::Updating(_)) || now < self.sse.until;
        updating.then(|| in_use(format!("Table: {name} is in the process of being updated.")))
    }
}

impl Table {
    /// Names of the attributes of its key, with their types.
    fn key_attributes(&self) -> Vec<(String, String)> {
        let kind = |name: &String| self.types.get(name).cloned().unwrap_or_default();
        names(&self.keys).into_iter().map(|name| (name.clone(), kind(&name))).collect()
    }

    /// Name of the partition key.
    pub(crate) fn partition(&self) -> String {
        names(&self.keys).into_iter().next().unwrap_or_default()
    }
}

/// Names of the attributes of a key schema.
fn names(keys: &Value) -> Vec<String> {
    let all = keys.as_array().into_iter().flatten();
    all.filter_map(|it| it["AttributeName"].as_str().map(str::to_owned)).collect()
}

fn invalid(words: impl Into<String>) -> Refusal {
    refusal(400, "ValidationException", words)
}

/// A rule of the service's own that is broken.
fn wrong(words: impl AsRef<str>) -> Refusal {
    invalid(format!("One or more parameter values were invalid: {}", words.as_ref()))
}

/// What passes by itself (DDB-TABLE-444).
fn in_use(words: impl AsRef<str>) -> Refusal {
    let words = format!("Attempt to change a resource which is still in use: {}", words.as_ref());
    refusal(400, "ResourceInUseException", words)
}

/// A missing table is HTTP 400 (DDB-TABLE-070).
fn absent(name: &str) -> Refusal {
    refusal(
        400,
        "ResourceNotFoundException",
        format!("Requested resource not found: Table: {name} not found"),
    )
}

fn table<'a>(call: &'a mut Call<'_>) -> Result<(String, &'a mut Table), Refusal> {
    let name = call.need("TableName", "ValidationException")?;
    match call.here.dynamodb.tables.get_mut(&name) {
        Some(table) => Ok((name, table)),
        None => Err(absent(&name)),
    }
}

/// Refused while it is protected (DDB-TABLE-003) or not at rest (DDB-TABLE-150); takes 4 to 6 s (section "delete").
///
/// A table that DynamoDB cannot open can be deleted (DDB-TABLE-333), and so can one that is archived (API reference,
/// `ArchivalSummary`), but not while it is being archived (API reference, `TableDescription`: `TableStatus`).
fn delete(call: &mut Call<'_>) -> Answer {
    let (now, took) = (call.now, call.between(4_000, 6_000));
    let twice = call.switches.refuses_second_delete;
    let (name, table) = table(call)?;
    if matches!(table.status, Status::Deleting(_)) && !twice {
        return Ok(json!({ "TableDescription": describe::described(&name, table, now) }));
    }
    if let Some(refused) = table.busy(&name, now) {
        return Err(refused);
    }
    if table.word(now) == archive::UNDER_WAY {
        return Err(in_use(format!("Table is being archived: {name}")));
    }
    if now < table.tags_locked {
        return Err(in_use(format!("Table tags are being updated: {name}")));
    }
    if table.protected {
        let words = "Resource cannot be deleted as it is currently protected against deletion. Disable deletion \
                     protection first.";
        return Err(invalid(words));
    }
    (table.status, table.left) = (Status::Deleting(now + took), now);
    let described = describe::described(&name, table, now);
    backups::keep(call, &name);
    Ok(json!({ "TableDescription": described }))
}

/// Checks a key that a table is to be encrypted with; an unusable one is refused at once and nothing is made
/// (DDB-TABLE-020, 022, 442).
fn check_key(call: &Call<'_>, key: &str) -> Result<(), Refusal> {
    use super::kms::Unusable;
    let says = |kind: &str, error: &str, words: &str| {
        let of = "com.amazonaws.services.kms.model";
        invalid(format!(
            "{kind}: {of}.{error}: {words} (Service: AWSKMS; Status Code: 400; Error Code: {error})"
        ))
    };
    match call.here.kms.usable(key, call.now) {
        Ok(_) => Ok(()),
        Err(Unusable::Unknown) => {
            Err(says("KMS validation error", "NotFoundException", &format!("Key '{key}' does not exist")))
        }
        Err(Unusable::Disabled) => {
            Err(says("KMS key disabled error", "DisabledException", &format!("{key} is disabled.")))
        }
        Err(Unusable::Pending) => {
            let words = format!("{key} is pending deletion.");
            Err(says("KMS validation error", "KMSInvalidStateException", &words))
        }
    }
}

/// Reads an encryption specification: `Some(None)` is the key that DynamoDB owns, and without a key it is the one that
/// AWS keeps for DynamoDB (DDB-TABLE-027, 036, 044, 141).
fn encryption(call: &Call<'_>) -> Result<Option<Option<String>>, Refusal> {
    let Some(wish) = call.input.get("SSESpecification").filter(|wish| !wish.is_null()) else {
        return Ok(None);
    };
    let (key, kind) = (wish["KMSMasterKeyId"].as_str(), wish["SSEType"].as_str());
    if kind == Some("AES256") {
        return Err(wrong("SSEType AES256 is not supported"));
    }
    if wish["Enabled"] == false {
        return match (key, kind) {
            (None, None) => Ok(Some(None)),
            (_, Some(_)) => Err(wrong("SSEType can not be specified if Enabled is false")),
            (Some(_), None) => Err(wrong("KMSMasterKeyId can not be specified if Enabled is false")),
        };
    }
    match (key, kind) {
        (Some(_), None) => Err(wrong("SSEType KMS is required if KMSMasterKeyId is specified")),
        (Some(key), _) => {
            check_key(call, key)?;
            Ok(Some(Some(key.to_owned())))
        }
        (None, None) if wish["Enabled"].is_null() => Ok(Some(None)),
        (None, _) => Ok(Some(Some(managed_key(call)))),
    }
}
