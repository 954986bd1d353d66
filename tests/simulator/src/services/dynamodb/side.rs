//! What is kept beside a table: expiry, recovery and tags.
use super::{Status, Table, absent, invalid, table, tagged};
use crate::{
    call::{Call, PageSizes, Tags, check_tags},
    reply::{Answer, Refusal, refusal},
};
use serde_json::{Value, json};

/// Not told while the table is being made (DDB-TABLE-075); a disabled one never names its attribute
/// (DDB-TABLE-144).
pub(super) fn describe_ttl(call: &mut Call<'_>) -> Answer {
    let now = call.now;
    let (name, table) = table(call)?;
    match table.status {
        Status::Creating(_) => {
            return Err(invalid("Cannot describe time to live while table is in CREATING state"));
        }
        Status::Deleting(_) => return Err(absent(&name)),
        _ => {}
    }
    let shown = if now < table.ttl_seen { &table.ttl_before } else { &table.ttl };
    let description = match shown {
        Some(attribute) => json!({ "TimeToLiveStatus": "ENABLED", "AttributeName": attribute }),
        None => json!({ "TimeToLiveStatus": "DISABLED" }),
    };
    Ok(json!({ "TimeToLiveDescription": description }))
}

/// A second effective change within half an hour or an hour is refused (DDB-TABLE-143), and so is what stands
/// already (DDB-TABLE-442).
pub(super) fn update_ttl(call: &mut Call<'_>) -> Answer {
    let wish = call.input.get("TimeToLiveSpecification").cloned().unwrap_or_default();
    let (on, attribute) =
        (wish["Enabled"] == true, wish["AttributeName"].as_str().unwrap_or_default().to_owned());
    let (now, seen) = (call.now, call.lag(2_000));
    let cooldown = call.switches.ttl_cooldown_minutes * 60_000;
    let (name, table) = table(call)?;
    not_yet(&name, table)?;
    match (&table.ttl, on) {
        (Some(current), true) if *current == attribute => {
            return Err(invalid("TimeToLive is already enabled"));
        }
        (None, false) => return Err(invalid("TimeToLive is already disabled")),
        (Some(current), _) if *current != attribute => {
            return Err(invalid(format!(
                "TimeToLive is active on a different AttributeName: current AttributeName is {current}"
            )));
        }
        _ => {}
    }
    if table.ttl_changed.is_some_and(|at| now < at + cooldown) {
        return Err(invalid("Time to live has been modified multiple times within a fixed interval"));
    }
    table.ttl_before = std::mem::replace(&mut table.ttl, on.then_some(attribute));
    (table.ttl_changed, table.ttl_seen) = (Some(now), now + seen);
    Ok(json!({ "TimeToLiveSpecification": wish }))
}

/// A table that is being made is not found by the calls beside it (DDB-TABLE-075, 101); one that goes is in use.
fn not_yet(name: &str, table: &Table) -> Result<(), Refusal> {
    match table.status {
        Status::Creating(_) => Err(absent(name)),
        Status::Deleting(_) => {
            Err(refusal(400, "ResourceInUseException", format!("Table is being deleted: {name}")))
        }
        _ => Ok(()),
    }
}

fn no_table(name: &str) -> Refusal {
    refusal(400, "TableNotFoundException", format!("Table not found: {name}"))
}

/// The table whose backups are asked about; a missing one has a code of its own here (DDB-TABLE-098).
fn backed_up<'a>(call: &'a mut Call<'_>) -> Result<(String, &'a mut Table), Refusal> {
    let name = call.need("TableName", "ValidationException")?;
    match table(call) {
        Ok((_, table)) if !matches!(table.status, Status::Creating(_) | Status::Deleting(_)) => {
            Ok((name, table))
        }
        _ => Err(no_table(&name)),
    }
}

/// Continuous backups are on for every table; recovery is a choice (DDB-TABLE-083).
pub(super) fn describe_backups(call: &mut Call<'_>) -> Answer {
    let (_, table) = backed_up(call)?;
    Ok(backups(table))
}

fn backups(table: &Table) -> Value {
    let recovery = match table.recovery {
        Some(days) => json!({ "PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": days }),
        None => json!({ "PointInTimeRecoveryStatus": "DISABLED" }),
    };
    json!({ "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery } })
}

/// Not available until 1 to 3 s after the table is active (DDB-TABLE-111, 115).
pub(super) fn update_backups(call: &mut Call<'_>) -> Answer {
    let wish = call.input.get("PointInTimeRecoverySpecification").cloned().unwrap_or_default();
    let (on, days) = (wish["PointInTimeRecoveryEnabled"] == true, wish["RecoveryPeriodInDays"].as_i64());
    // DDB-TABLE-083.
    if days.is_some_and(|days| !on || !(1..=35).contains(&days)) {
        return Err(invalid(
            "RecoveryPeriodInDays must be between 1 and 35 and needs point in time recovery",
        ));
    }
    let now = call.now;
    let (name, table) = backed_up(call)?;
    if now < table.backups {
        let words = format!("Backups are being enabled for the table: {name}. Please retry later");
        return Err(refusal(400, "ContinuousBackupsUnavailableException", words));
    }
    table.recovery = on.then(|| days.unwrap_or(35));
    Ok(backups(table))
}

pub(super) fn list_tags(call: &mut Call<'_>) -> Answer {
    let (now, stale) = (call.now, call.stale);
    let (_, table) = tagged(call)?;
    let seen = table.tags.seen(now, stale).cloned().unwrap_or_default();
    let all: Vec<_> = seen.iter().map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
    let (page, next) = call.page(all, call.text("NextToken"), None, PageSizes::fixed(100));
    Ok(match next {
        Some(next) => json!({ "Tags": page, "NextToken": next }),
        None => json!({ "Tags": page }),
    })
}

/// An effective change locks the tags for 1.6 to 1.8 s (DDB-TABLE-103, 173, 440) and shows after 1.6 to 3 s
/// (DDB-TABLE-102); the same tags again are accepted (DDB-TABLE-441).
fn retag(call: &mut Call<'_>, edit: impl FnOnce(&mut Tags)) -> Answer {
    let now = call.now;
    let (lock, lag) = (call.between(1_600, 1_800), call.lag(3_000));
    let (name, table) = tagged(call)?;
    if matches!(table.status, Status::Deleting(_)) {
        return Err(refusal(400, "ResourceInUseException", format!("Table is being deleted: {name}")));
    }
    let mut tags = table.tags.now().cloned().unwrap_or_default();
    edit(&mut tags);
    if table.tags.now() == Some(&tags) {
        return Ok(json!({}));
    }
    if now < table.tags_locked {
        let words = format!("Subscriber limit exceeded: Table tags are being updated: {name}");
        return Err(refusal(400, "LimitExceededException", words));
    }
    check_tags(&tags, "ValidationException")?;
    table.tags.set(now, lag, Some(tags.clone()));
    table.tags_locked = now + lock;
    let arn = table.arn.clone();
    call.index(&arn, Some(&tags));
    Ok(json!({}))
}

pub(super) fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.pairs("Tags", "Key", "Value");
    retag(call, |all| all.extend(tags))
}

pub(super) fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("TagKeys");
    retag(call, |all| all.retain(|key, _| !keys.contains(key)))
}
