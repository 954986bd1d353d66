//! What is kept beside a table: expiry, recovery and tags.
use super::{Status, Table, absent, in_use, invalid, table, wrong};
use crate::{
    call::{Call, PageSizes, Tags},
    reply::{Answer, Refusal, refusal},
};
use serde_json::{Value, json};

/// Not told while the table is made or deleted (DDB-TABLE-115, 118); a disabled one never names its attribute
/// (DDB-TABLE-144).
pub(super) fn describe_ttl(call: &mut Call<'_>) -> Answer {
    let now = call.now;
    let (_, table) = table(call)?;
    if let Status::Creating(_) | Status::Deleting(_) = table.status {
        let state = table.status.word();
        return Err(invalid(format!(
            "Cannot describe time to live while table is in {state} state: Current table state is {state}"
        )));
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
    if table.is_hidden(now, 40) {
        return Err(absent(&name));
    }
    if let Status::Creating(_) = table.status {
        return Err(in_use(format!("Table {name} is being created")));
    }
    if let Some(refused) = table.archived(&name).or_else(|| table.without_key(now)) {
        return Err(refused);
    }
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

fn no_table(name: &str) -> Refusal {
    refusal(400, "TableNotFoundException", format!("Table not found: {name}"))
}

/// The table whose backups are asked about: it is not known at first, nor soon after its deletion began, and has a code
/// of its own for that (DDB-TABLE-098, 115, 118, 374).
fn backed_up<'a>(call: &'a mut Call<'_>) -> Result<(String, &'a mut Table), Refusal> {
    let (now, name) = (call.now, call.need("TableName", "ValidationException")?);
    match table(call) {
        Ok((_, table)) if !table.is_hidden(now, 40) && !table.left_for(now, 1_100) => Ok((name, table)),
        _ => Err(no_table(&name)),
    }
}

/// Continuous backups come on by themselves; recovery is a choice (DDB-TABLE-083, 111).
pub(super) fn describe_backups(call: &mut Call<'_>) -> Answer {
    let now = call.now;
    let (_, table) = backed_up(call)?;
    Ok(backups(table, now))
}

fn backups(table: &Table, now: u64) -> Value {
    let recovery = match table.recovery {
        Some(days) => json!({ "PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": days }),
        None => json!({ "PointInTimeRecoveryStatus": "DISABLED" }),
    };
    let status = if now < table.backups { "DISABLED" } else { "ENABLED" };
    json!({ "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": status, "PointInTimeRecoveryDescription": recovery } })
}

/// Not available until 1 to 3 s after the table is active (DDB-TABLE-111, 115).
pub(super) fn update_backups(call: &mut Call<'_>) -> Answer {
    let wish = call.input.get("PointInTimeRecoverySpecification").cloned().unwrap_or_default();
    let (on, days) = (wish["PointInTimeRecoveryEnabled"] == true, wish["RecoveryPeriodInDays"].as_i64());
    // DDB-TABLE-084.
    if days.is_some() && !on {
        return Err(invalid(
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.",
        ));
    }
    let now = call.now;
    let (name, table) = backed_up(call)?;
    if let Some(refused) = table.archived(&name) {
        return Err(refused);
    }
    if now < table.backups {
        let words = format!("Backups are being enabled for the table: {name}. Please retry later");
        return Err(refusal(400, "ContinuousBackupsUnavailableException", words));
    }
    table.recovery = on.then(|| days.unwrap_or(35));
    Ok(backups(table, now))
}

/// The table that an ARN names, as the tag calls know it: they learn of it late and forget it early (DDB-TABLE-101,
/// 104, 374), and do not know another account's (tests/tier2/tags of paritysuite/dynamodb-conformance, DDB-TABLE-071).
pub(super) fn tagged<'a>(call: &'a mut Call<'_>) -> Result<(String, &'a mut Table), Refusal> {
    let arn = call.need("ResourceArn", "ValidationException")?;
    if !arn.starts_with("arn:") {
        return Err(wrong(format!("ARNs must start with 'arn:': {arn}")));
    }
    if arn.split(':').nth(4) != Some(call.account) {
        return Err(refusal(400, "AccessDeniedException", "Access is denied"));
    }
    let (now, name) = (call.now, arn.rsplit(":table/").next().unwrap_or_default().to_owned());
    let unknown = || {
        refusal(
            400,
            "ResourceNotFoundException",
            format!("Requested resource not found: ResourceArn: {arn} not found"),
        )
    };
    match call.here.dynamodb.tables.get_mut(&name) {
        Some(table) if !table.is_hidden(now, 85) && !table.left_for(now, 1_600) => Ok((name, table)),
        _ => Err(unknown()),
    }
}

pub(super) fn list_tags(call: &mut Call<'_>) -> Answer {
    let (now, stale) = (call.now, call.stale);
    let (_, table) = tagged(call)?;
    let made = !matches!(table.status, Status::Creating(_));
    let seen = table.tags.seen(now, stale).filter(|_| made).cloned().unwrap_or_default();
    let all: Vec<_> = seen.iter().map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
    let (page, next) = call.page(all, call.text("NextToken"), None, PageSizes::fixed(100));
    Ok(match next {
        Some(next) => json!({ "Tags": page, "NextToken": next }),
        None => json!({ "Tags": page }),
    })
}

/// A change of tags.
enum Edit {
    Add(Tags),
    Remove(Vec<String>),
}

impl Edit {
    fn apply(&self, mut tags: Tags) -> Tags {
        match self {
            Self::Add(more) => tags.extend(more.clone()),
            Self::Remove(keys) => tags.retain(|key, _| !keys.contains(key)),
        }
        tags
    }

    /// The lock lets in only what sets the tags that are on their way, too (DDB-TABLE-440).
    fn passes(&self, sent: &Tags) -> bool {
        matches!(self, Self::Add(tags) if !sent.is_empty() && sent.iter().all(|(key, value)| tags.get(key) == Some(value)))
    }
}

/// An effective change locks the tags for 1.6 to 1.8 s (DDB-TABLE-103, 173, 440) and shows after 1.6 to 3 s
/// (DDB-TABLE-102); the same tags again are accepted (DDB-TABLE-441).
fn retag(call: &mut Call<'_>, edit: &Edit) -> Answer {
    let now = call.now;
    let (lock, lag) = (call.between(1_600, 1_800), call.lag(3_000));
    let (name, table) = tagged(call)?;
    let before = table.tags.now().cloned().unwrap_or_default();
    let tags = edit.apply(before.clone());
    match (table.status, edit) {
        (Status::Creating(_), Edit::Add(_)) => return Err(in_use(format!("Table is being created: {name}"))),
        (Status::Deleting(_), _) if tags != before => {
            return Err(in_use(format!("Table is being deleted: {name}")));
        }
        _ => {}
    }
    if let Some(refused) = table.archived(&name) {
        return Err(refused);
    }
    if now < table.tags_locked && !edit.passes(&table.tags_sent) {
        let words = format!("Subscriber limit exceeded: Table tags are being updated: {name}");
        return Err(refusal(400, "LimitExceededException", words));
    }
    if tags == before {
        return Ok(json!({}));
    }
    super::tags::check_count(&tags)?;
    table.tags.set(now, lag, Some(tags.clone()));
    table.tags_locked = now + lock;
    table.tags_sent = if let Edit::Add(tags) = edit { tags.clone() } else { Tags::new() };
    let arn = table.arn.clone();
    call.index(&arn, Some(&tags));
    Ok(json!({}))
}

pub(super) fn tag(call: &mut Call<'_>) -> Answer {
    let tags = super::tags::added(call.list("Tags"))?;
    retag(call, &Edit::Add(tags))
}

pub(super) fn untag(call: &mut Call<'_>) -> Answer {
    let keys = super::tags::removed(call.texts("TagKeys"))?;
    retag(call, &Edit::Remove(keys))
}
