//! `UpdateTable`: one concern in a call, one index at a time.
use super::{
    Ceiling, Index, Status, Table, create, describe, encryption, in_use, indexes, invalid, keys, names,
    sharing, table, throughput, wrong,
};
use crate::{
    call::{Call, iso},
    reply::{Answer, Refusal, refusal},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Members of which a call needs one.
const CONCERNS: [&str; 9] = [
    "BillingMode",
    "ProvisionedThroughput",
    "OnDemandThroughput",
    "GlobalSecondaryIndexUpdates",
    "SSESpecification",
    "DeletionProtectionEnabled",
    "TableClass",
    "StreamSpecification",
    "ReplicaUpdates",
];

/// Which members a call may carry with others (DDB-TABLE-015, 174, 359, 382, 433).
fn check_alone(call: &Call<'_>) -> Result<(), Refusal> {
    let empty = |name: &str| call.input.get(name).and_then(Value::as_array).is_some_and(Vec::is_empty);
    let there: Vec<_> =
        CONCERNS.into_iter().filter(|name| call.input.contains_key(*name) && !empty(name)).collect();
    if there.is_empty() {
        let words = "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, \
                     GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, \
                     ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, \
                     WarmThroughput or TableClass is required";
        return Err(invalid(words));
    }
    if empty("GlobalSecondaryIndexUpdates") {
        return Err(wrong("List of GlobalSecondaryIndexUpdates is empty"));
    }
    let alone = [
        ("SSESpecification", "Server-Side Encryption"),
        ("TableClass", "TableClass"),
        ("DeletionProtectionEnabled", "DeletionProtection"),
    ];
    for (name, words) in alone {
        if there.contains(&name) && there.len() > 1 {
            return Err(wrong(format!("{words} modification must be the only operation in the request")));
        }
    }
    let ceiling = there.contains(&"OnDemandThroughput");
    if ceiling && there.iter().any(|name| !["OnDemandThroughput", "BillingMode"].contains(name)) {
        return Err(wrong(
            "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
        ));
    }
    if there.contains(&"ProvisionedThroughput") && has_structural(call.list("GlobalSecondaryIndexUpdates")) {
        return Err(wrong("You cannot create or delete index while updating table IOPS"));
    }
    let bare = call.input.get("OnDemandThroughput") == Some(&json!({}));
    if bare && there.len() == 1 {
        return Err(throughput::internal());
    }
    check_changes(call.list("GlobalSecondaryIndexUpdates"))
}

const ACTIONS: [&str; 3] = ["Update", "Create", "Delete"];

/// One action in an entry, and one entry for an index (DDB-TABLE-160).
fn check_changes(changes: &[Value]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for change in changes {
        let actions: Vec<_> = ACTIONS.iter().filter_map(|action| change.get(*action)).collect();
        let index = match actions[..] {
            [] => {
                return Err(wrong(
                    "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, \
                     GlobalSecondaryIndexUpdate.Delete must not be null",
                ));
            }
            [one] => one["IndexName"].as_str().unwrap_or_default(),
            _ => {
                return Err(wrong(
                    "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
                ));
            }
        };
        if !seen.insert(index) {
            return Err(wrong(format!(
                "Only one global secondary index update per index is allowed simultaneously. Index: {index}"
            )));
        }
    }
    Ok(())
}

fn has_structural(changes: &[Value]) -> bool {
    changes.iter().any(|it| it.get("Create").is_some() || it.get("Delete").is_some())
}

pub(super) fn update(call: &mut Call<'_>) -> Answer {
    check_alone(call)?;
    let now = call.now;
    let old = {
        let (name, table) = table(call)?;
        match table.status {
            Status::Creating(_) => return Err(in_use(format!("Table is being created: {name}"))),
            Status::Deleting(_) => return Err(in_use(format!("Table is being deleted: {name}"))),
            Status::Updating(_) | Status::Active => {}
        }
        if let Some(refused) = table.archived(&name) {
            return Err(refused);
        }
        describe::described(&name, table, now)
    };
    let changes = call.list("GlobalSecondaryIndexUpdates").to_vec();
    let switches = call.input.contains_key("BillingMode");
    if let Some(on) = call.flag("DeletionProtectionEnabled") {
        protect(call, on)?;
    } else if let Some(class) = create::class(call) {
        reclassify(call, class)?;
    } else if call.input.contains_key("SSESpecification") {
        encrypt(call)?;
    } else if call.input.contains_key("StreamSpecification") {
        sharing::set_stream(call)?;
    } else if call.input.contains_key("ReplicaUpdates") {
        sharing::replicate(call)?;
    } else if has_structural(&changes) {
        reindex(call, &changes)?;
    } else {
        pay(call, &changes)?;
    }
    let (name, table) = table(call)?;
    let mut shown = describe::described(&name, table, now);
    if switches {
        // Even where nothing changes (DDB-TABLE-057, 156).
        shown["TableStatus"] = "UPDATING".into();
    } else {
        // The answer shows the old units (DDB-TABLE-060, 177).
        shown["ProvisionedThroughput"] = old["ProvisionedThroughput"].clone();
    }
    Ok(json!({ "TableDescription": shown }))
}

/// A second toggle within 15 s is refused (DDB-TABLE-438); the same value again is accepted (DDB-TABLE-017).
fn protect(call: &mut Call<'_>, on: bool) -> Result<(), Refusal> {
    let now = call.now;
    let (name, table) = table(call)?;
    if table.protected == on {
        return Ok(());
    }
    let free = table.protection_changed + 15_000;
    if table.protection_changed > 0 && now < free {
        let words = format!(
            "Deletion protection setting for table {name} modified within the previous 15000 milliseconds. Please \
             try again after {}",
            iso(free)
        );
        return Err(refusal(400, "ThrottlingException", words));
    }
    (table.protected, table.protection_changed) = (on, now);
    Ok(())
}

/// Another class is taken by a table at rest.
fn reclassify(call: &mut Call<'_>, class: Option<String>) -> Result<(), Refusal> {
    let (now, took) = (call.now, call.between(2_000, 20_000));
    let (name, table) = table(call)?;
    if let Some(refused) = table.busy(&name, now) {
        return Err(refused);
    }
    (table.class, table.status) = (class, Status::Updating(now + took));
    Ok(())
}

/// Takes 21 to 23 s under an active table (DDB-TABLE-140); four changes in a day (DDB-TABLE-082); the same key
/// again is refused (DDB-TABLE-442).
fn encrypt(call: &mut Call<'_>) -> Result<(), Refusal> {
    let named = call.input.get("SSESpecification").is_some_and(|wish| wish["KMSMasterKeyId"].is_string());
    let wish = encryption(call)?.flatten();
    let (now, took, shown) = (call.now, call.between(21_000, 23_000), call.between(8_000, 9_000));
    let (_, table) = table(call)?;
    if now < table.sse.until {
        return Err(in_use("Server-Side Encryption is still being updated"));
    }
    // The key that AWS keeps is named by no ARN here, and set anew each time (DDB-TABLE-141).
    if table.sse.key == wish && (wish.is_none() || named) {
        return Err(wrong(match wish {
            Some(_) => {
                "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change \
                 Master Key"
            }
            None => "Table is already encrypted by default",
        }));
    }
    if let Some(refused) = table.without_key(now) {
        return Err(refused);
    }
    table.sse.changes.retain(|at| now < at + 86_400_000);
    if table.sse.changes.len() >= 4 {
        let words =
            "Subscriber limit exceeded: Encryption mode changes are limited in the 24h window ending at";
        return Err(refusal(400, "LimitExceededException", format!("{words} {}", iso(now + 86_400_000))));
    }
    table.sse.changes.push(now);
    table.sse.old = std::mem::replace(&mut table.sse.key, wish);
    (table.sse.until, table.sse.old_until) = (now + took, now + shown);
    Ok(())
}

/// One index is made or removed at a time (DDB-TABLE-159); making one takes 8 to 17 minutes even on an empty table,
/// which reads as active once resources are there (DDB-TABLE-148). Encryption that changes is no hindrance
/// (DDB-TABLE-175).
fn reindex(call: &mut Call<'_>, changes: &[Value]) -> Result<(), Refusal> {
    let only_one = || {
        let words = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table";
        refusal(400, "LimitExceededException", words)
    };
    let structural: Vec<_> =
        changes.iter().filter(|it| it.get("Create").is_some() || it.get("Delete").is_some()).collect();
    let [change] = structural[..] else { return Err(only_one()) };
    let (now, build, remove, allocate) = (
        call.now,
        call.between(8 * 60_000, 17 * 60_000),
        call.between(2_600, 6_000),
        call.between(24_000, 56_000),
    );
    let types = keys::types(call.list("AttributeDefinitions"));
    let (name, table) = table(call)?;
    let gone = change["Delete"]["IndexName"].as_str();
    if let Some(index) = gone {
        check_removal(table, &name, index, now)?;
    }
    let others =
        |(other, index): &(String, Index)| index.status.is_structural() && Some(other.as_str()) != gone;
    if table.indexes.iter().any(others) {
        return Err(only_one());
    }
    if let Status::Updating(_) = table.status {
        let words =
            format!("Can't create or delete indexes while table IOPS are being updated. Table: {name}");
        return Err(in_use(words));
    }
    if let Some(wish) = change.get("Create") {
        add(table, wish, &types, (now + allocate, now + build))?;
        table.status = Status::Updating(now + allocate);
    } else if let Some((_, found)) = table.indexes.iter_mut().find(|(name, _)| Some(name.as_str()) == gone) {
        found.status = Status::Deleting(now + remove);
        table.status = Status::Updating(now + remove);
    }
    Ok(())
}

fn no_index(index: &str, table: &str) -> Refusal {
    let words = format!("Requested resource not found: Index {index} for table {table}");
    refusal(400, "ResourceNotFoundException", words)
}

/// Which index can go (DDB-TABLE-137, 149, 161, 163).
fn check_removal(table: &Table, name: &str, index: &str, now: u64) -> Result<(), Refusal> {
    if table.has_local(index) {
        return Err(invalid(format!("Cannot delete an index that is not a GlobalSecondaryIndex: {index}")));
    }
    match table.indexes.iter().find(|(name, _)| name == index) {
        None => Err(no_index(index, name)),
        Some((_, found)) if matches!(found.status, Status::Deleting(_)) => {
            Err(in_use(format!("Index is being deleted. Table: {name} Index: {index}")))
        }
        Some((_, found)) if matches!(found.status, Status::Creating(_)) && now < found.allocated => {
            Err(in_use(format!(
                "Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the \
                 index is active. Table: {name} Index: {index}"
            )))
        }
        Some(_) => Ok(()),
    }
}

impl Status {
    fn is_structural(self) -> bool {
        matches!(self, Self::Creating(_) | Self::Deleting(_))
    }
}

impl Table {
    fn has_local(&self, index: &str) -> bool {
        self.locals.iter().any(|local| local["IndexName"] == index)
    }

    /// Names of the indexes in one of these states.
    fn indexes_in(&self, state: impl Fn(Status) -> bool) -> Option<String> {
        let all = self.indexes.iter().filter(|(_, index)| state(index.status));
        let all: Vec<_> = all.map(|(name, _)| name.as_str()).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

fn add(
    table: &mut Table,
    wish: &Value,
    types: &BTreeMap<String, String>,
    (allocated, ready): (u64, u64),
) -> Result<(), Refusal> {
    let (index, made) = indexes::global(wish)?;
    if table.has_local(&index) || table.indexes.iter().any(|(name, _)| *name == index) {
        return Err(invalid("Attempting to create an index which already exists"));
    }
    if table.indexes.len() >= 20 {
        let words =
            "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20";
        return Err(refusal(400, "LimitExceededException", words));
    }
    let units = throughput::of_added_index(wish.get("ProvisionedThroughput"), table.on_demand, &index)?;
    let ceiling =
        throughput::of_new(wish.get("OnDemandThroughput"), table.on_demand, &format!("index : {index}"))?;
    // The types of new key attributes must come along, and those that are known already stay (DDB-TABLE-162).
    if types.is_empty() {
        return Err(wrong(format!("AttributeDefinitions is not specified for index: {index}")));
    }
    for name in names(&made.keys) {
        let Some(kind) = table.types.get(&name).or_else(|| types.get(&name)).cloned() else {
            let defined: Vec<&str> = types.keys().map(String::as_str).collect();
            return Err(wrong(format!(
                "Some index key attributes are not defined in AttributeDefinitions. Keys: [{name}], \
                 AttributeDefinitions: [{}]",
                defined.join(", ")
            )));
        };
        table.types.insert(name, kind);
    }
    let status = Status::Creating(ready);
    table.indexes.push((index, Index { units, ceiling, status, allocated, ..made }));
    Ok(())
}

/// What a call asks for that changes how a table is paid.
struct Wish {
    /// Whether the mode is named, and is on demand.
    mode: Option<bool>,
    units: Option<(i64, i64)>,
    ceiling: Option<Value>,
}

/// Whether the table is in a state to be paid otherwise (DDB-TABLE-063, 163, 369, 375, 376).
fn check_at_rest(name: &str, table: &Table, wish: &Wish, changes: &[Value]) -> Result<(), Refusal> {
    for (index, found) in &table.indexes {
        let asked = changes.iter().any(|it| it["Update"]["IndexName"] == *index);
        let words = match found.status {
            Status::Deleting(_) => "Index is being deleted.",
            Status::Updating(_) => "Index is being updated.",
            _ => continue,
        };
        if asked {
            return Err(in_use(format!("{words} Table: {name} Index: {index}")));
        }
    }
    let own = wish.units.is_some() || wish.mode.is_some_and(|mode| mode != table.on_demand);
    let (Status::Updating(_), true) = (table.status, own || wish.ceiling.is_some()) else { return Ok(()) };
    let leaving = table.indexes_in(|status| matches!(status, Status::Deleting(_)));
    let coming = table.indexes_in(|status| matches!(status, Status::Creating(_)));
    let words = match (leaving, coming, own) {
        (Some(all), _, true) => {
            format!("Can't change table IOPS when an index is being deleted. Table: {name} Indexes: [{all}]")
        }
        (_, Some(all), true) => {
            format!("Can't change table IOPS when an index is being created. Table: {name} Indexes: [{all}]")
        }
        (Some(all), _, false) => {
            format!(
                "OnDemandThroughput cannot be updated while index deletion is in progress for indexes: [{all}]"
            )
        }
        (_, Some(all), false) => {
            format!(
                "OnDemandThroughput cannot be updated while index creation is in progress for indexes: [{all}]"
            )
        }
        (None, None, true) => format!("Table IOPS are currently being updated. Table: {name}"),
        (None, None, false) => {
            "OnDemandThroughput cannot be updated while BillingMode update is in progress".to_owned()
        }
    };
    Err(in_use(words))
}

/// Mode and units of the table and its indexes. To provisioned takes 60 to 98 s, back 129 to 172 s, other units 1 to 2 s
/// (DDB-TABLE-056, 058); units that stay are refused (DDB-TABLE-057).
fn pay(call: &mut Call<'_>, changes: &[Value]) -> Result<(), Refusal> {
    let wish = Wish {
        mode: call.text("BillingMode").map(|mode| mode == "PAY_PER_REQUEST"),
        units: throughput::units(call.input.get("ProvisionedThroughput")),
        ceiling: call.input.get("OnDemandThroughput").cloned(),
    };
    let now = call.now;
    let times = (call.between(60_000, 98_000), call.between(129_000, 172_000), call.between(1_000, 2_000));
    let (name, table) = table(call)?;
    for index in changes.iter().filter_map(|it| it["Update"]["IndexName"].as_str()) {
        if table.has_local(index) {
            return Err(invalid(format!(
                "Cannot update an index that is not a GlobalSecondaryIndex: {index}"
            )));
        }
        if table.indexes.iter().all(|(name, _)| name != index) {
            return Err(no_index(index, &name));
        }
    }
    check_at_rest(&name, table, &wish, changes)?;
    let to_on_demand = wish.mode.unwrap_or(table.on_demand);
    let ceiling = throughput::merged(table.ceiling, wish.ceiling.as_ref(), to_on_demand, "table")?;
    match (table.on_demand, to_on_demand) {
        (true, true) => {
            if wish.units.is_some() {
                return Err(throughput::no_units());
            }
            limit_indexes(table, changes, now)?;
            // At once (DDB-TABLE-135, 178).
            table.ceiling = ceiling.unwrap_or(table.ceiling);
            Ok(())
        }
        (false, true) => {
            if wish.units.is_some() {
                return Err(throughput::no_units());
            }
            table.counts.to_on_demand.retain(|at| now < at + DAY);
            if table.counts.to_on_demand.len() >= 4 {
                // The words when it was once a day (aws-amplify/amplify-cli issue 1054).
                let words = "Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 1 day(s).";
                return Err(refusal(400, "LimitExceededException", words));
            }
            table.counts.to_on_demand.push(now);
            table.on_demand = true;
            table.ceiling = ceiling.unwrap_or_default();
            table.units = (0, 0);
            table.indexes.iter_mut().for_each(|(_, index)| index.units = (0, 0));
            begin(table, now + times.1);
            Ok(())
        }
        (true, false) => {
            let units = wish.units.ok_or_else(no_table_units)?;
            let missing =
                |index: &String| wrong(format!("ProvisionedThroughput must be specified for index: {index}"));
            let all: Result<Vec<_>, _> = table
                .indexes
                .iter()
                .map(|(name, _)| resized(changes, name).ok_or_else(|| missing(name)))
                .collect();
            let all = all?;
            table.on_demand = false;
            table.ceiling = Ceiling::default();
            table.indexes.iter_mut().for_each(|(_, index)| index.ceiling = Ceiling::default());
            table.units = units;
            table.indexes.iter_mut().zip(all).for_each(|((_, index), units)| index.units = units);
            begin(table, now + times.0);
            Ok(())
        }
        (false, false) => resize(&name, table, &wish, changes, (now, now + times.2)),
    }
}

fn no_table_units() -> Refusal {
    wrong("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
}

fn resized(changes: &[Value], index: &str) -> Option<(i64, i64)> {
    let change = changes.iter().find(|it| it["Update"]["IndexName"] == index)?;
    throughput::units(change["Update"].get("ProvisionedThroughput"))
}

/// Other units for a table that has some, or for its indexes.
fn resize(
    name: &str,
    table: &mut Table,
    wish: &Wish,
    changes: &[Value],
    (now, end): (u64, u64),
) -> Result<(), Refusal> {
    if wish.mode.is_some() && wish.units.is_none() {
        return Err(no_table_units());
    }
    if let Some(units) = wish.units.filter(|units| *units == table.units) {
        return Err(unchanged("the table", "the table", units));
    }
    for (index, found) in &table.indexes {
        if let Some(units) = resized(changes, index).filter(|units| *units == found.units) {
            return Err(unchanged(&format!("the index {index}"), &format!("index {index}"), units));
        }
    }
    let fewer = |(read, write): (i64, i64), now: (i64, i64)| read < now.0 || write < now.1;
    let decreases = wish.units.is_some_and(|units| fewer(units, table.units))
        || table
            .indexes
            .iter()
            .any(|(name, it)| resized(changes, name).is_some_and(|to| fewer(to, it.units)));
    if decreases {
        count_decrease(name, table, now)?;
    }
    for (name, index) in &mut table.indexes {
        if let Some(units) = resized(changes, name) {
            // The index alone changes then (DDB-TABLE-148).
            (index.units, index.status) = (units, Status::Updating(end));
        }
    }
    if let Some(units) = wish.units {
        table.units = units;
        table.status = Status::Updating(end);
    }
    Ok(())
}

/// Units that are there already (DDB-TABLE-057, 164, 442).
fn unchanged(what: &str, of: &str, (read, write): (i64, i64)) -> Refusal {
    invalid(format!(
        "The provisioned throughput for {what} will not change. The requested value equals the current value. Current \
         ReadCapacityUnits provisioned for {of}: {read}. Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits \
         provisioned for {of}: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB Developer \
         Guide for current limits and how to request higher limits."
    ))
}

/// Gives indexes other ceilings, for which they alone change for 2 s (DDB-TABLE-135, 152, 456).
fn limit_indexes(table: &mut Table, changes: &[Value], now: u64) -> Result<(), Refusal> {
    let mut limited = Vec::new();
    for (at, (index, found)) in table.indexes.iter().enumerate() {
        let Some(change) = changes.iter().find(|it| it["Update"]["IndexName"] == *index) else { continue };
        let wish = change["Update"].get("OnDemandThroughput").filter(|wish| **wish != json!({}));
        let place = format!("index : {index}");
        let ceiling = throughput::merged(found.ceiling, wish, true, &place)?;
        let ceiling = ceiling.ok_or_else(|| {
            wrong(format!(
                "The only Updates for index: {index} when TableThroughputMode is PAY_PER_REQUEST can be to \
                 OnDemandThroughput, WarmThroughput"
            ))
        })?;
        limited.push((at, ceiling));
    }
    for (at, ceiling) in limited {
        let (_, index) = &mut table.indexes[at];
        (index.ceiling, index.status) = (ceiling, Status::Updating(now + 2_000));
    }
    Ok(())
}

const DAY: u64 = 86_400_000;

/// Four decreases in a UTC day, and then one when none was made for an hour (DynamoDB guide, "Quotas": "Provisioned
/// throughput decrease limits").
fn count_decrease(name: &str, table: &mut Table, now: u64) -> Result<(), Refusal> {
    table.counts.decreases.retain(|at| at / DAY == now / DAY);
    let lately = table.counts.decreases.last().is_some_and(|at| now < at + 3_600_000);
    if table.counts.decreases.len() >= 4 && lately {
        let words = format!(
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After \
             the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every \
             3600 seconds. Number of decreases today: {}. Table: {name}",
            table.counts.decreases.len()
        );
        return Err(refusal(400, "LimitExceededException", words));
    }
    table.counts.decreases.push(now);
    Ok(())
}

fn begin(table: &mut Table, until: u64) {
    table.summary = true;
    table.status = Status::Updating(until);
}
