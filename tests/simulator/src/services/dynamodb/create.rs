//! `CreateTable`.
use super::{Ceiling, Counts, Index, Sse, Status, Table, describe, encryption, invalid, names, units};
use crate::{
    call::{Call, check_tags},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Makes a table with its indexes; both come up together after 1 to 7 s, or 14 to 22 s with indexes
/// (DDB-TABLE-387, 148).
pub(super) fn create(call: &mut Call<'_>) -> Answer {
    let name = call.need("TableName", "ValidationException")?;
    check_name(&name)?;
    let keys = call.input.get("KeySchema").cloned().unwrap_or_default();
    check_keys(&keys, 1)?;
    let on_demand = call.text("BillingMode") == Some("PAY_PER_REQUEST");
    let units = capacity(call.input.get("ProvisionedThroughput"), on_demand)?;
    let ceiling = ceiling(call.input.get("OnDemandThroughput"), on_demand)?.unwrap_or_default();
    let indexes = indexes(call, on_demand)?;
    let types = types(call);
    check_types(&types, &keys, &indexes)?;
    let key = encryption(call)?.flatten();
    let tags = call.pairs("Tags", "Key", "Value");
    check_tags(&tags, "ValidationException")?;
    if let Some(table) = call.here.dynamodb.tables.get(&name) {
        // Whatever the parameters (DDB-TABLE-005, 010, 444).
        let words = match table.status {
            Status::Creating(_) => format!("Table is being created: {name}"),
            Status::Deleting(_) => format!("Table is being deleted: {name}"),
            _ => format!("Table already exists: {name}"),
        };
        return Err(refusal(400, "ResourceInUseException", words));
    }
    let took = if indexes.is_empty() { call.between(1_000, 7_000) } else { call.between(14_000, 22_000) };
    let ready = call.now + took;
    let (arn, late) = (call.arn("dynamodb", &format!("table/{name}")), call.between(1_000, 3_000));
    let mut slot = Slot::default();
    slot.set(call.now, 0, Some(tags.clone()));
    let table = Table {
        id: call.uuid(),
        arn: arn.clone(),
        created: call.now,
        status: Status::Creating(ready),
        keys,
        types,
        on_demand,
        summary: on_demand,
        units,
        ceiling,
        counts: Counts::default(),
        lost: None,
        back: 0,
        indexes: indexes
            .into_iter()
            .map(|(name, index)| (name, Index { status: Status::Creating(ready), ..index }))
            .collect(),
        sse: Sse { key, until: 0, old_until: 0, old: None, changes: Vec::new() },
        protected: call.flag("DeletionProtectionEnabled") == Some(true),
        protection_changed: 0,
        ttl: None,
        ttl_before: None,
        ttl_changed: None,
        ttl_seen: 0,
        recovery: None,
        backups: ready + late,
        tags: slot,
        tags_locked: 0,
    };
    let described = describe::described(&name, &table, call.now);
    call.here.dynamodb.tables.insert(name, table);
    call.index(&arn, Some(&tags));
    Ok(json!({ "TableDescription": described }))
}

/// 3 to 255 of these characters (API reference, `CreateTable`).
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if (3..=255).contains(&name.len()) && name.chars().all(fits) {
        return Ok(());
    }
    Err(invalid(format!("Value '{name}' failed to satisfy constraint: [a-zA-Z0-9_.-]+ of 3 to 255")))
}

/// The key of a table has one attribute of each kind at most, that of an index four, the sort key's after the
/// partition key's (DynamoDB guide, "Multi-attribute keys").
fn check_keys(keys: &Value, most: usize) -> Result<(), Refusal> {
    let kinds: Vec<_> = keys.as_array().into_iter().flatten().map(|it| it["KeyType"].as_str()).collect();
    let partition = kinds.iter().take_while(|kind| **kind == Some("HASH")).count();
    let sort = kinds.iter().skip(partition).filter(|kind| **kind == Some("RANGE")).count();
    let names = names(keys);
    let unlike = names.iter().collect::<BTreeSet<_>>().len() == names.len();
    if (1..=most).contains(&partition) && sort <= most && partition + sort == kinds.len() && unlike {
        return Ok(());
    }
    Err(invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type"))
}

/// Reads a ceiling of requests, which only on-demand billing has; -1 takes one away (API reference,
/// `OnDemandThroughput`). An empty one alone is an internal error (DDB-TABLE-448, 456).
pub(super) fn ceiling(wish: Option<&Value>, on_demand: bool) -> Result<Option<Ceiling>, Refusal> {
    let Some(wish) = wish.filter(|wish| !wish.is_null()) else { return Ok(None) };
    let read = |member: &str| wish[member].as_i64().filter(|units| *units != -1);
    let ceiling = (read("MaxReadRequestUnits"), read("MaxWriteRequestUnits"));
    let sound = |units: Option<i64>| units.is_none_or(|units| units >= 1);
    if !on_demand {
        return Err(invalid(
            "One or more parameter values were invalid: OnDemandThroughput cannot be set when BillingMode is PROVISIONED",
        ));
    }
    if wish.as_object().is_none_or(serde_json::Map::is_empty) {
        return Err(crate::reply::refusal(500, "InternalServerError", "The request processing has failed"));
    }
    if sound(ceiling.0) && sound(ceiling.1) {
        return Ok(Some(ceiling));
    }
    Err(invalid("One or more parameter values were invalid: units must be at least 1"))
}

/// Units are there exactly when capacity is provisioned (DDB-TABLE-024).
pub(super) fn capacity(wish: Option<&Value>, on_demand: bool) -> Result<(i64, i64), Refusal> {
    match (wish.filter(|wish| !wish.is_null()), on_demand) {
        (None, true) => Ok((0, 0)),
        (Some(wish), false) => match units(wish) {
            Some((read, write)) if read >= 1 && write >= 1 => Ok((read, write)),
            _ => Err(invalid("One or more parameter values were invalid: units must be at least 1")),
        },
        (Some(_), true) => Err(invalid(
            "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be \
             specified when BillingMode is PAY_PER_REQUEST",
        )),
        (None, false) => Err(invalid("No provisioned throughput specified for the table")),
    }
}

pub(super) fn index(wish: &Value, on_demand: bool, status: Status) -> Result<(String, Index), Refusal> {
    let name = wish["IndexName"].as_str().unwrap_or_default().to_owned();
    check_name(&name)?;
    let keys = wish["KeySchema"].clone();
    check_keys(&keys, 4)?;
    let mut projection = wish["Projection"].clone();
    let kind = projection["ProjectionType"].as_str().unwrap_or_default().to_owned();
    let listed = projection["NonKeyAttributes"].is_array();
    if !["ALL", "KEYS_ONLY", "INCLUDE"].contains(&kind.as_str()) || (listed != (kind == "INCLUDE")) {
        return Err(invalid("One or more parameter values were invalid: ProjectionType"));
    }
    if let Some(names) = projection["NonKeyAttributes"].as_array_mut() {
        // They come back sorted (DDB-TABLE-133).
        names.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
    }
    let units = capacity(wish.get("ProvisionedThroughput"), on_demand)?;
    let ceiling = ceiling(wish.get("OnDemandThroughput"), on_demand)?.unwrap_or_default();
    Ok((name, Index { keys, projection, units, ceiling, status }))
}

fn indexes(call: &Call<'_>, on_demand: bool) -> Result<Vec<(String, Index)>, Refusal> {
    let Some(wishes) = call.input.get("GlobalSecondaryIndexes") else { return Ok(Vec::new()) };
    let wishes = wishes.as_array().map_or(&[][..], Vec::as_slice);
    if wishes.is_empty() {
        // DDB-TABLE-127.
        return Err(invalid(
            "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty",
        ));
    }
    if wishes.len() > 20 {
        return Err(invalid(
            "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ));
    }
    wishes.iter().map(|wish| index(wish, on_demand, Status::Active)).collect()
}

pub(super) fn types(call: &Call<'_>) -> BTreeMap<String, String> {
    let pair = |it: &Value| {
        Some((it["AttributeName"].as_str()?.to_owned(), it["AttributeType"].as_str()?.to_owned()))
    };
    call.list("AttributeDefinitions").iter().filter_map(pair).collect()
}

/// Exactly the attributes of all keys, no more and no fewer (DDB-TABLE-043).
fn check_types(
    types: &BTreeMap<String, String>,
    keys: &Value,
    indexes: &[(String, Index)],
) -> Result<(), Refusal> {
    let all = std::iter::once(keys).chain(indexes.iter().map(|(_, index)| &index.keys));
    let used: BTreeSet<String> = all.flat_map(names).collect();
    if types.keys().eq(used.iter()) && types.values().all(|kind| ["S", "N", "B"].contains(&kind.as_str())) {
        return Ok(());
    }
    Err(invalid(
        "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number \
         of attributes defined in AttributeDefinitions",
    ))
}
