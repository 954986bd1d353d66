//! Backups that DynamoDB makes of deleted tables, and tables restored from them.
use super::{Sse, Status, Table, describe, invalid};
use crate::{
    call::{Call, Tags},
    reply::{Answer, refusal},
    slot::Slot,
};
use serde_json::{Value, json};

/// A system backup.
#[derive(Clone)]
pub(crate) struct Backup {
    arn: String,
    table: String,
    kind: &'static str,
    created: u64,
    held: Table,
}

/// A backup that DynamoDB makes of a deleted table.
const SYSTEM: &str = "SYSTEM";
/// A backup on demand.
pub(super) const USER: &str = "USER";

/// Days for which a system backup is kept (DynamoDB guide, "Point-in-time recovery: how it works").
const KEPT_DAYS: u64 = 35;
const DAY: u64 = 86_400_000;

/// Keeps a backup of a table that is deleted with recovery on, under this name (DDB-TABLE-167, 453).
pub(super) fn keep(call: &mut Call<'_>, name: &str) {
    if call.here.dynamodb.tables.get(name).is_some_and(|table| table.recovery.is_some()) {
        make(call, name, call.now, SYSTEM);
    }
}

/// Makes a backup of a table, and returns its ARN.
pub(super) fn make(call: &mut Call<'_>, name: &str, created: u64, kind: &'static str) -> Option<String> {
    let id = call.uuid();
    let held = call.here.dynamodb.tables.get(name)?.clone();
    let arn = format!("{}/backup/{id}", held.arn);
    call.here.dynamodb.backups.push(Backup { arn: arn.clone(), table: name.to_owned(), kind, created, held });
    Some(arn)
}

fn expires(backup: &Backup) -> Option<u64> {
    (backup.kind == SYSTEM).then_some(backup.created + KEPT_DAYS * DAY)
}

fn shown(backup: &Backup) -> Value {
    let mut shown = json!({
        "TableName": backup.table, "TableId": backup.held.id, "TableArn": backup.held.arn, "BackupArn": backup.arn,
        "BackupName": format!("{}$DeletedTableBackup", backup.table), "BackupStatus": "AVAILABLE",
        "BackupType": backup.kind, "BackupSizeBytes": 0, "BackupCreationDateTime": Call::seconds(backup.created),
    });
    if let Some(end) = expires(backup) {
        shown["BackupExpiryDateTime"] = Call::seconds(end);
    }
    shown
}

/// Backups by table and type; only those that users made are listed unless a type is named (API reference,
/// `ListBackups`).
pub(super) fn list(call: &mut Call<'_>) -> Answer {
    let (now, table, kind) = (call.now, call.text("TableName"), call.text("BackupType"));
    let wanted = |backup: &&Backup| {
        table.is_none_or(|table| table == backup.table)
            && kind.map_or(backup.kind == USER, |kind| kind == "ALL" || kind == backup.kind)
            && expires(backup).is_none_or(|end| now < end)
    };
    let all = call.here.dynamodb.backups.iter().filter(wanted);
    Ok(json!({ "BackupSummaries": all.map(shown).collect::<Vec<_>>() }))
}

/// Makes a table with the data and indexes of a backup; tags, expiry, recovery and protection are not restored
/// (DynamoDB guide, "Restoring a DynamoDB table from a backup").
pub(super) fn restore(call: &mut Call<'_>) -> Answer {
    let (name, arn) = (
        call.need("TargetTableName", "ValidationException")?,
        call.need("BackupArn", "ValidationException")?,
    );
    super::create::check_name(&name)?;
    if call.here.dynamodb.tables.contains_key(&name) {
        let words = format!("Table already exists: {name}");
        return Err(refusal(400, "TableAlreadyExistsException", words));
    }
    let backup = call.here.dynamodb.backups.iter().find(|backup| backup.arn == arn);
    let held = backup.map(|backup| backup.held.clone());
    let held = held.ok_or_else(|| invalid(format!("Backup not found: {arn}")))?;
    let (now, ready) = (call.now, call.now + call.between(60_000, 300_000));
    let mut tags = Slot::default();
    tags.set(now, 0, Some(Tags::new()));
    let table = Table {
        id: call.uuid(),
        arn: call.arn("dynamodb", &format!("table/{name}")),
        created: now,
        status: Status::Creating(ready),
        sse: Sse { until: 0, old_until: 0, old: None, changes: Vec::new(), ..held.sse.clone() },
        protected: false,
        protection_changed: 0,
        ttl: None,
        ttl_before: None,
        ttl_changed: None,
        ttl_seen: 0,
        recovery: None,
        backups: ready,
        tags,
        tags_locked: 0,
        archive: None,
        lost: None,
        ..held
    };
    let described = describe::described(&name, &table, now);
    call.here.dynamodb.tables.insert(name, table);
    Ok(json!({ "TableDescription": described }))
}
