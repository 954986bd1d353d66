//! `UpdateTable`: one concern in a call, one index at a time.
use super::{Ceiling, Index, Status, Table, create, describe, encryption, invalid, names, table, units};
use crate::{
    call::{Call, iso},
    reply::{Answer, Refusal, refusal},
};
use serde_json::{Value, json};

/// Which members a call may carry with others (DDB-TABLE-382, 433, 174).
fn check_alone(call: &Call<'_>) -> Result<(), Refusal> {
    let concerns = [
        "BillingMode",
        "ProvisionedThroughput",
        "OnDemandThroughput",
        "GlobalSecondaryIndexUpdates",
        "SSESpecification",
        "DeletionProtectionEnabled",
        "TableClass",
        "StreamSpecification",
    ];
    let there: Vec<_> = concerns.into_iter().filter(|name| call.input.contains_key(*name)).collect();
    let alone = [
        ("SSESpecification", "Server-Side Encryption modification must be the only operation in the request"),
        (
            "DeletionProtectionEnabled",
            "Deletion protection modification must be the only operation in the request",
        ),
        ("TableClass", "Table class modification must be the only operation in the request"),
    ];
    for (name, words) in alone {
        if there.contains(&name) && there.len() > 1 {
            return Err(invalid(words));
        }
    }
    if there.is_empty() {
        let words = "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, \
                     GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required";
        return Err(invalid(words));
    }
    Ok(())
}

pub(super) fn update(call: &mut Call<'_>) -> Answer {
    check_alone(call)?;
    let now = call.now;
    let (name, status) = {
        let (name, table) = table(call)?;
        (name, table.status)
    };
    let word = match status {
        Status::Creating(_) => Some("created"),
        Status::Updating(_) => Some("updated"),
        Status::Deleting(_) => Some("deleted"),
        Status::Active => None,
    };
    if let Some(word) = word {
        let words =
            format!("Attempt to change a resource which is still in use: Table is being {word}: {name}");
        return Err(refusal(400, "ResourceInUseException", words));
    }
    // The answer shows the old values (DDB-TABLE-060, 177).
    let old = { describe::described(&name, table(call)?.1, now) };
    if let Some(on) = call.flag("DeletionProtectionEnabled") {
        protect(call, on)?;
    } else if call.input.contains_key("SSESpecification") {
        encrypt(call)?;
    } else {
        let changes = call.list("GlobalSecondaryIndexUpdates").to_vec();
        let structural = changes.iter().any(|it| it.get("Create").is_some() || it.get("Delete").is_some());
        if structural {
            reindex(call, &changes)?;
        } else {
            pay(call, &changes)?;
        }
    }
    Ok(json!({ "TableDescription": old }))
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

/// Takes 21 to 23 s under an active table (DDB-TABLE-140); four changes in a day (DDB-TABLE-082); the same key
/// again is refused (DDB-TABLE-442).
fn encrypt(call: &mut Call<'_>) -> Result<(), Refusal> {
    let wish = encryption(call)?.flatten();
    let (now, took, shown) = (call.now, call.between(21_000, 23_000), call.between(8_000, 9_000));
    let (name, table) = table(call)?;
    if let Some(refused) = table.busy(&name, now) {
        return Err(refused);
    }
    if table.sse.key == wish {
        return Err(invalid(match wish {
            Some(_) => "Table is already encrypted with given KMSMasterKeyId",
            None => "Table is already encrypted by default",
        }));
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

/// One index is made or removed at a time (DDB-TABLE-382); making one takes 8 to 17 minutes even on an empty
/// table, which reads as active meanwhile (DDB-TABLE-148).
fn reindex(call: &mut Call<'_>, changes: &[Value]) -> Result<(), Refusal> {
    let only_one = || {
        let words = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table";
        refusal(400, "LimitExceededException", words)
    };
    let structural: Vec<_> =
        changes.iter().filter(|it| it.get("Create").is_some() || it.get("Delete").is_some()).collect();
    let [change] = structural[..] else { return Err(only_one()) };
    let (now, build, remove, restore) = (
        call.now,
        call.between(8 * 60_000, 17 * 60_000),
        call.between(20_000, 120_000),
        call.between(2_000, 6_000),
    );
    let types = create::types(call);
    let (name, table) = table(call)?;
    if table.indexes.iter().any(|(_, index)| index.status != Status::Active) {
        return Err(only_one());
    }
    if now < table.sse.until {
        let words = format!("Table is being updated for Server-Side Encryption: {name}");
        return Err(refusal(400, "ResourceInUseException", words));
    }
    if let Some(wish) = change.get("Create") {
        add(table, wish, &types, now + build)?;
    } else {
        let index = change["Delete"]["IndexName"].as_str().unwrap_or_default();
        let Some((_, found)) = table.indexes.iter_mut().find(|(name, _)| name == index) else {
            let words = format!("Requested resource not found: index {index}");
            return Err(refusal(400, "ResourceNotFoundException", words));
        };
        found.status = Status::Deleting(now + remove);
    }
    table.status = Status::Updating(now + restore);
    Ok(())
}

fn add(
    table: &mut Table,
    wish: &Value,
    types: &std::collections::BTreeMap<String, String>,
    ready: u64,
) -> Result<(), Refusal> {
    let (index, made) = create::index(wish, table.on_demand, Status::Creating(ready))?;
    if table.indexes.iter().any(|(name, _)| *name == index) {
        return Err(invalid(format!(
            "One or more parameter values were invalid: Duplicate index name: {index}"
        )));
    }
    if table.indexes.len() >= 20 {
        let words = "Subscriber limit exceeded: GlobalSecondaryIndex count exceeds per-table limit of 20";
        return Err(refusal(400, "LimitExceededException", words));
    }
    // The types of new key attributes must come along (DDB-TABLE-162).
    for name in names(&made.keys) {
        let Some(kind) = types.get(&name).or_else(|| table.types.get(&name)).cloned() else {
            let words = "One or more parameter values were invalid: Some index key attributes are not defined in \
                         AttributeDefinitions";
            return Err(invalid(format!("{words}. Keys: [{name}]")));
        };
        table.types.insert(name, kind);
    }
    table.indexes.push((index, made));
    Ok(())
}

/// Mode and units of the table and its indexes. To provisioned takes 60 to 98 s, back 129 to 172 s, other units
/// seconds (DDB-TABLE-056); units that stay are refused (DDB-TABLE-057).
fn pay(call: &mut Call<'_>, changes: &[Value]) -> Result<(), Refusal> {
    let mode = call.text("BillingMode").map(|mode| mode == "PAY_PER_REQUEST");
    let wish = call.input.get("ProvisionedThroughput").and_then(units);
    let limit = call.input.get("OnDemandThroughput").cloned();
    let now = call.now;
    let times = (call.between(60_000, 98_000), call.between(129_000, 172_000), call.between(5_000, 20_000));
    let (name, table) = table(call)?;
    if let Some(refused) = table.busy(&name, now) {
        return Err(refused);
    }
    let resized = |index: &str| {
        let change = changes.iter().find(|it| it["Update"]["IndexName"] == index)?;
        units(&change["Update"]["ProvisionedThroughput"])
    };
    let to_on_demand = mode.unwrap_or(table.on_demand);
    let limit = create::ceiling(limit.as_ref(), to_on_demand)?;
    match (table.on_demand, to_on_demand) {
        (true, true) => {
            let limits: Vec<_> = table.indexes.iter().map(|(index, _)| limited(changes, index)).collect();
            for ((_, index), limit) in table.indexes.iter_mut().zip(limits) {
                index.ceiling = limit?.unwrap_or(index.ceiling);
            }
            table.ceiling = limit.unwrap_or(table.ceiling);
            begin(table, now + times.2);
            Ok(())
        }
        (false, true) => {
            if wish.is_some() {
                return Err(invalid(
                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
                ));
            }
            table.counts.to_on_demand.retain(|at| now < at + DAY);
            if table.counts.to_on_demand.len() >= 4 {
                // The words when it was once a day (aws-amplify/amplify-cli issue 1054).
                let words = "Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 1 day(s).";
                return Err(refusal(400, "LimitExceededException", words));
            }
            table.counts.to_on_demand.push(now);
            table.on_demand = true;
            table.ceiling = limit.unwrap_or_default();
            table.units = (0, 0);
            table.indexes.iter_mut().for_each(|(_, index)| index.units = (0, 0));
            begin(table, now + times.1);
            Ok(())
        }
        (true, false) => {
            let wish = wish.ok_or_else(|| invalid("No provisioned throughput specified for the table"))?;
            let all: Option<Vec<_>> = table.indexes.iter().map(|(name, _)| resized(name)).collect();
            let all = all.ok_or_else(|| invalid("No provisioned throughput specified for the index"))?;
            table.on_demand = false;
            table.ceiling = Ceiling::default();
            table.indexes.iter_mut().for_each(|(_, index)| index.ceiling = Ceiling::default());
            table.units = wish;
            table.indexes.iter_mut().zip(all).for_each(|((_, index), units)| index.units = units);
            begin(table, now + times.0);
            Ok(())
        }
        (false, false) => {
            if wish.is_some_and(|wish| wish == table.units) {
                return Err(invalid(format!(
                    "The provisioned throughput for the table will not change. The requested value equals the current value. Table: {name}"
                )));
            }
            let same =
                |(name, index): &(String, Index)| resized(name).is_some_and(|units| units == index.units);
            if let Some((index, _)) = table.indexes.iter().find(|it| same(it)) {
                return Err(invalid(format!(
                    "The provisioned throughput for the index {index} will not change."
                )));
            }
            let fewer = |(read, write): (i64, i64), now: (i64, i64)| read < now.0 || write < now.1;
            let decreases = wish.is_some_and(|wish| fewer(wish, table.units))
                || table.indexes.iter().any(|(name, it)| resized(name).is_some_and(|to| fewer(to, it.units)));
            if decreases {
                count_decrease(&name, table, now)?;
            }
            table.units = wish.unwrap_or(table.units);
            for (name, index) in &mut table.indexes {
                index.units = resized(name).unwrap_or(index.units);
            }
            begin(table, now + times.2);
            Ok(())
        }
    }
}

/// The ceiling that a change gives an index.
fn limited(changes: &[Value], index: &str) -> Result<Option<Ceiling>, Refusal> {
    let change = changes.iter().find(|it| it["Update"]["IndexName"] == index);
    create::ceiling(change.and_then(|it| it["Update"].get("OnDemandThroughput")), true)
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
