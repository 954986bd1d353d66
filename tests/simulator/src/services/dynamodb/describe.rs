//! How a table is shown.
use super::{Ceiling, Sse, Table, table};
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
    let size = call.switches.page.min(100);
    let more = names.len() > size;
    names.truncate(size);
    let mut answer = json!({ "TableNames": names });
    if more && let Some(last) = names.last() {
        answer["LastEvaluatedTableName"] = last.as_str().into();
    }
    Ok(answer)
}

/// The table with what AWS fills in: definitions sorted by name, zero units on demand, warm throughput always
/// there, absent members for defaults (DDB-TABLE-028, 133, 134, 050, 144).
pub(super) fn described(name: &str, table: &Table, now: u64) -> Value {
    let types =
        table.types.iter().map(|(name, kind)| json!({ "AttributeName": name, "AttributeType": kind }));
    let mut shown = json!({
        "TableName": name, "TableArn": table.arn, "TableId": table.id, "TableStatus": table.word(now),
        "CreationDateTime": Call::seconds(table.created), "KeySchema": table.keys,
        "AttributeDefinitions": types.collect::<Vec<_>>(), "ProvisionedThroughput": throughput(table.units),
        "TableSizeBytes": 0, "ItemCount": 0, "DeletionProtectionEnabled": table.protected,
        "WarmThroughput": { "ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE" },
    });
    if let Some(ceiling) = ceiling(table.ceiling) {
        shown["OnDemandThroughput"] = ceiling;
    }
    if table.summary {
        let mode = if table.on_demand { "PAY_PER_REQUEST" } else { "PROVISIONED" };
        shown["BillingModeSummary"] = json!({ "BillingMode": mode });
    }
    if !table.indexes.is_empty() {
        let indexes = table.indexes.iter().map(|(index, it)| {
            let mut shown = json!({ "IndexName": index, "KeySchema": it.keys, "Projection": it.projection,
                "IndexStatus": it.status.word(), "ProvisionedThroughput": throughput(it.units),
                "IndexArn": format!("{}/index/{index}", table.arn), "IndexSizeBytes": 0, "ItemCount": 0 });
            if let Some(ceiling) = ceiling(it.ceiling) {
                shown["OnDemandThroughput"] = ceiling;
            }
            shown
        });
        shown["GlobalSecondaryIndexes"] = indexes.collect();
    }
    if let Some(sse) = sse(&table.sse, now) {
        shown["SSEDescription"] = sse;
    }
    shown
}

/// Absent without a ceiling (section "drift").
fn ceiling((read, write): Ceiling) -> Option<Value> {
    let units = |units: Option<i64>| units.unwrap_or(-1);
    let ceiling = json!({ "MaxReadRequestUnits": units(read), "MaxWriteRequestUnits": units(write) });
    (read.is_some() || write.is_some()).then_some(ceiling)
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
