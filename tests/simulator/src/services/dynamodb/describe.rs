//! How a table is shown.
use super::{Ceiling, Index, Sse, Status, Table, UNUSABLE, sharing, table};
use crate::{call::Call, reply::Answer};
use serde_json::{Value, json};

/// Never missing once the creation was answered (DDB-TABLE-075).
pub(super) fn describe(call: &mut Call<'_>) -> Answer {
    let now = call.now;
    let (name, table) = table(call)?;
    Ok(json!({ "Table": described(&name, table, now) }))
}

pub(super) fn list(call: &mut Call<'_>) -> Answer {
    let start = call.text("ExclusiveStartTableName");
    let all = call.here.dynamodb.tables.keys();
    let mut names: Vec<&String> =
        all.filter(|name| start.is_none_or(|start| name.as_str() > start)).collect();
    // DynamoDB API reference, `ListTables`: 100 at most.
    let asked = call.number("Limit").and_then(|limit| usize::try_from(limit).ok());
    let size = call.switches.page.min(asked.unwrap_or(100)).min(100);
    let more = names.len() > size;
    names.truncate(size);
    let mut answer = json!({ "TableNames": names });
    if more && let Some(last) = names.last() {
        answer["LastEvaluatedTableName"] = last.as_str().into();
    }
    Ok(answer)
}

/// The table with what AWS fills in: definitions sorted by name, zero units on demand, warm throughput always
/// there, absent members for defaults (DDB-TABLE-028, 032, 133, 134, 050, 144).
pub(super) fn described(name: &str, table: &Table, now: u64) -> Value {
    let types =
        table.types.iter().map(|(name, kind)| json!({ "AttributeName": name, "AttributeType": kind }));
    let mut shown = json!({
        "TableName": name, "TableArn": table.arn, "TableId": table.id, "TableStatus": table.word(now),
        "CreationDateTime": Call::seconds(table.created), "KeySchema": table.keys,
        "AttributeDefinitions": types.collect::<Vec<_>>(), "ProvisionedThroughput": throughput(table.units),
        "TableSizeBytes": 0, "ItemCount": 0, "DeletionProtectionEnabled": table.protected,
        "WarmThroughput": warm(table.summary, table.units),
    });
    if let Some(ceiling) = ceiling(table.ceiling) {
        shown["OnDemandThroughput"] = ceiling;
    }
    if table.summary {
        let mode = if table.on_demand { "PAY_PER_REQUEST" } else { "PROVISIONED" };
        shown["BillingModeSummary"] = json!({ "BillingMode": mode });
    }
    if !table.indexes.is_empty() {
        shown["GlobalSecondaryIndexes"] =
            table.indexes.iter().map(|named| index(table, named, now)).collect();
    }
    if !table.locals.is_empty() {
        let local = |local: &Value| {
            let mut shown = local.clone();
            let name = local["IndexName"].as_str().unwrap_or_default();
            shown["IndexArn"] = format!("{}/index/{name}", table.arn).into();
            shown
        };
        shown["LocalSecondaryIndexes"] = table.locals.iter().map(local).collect();
    }
    sharing::show(&mut shown, &table.sharing);
    // Absent for a table whose class was never named (API reference, `TableDescription`).
    if let Some(class) = &table.class {
        shown["TableClassSummary"] = json!({ "TableClass": class });
    }
    if let Some(mut sse) = sse(&table.sse, now) {
        // When it was noticed (DDB-TABLE-331); gone once the table is active again (DDB-TABLE-335).
        if let Some(since) = table.lost.filter(|_| table.is_inaccessible(now)) {
            sse["InaccessibleEncryptionDateTime"] = Call::seconds(since + UNUSABLE);
        }
        shown["SSEDescription"] = sse;
    }
    if let Some(archive) = &table.archive {
        shown["ArchivalSummary"] = archive.summary();
    }
    shown
}

/// 12000 and 4000 once billing was on demand, the units before (DDB-TABLE-032).
fn warm(was_on_demand: bool, units: (i64, i64)) -> Value {
    let (read, write) = if was_on_demand { (12_000, 4_000) } else { units };
    json!({ "ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write, "Status": "ACTIVE" })
}

fn index(table: &Table, (name, index): &(String, Index), now: u64) -> Value {
    let mut shown = json!({ "IndexName": name, "KeySchema": index.keys, "Projection": index.projection,
        "IndexStatus": index.status.word(), "ProvisionedThroughput": throughput(index.units),
        "IndexArn": format!("{}/index/{name}", table.arn), "IndexSizeBytes": 0, "ItemCount": 0 });
    if matches!(index.status, Status::Creating(_)) {
        shown["Backfilling"] = (index.allocated > 0 && now >= index.allocated).into();
    } else {
        shown["WarmThroughput"] = warm(table.summary, index.units);
    }
    if let Some(ceiling) = ceiling(index.ceiling) {
        shown["OnDemandThroughput"] = ceiling;
    }
    shown
}

/// Only what is limited is there (DDB-TABLE-039, 178).
fn ceiling((read, write): Ceiling) -> Option<Value> {
    let mut ceiling = json!({});
    for (member, units) in [("MaxReadRequestUnits", read), ("MaxWriteRequestUnits", write)] {
        if let Some(units) = units {
            ceiling[member] = units.into();
        }
    }
    (ceiling != json!({})).then_some(ceiling)
}

fn throughput((read, write): (i64, i64)) -> Value {
    json!({ "ReadCapacityUnits": read, "WriteCapacityUnits": write, "NumberOfDecreasesToday": 0 })
}

/// Absent for the key that DynamoDB owns; while it changes, the old key is shown for 8 to 9 s (DDB-TABLE-027,
/// 079).
fn sse(sse: &Sse, now: u64) -> Option<Value> {
    let key = if now < sse.old_until { sse.old.as_ref() } else { sse.key.as_ref() };
    if now < sse.until {
        let key = key.or(sse.old.as_ref()).or(sse.key.as_ref())?;
        return Some(json!({ "Status": "UPDATING", "SSEType": "KMS", "KMSMasterKeyArn": key }));
    }
    key.map(|key| json!({ "Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key }))
}
