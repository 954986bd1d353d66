//! `CreateTable`.
use super::{
    Counts, Index, Sse, Status, Table, describe, encryption, indexes, invalid, keys, throughput, wrong,
};
use crate::{
    call::Call,
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Value, json};

/// Makes a table with its indexes; both come up together after 1 to 7 s, or 14 to 22 s with indexes
/// (DDB-TABLE-387, 148).
pub(super) fn create(call: &mut Call<'_>) -> Answer {
    let name = call.need("TableName", "ValidationException")?;
    let schema = call.input.get("KeySchema").cloned().unwrap_or_default();
    let definitions = call.list("AttributeDefinitions").to_vec();
    keys::check_table_key(&schema, &definitions)?;
    let (global, local) = (wished(call, "GlobalSecondaryIndexes")?, wished(call, "LocalSecondaryIndexes")?);
    let types = keys::check_definitions(&definitions, &schema, global.iter().chain(&local))?;
    let on_demand = call.text("BillingMode") == Some("PAY_PER_REQUEST");
    let indexes = global.iter().map(|wish| global_index(wish, on_demand)).collect::<Result<Vec<_>, _>>()?;
    check_names(&global, &local)?;
    let locals = local.iter().map(|wish| indexes::local(wish, &schema)).collect::<Result<Vec<_>, _>>()?;
    let units = throughput::of_new_table(call.input.get("ProvisionedThroughput"), on_demand)?;
    let ceiling = throughput::of_new(call.input.get("OnDemandThroughput"), on_demand, "table")?;
    let class = class(call).flatten();
    let key = encryption(call)?.flatten();
    let tags = super::tags::of_new(call.list("Tags"))?;
    if let Some(table) = call.here.dynamodb.tables.get(&name) {
        // Whatever the parameters, and while it is deleted too (DDB-TABLE-005, 010, 444).
        return Err(match table.status {
            Status::Creating(_) => super::in_use(format!("Table is being created: {name}")),
            _ => refusal(400, "ResourceInUseException", format!("Table already exists: {name}")),
        });
    }
    let took = if indexes.is_empty() && locals.is_empty() {
        call.between(1_000, 7_000)
    } else {
        call.between(14_000, 22_000)
    };
    let ready = call.now + took;
    let (arn, late) = (call.arn("dynamodb", &format!("table/{name}")), call.between(1_000, 3_000));
    let mut slot = Slot::default();
    slot.set(call.now, 0, Some(tags.clone()));
    let table = Table {
        id: call.uuid(),
        arn: arn.clone(),
        created: call.now,
        left: 0,
        status: Status::Creating(ready),
        keys: schema,
        types,
        on_demand,
        summary: on_demand,
        units,
        ceiling,
        counts: Counts::default(),
        lost: None,
        back: 0,
        archive: None,
        indexes: indexes
            .into_iter()
            .map(|(name, index)| (name, Index { status: Status::Creating(ready), ..index }))
            .collect(),
        locals,
        class,
        sse: Sse { key, until: 0, old_until: 0, old: None, changes: Vec::new() },
        protected: call.flag("DeletionProtectionEnabled") == Some(true),
        protection_changed: 0,
        ttl: None,
        ttl_before: None,
        ttl_changed: None,
        ttl_seen: 0,
        recovery: None,
        backups: ready + late,
        sharing: super::sharing::Sharing::default(),
        tags: slot,
        tags_locked: 0,
        tags_sent: crate::call::Tags::new(),
    };
    let described = describe::described(&name, &table, call.now);
    call.here.dynamodb.tables.insert(name, table);
    call.index(&arn, Some(&tags));
    Ok(json!({ "TableDescription": described }))
}

/// The indexes of one kind that are asked for.
fn wished(call: &Call<'_>, member: &str) -> Result<Vec<Value>, Refusal> {
    let Some(wishes) = call.input.get(member).filter(|wishes| !wishes.is_null()) else {
        return Ok(Vec::new());
    };
    let wishes = wishes.as_array().cloned().unwrap_or_default();
    if wishes.is_empty() {
        // DDB-TABLE-043.
        return Err(wrong(format!("List of {member} is empty")));
    }
    match (member, wishes.len()) {
        ("GlobalSecondaryIndexes", 21..) => {
            Err(wrong("GlobalSecondaryIndex count exceeds the per-table limit of 20"))
        }
        ("LocalSecondaryIndexes", 6..) => {
            Err(wrong("Number of LocalSecondaryIndexes exceeds per-table limit of 5"))
        }
        _ => Ok(wishes),
    }
}

fn global_index(wish: &Value, on_demand: bool) -> Result<(String, Index), Refusal> {
    let (name, index) = indexes::global(wish)?;
    let units = throughput::of_new_index(wish.get("ProvisionedThroughput"), on_demand, &name)?;
    let place = format!("index : {name}");
    let ceiling = throughput::of_new(wish.get("OnDemandThroughput"), on_demand, &place)?;
    Ok((name, Index { units, ceiling, ..index }))
}

/// The class that a call names; none inside for the standard one.
pub(super) fn class(call: &Call<'_>) -> Option<Option<String>> {
    let class = call.text("TableClass")?;
    Some((class != "STANDARD").then(|| class.to_owned()))
}

/// No two indexes have one name.
fn check_names(global: &[Value], local: &[Value]) -> Result<(), Refusal> {
    let mut seen = std::collections::BTreeSet::new();
    for name in global.iter().chain(local).filter_map(|wish| wish["IndexName"].as_str()) {
        if !seen.insert(name) {
            return Err(wrong(format!("Duplicate index name: {name}")));
        }
    }
    Ok(())
}

/// 3 to 255 of these characters (API reference, `CreateTable`).
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if (3..=255).contains(&name.len()) && name.chars().all(fits) {
        return Ok(());
    }
    Err(invalid("TableName must be at least 3 characters long and at most 255 characters long"))
}
