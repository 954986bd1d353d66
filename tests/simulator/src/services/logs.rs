//! CloudWatch Logs: groups with retention, key, protection and tags.
use crate::{
    call::{Call, PageSizes, Tags, check_tags},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A log group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) retention: Option<i64>,
    pub(crate) key: Option<String>,
    pub(crate) tags: Tags,
    pub(crate) protected: bool,
    /// Subscription filters by name.
    pub(crate) filters: BTreeMap<String, Value>,
    metric_filters: usize,
    /// Whether a data protection policy masks its events.
    masks: bool,
    created: u64,
    /// Until when a change to it collides with the one before.
    busy: u64,
    /// Events by time, each with its line.
    events: Vec<(i64, String)>,
}

/// Groups by name.
#[derive(Clone, Default)]
pub(crate) struct Logs {
    pub(crate) groups: BTreeMap<String, Group>,
    /// What readers are shown of groups that were changed.
    shown: BTreeMap<String, Slot<Group>>,
}

impl Logs {
    /// Shows readers what stands.
    pub(crate) fn show_all(&mut self) {
        self.shown.clear();
    }
}

/// Days that events may be kept (CloudWatch Logs API reference, `PutRetentionPolicy`).
const RETENTION: [i64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "CreateLogGroup" => create(call),
        "DescribeLogGroups" => describe(call),
        "DeleteLogGroup" => delete(call),
        "PutRetentionPolicy" => {
            let days = call.number("retentionInDays").unwrap_or_default();
            if !RETENTION.contains(&days) {
                return Err(invalid(format!("'{days}' is not one of {RETENTION:?}")));
            }
            change(call, |group| group.retention = Some(days))
        }
        "PutLogGroupDeletionProtection" => protect(call),
        "DeleteRetentionPolicy" => change(call, |group| group.retention = None),
        "AssociateKmsKey" => associate(call),
        "DisassociateKmsKey" => change(call, |group| group.key = None),
        "ListTagsForResource" => {
            let name = named(call)?;
            let group = call.here.logs.groups.get(&name).ok_or_else(absent)?;
            Ok(json!({ "tags": seen(call, &name, group).tags }))
        }
        "TagResource" => tag(call),
        "UntagResource" => untag(call),
        "PutSubscriptionFilter" => put_filter(call),
        "DescribeSubscriptionFilters" => describe_filters(call),
        "DeleteSubscriptionFilter" => {
            let filter = call.need("filterName", "InvalidParameterException")?;
            change(call, |group| drop(group.filters.remove(&filter)))
        }
        "PutMetricFilter" => change(call, |group| group.metric_filters += 1),
        "PutDataProtectionPolicy" => {
            let name = call.need("logGroupIdentifier", "InvalidParameterException")?;
            change_of(call, &name, |group| group.masks = true)
        }
        "PutLogEvents" => {
            let events = call.list("logEvents").to_vec();
            change(call, |group| {
                let events = events.iter().filter_map(|one| {
                    Some((one["timestamp"].as_i64()?, one["message"].as_str()?.to_owned()))
                });
                group.events.extend(events);
                group.events.sort_by_key(|(time, _)| *time);
            })
        }
        "FilterLogEvents" => filter_events(call),
        _ => super::unknown(call),
    }
}

fn absent() -> Refusal {
    refusal(400, "ResourceNotFoundException", "The specified log group does not exist.")
}

fn invalid(words: impl Into<String>) -> Refusal {
    refusal(400, "InvalidParameterException", words)
}

/// Two changes to one group at the same time collide (CloudWatch Logs API reference,
/// `OperationAbortedException`).
fn change(call: &mut Call<'_>, change: impl FnOnce(&mut Group)) -> Answer {
    let name = call.need("logGroupName", "InvalidParameterException")?;
    change_of(call, &name, change)
}

fn change_of(call: &mut Call<'_>, name: &str, change: impl FnOnce(&mut Group)) -> Answer {
    let (now, busy, lag) = (call.now, call.now + call.lag(60), call.lag(1_500));
    let group = call.here.logs.groups.get_mut(name).ok_or_else(absent)?;
    if call.now < group.busy {
        let words =
            "A conflicting operation is currently in progress against this resource. Please try again.";
        return Err(refusal(400, "OperationAbortedException", words));
    }
    group.busy = busy;
    let slot = call.here.logs.shown.entry(name.to_owned()).or_default();
    slot.set(now, 0, Some(group.clone()));
    change(group);
    slot.set(now, lag, Some(group.clone()));
    Ok(json!({}))
}

/// A group as readers see it: a change may show late.
fn seen<'a>(call: &'a Call<'_>, name: &str, group: &'a Group) -> &'a Group {
    let slot = call.here.logs.shown.get(name).filter(|_| call.switches.late_reads);
    slot.and_then(|slot| slot.seen(call.now, call.stale)).unwrap_or(group)
}

/// The key must exist and its policy let CloudWatch Logs use it for this group (CloudWatch Logs guide, "Encrypt
/// log data"; texts: hashicorp/terraform-provider-aws issues 8042 and 29282, hashicorp/terraform issue 24194).
fn check_key(call: &Call<'_>, group: &str, key: &str) -> Result<(), Refusal> {
    if !key.starts_with("arn:") {
        return Err(invalid("The specified KMS Key Id could not be found."));
    }
    let arn = call.arn("logs", &format!("log-group:{group}"));
    let service = format!("logs.{}.amazonaws.com", call.region);
    let allowed = call.here.kms.usable(key, call.now).map(|key| key.allows_logs(&service, &arn, call.now));
    if allowed == Ok(true) {
        return Ok(());
    }
    let code =
        if call.switches.logs_says_denied { "AccessDeniedException" } else { "InvalidParameterException" };
    let words = "The specified KMS key does not exist or is not allowed to be used with Arn";
    Err(refusal(400, code, format!("{words} '{arn}'")))
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.need("logGroupName", "InvalidParameterException")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
    if name.len() > 512 || !name.chars().all(fits) || name.starts_with("aws/") {
        return Err(invalid(format!("'{name}' is not a valid log group name")));
    }
    let tags = call.map("tags");
    if call.input.contains_key("tags") && tags.is_empty() {
        // An empty map is refused (service model: 1 to 50).
        return Err(invalid("Value '{}' at 'tags' failed to satisfy constraint"));
    }
    check_tags(&tags, "InvalidParameterException")?;
    if call.here.logs.groups.contains_key(&name) {
        let words = "The specified log group already exists";
        return Err(refusal(400, "ResourceAlreadyExistsException", words));
    }
    let key = call.text("kmsKeyId").map(str::to_owned);
    if let Some(key) = &key {
        check_key(call, &name, key)?;
    }
    let group = Group {
        key,
        tags: tags.clone(),
        protected: call.flag("deletionProtectionEnabled") == Some(true),
        created: call.now,
        ..Group::default()
    };
    let arn = call.arn("logs", &format!("log-group:{name}"));
    call.here.logs.shown.remove(&name);
    call.here.logs.groups.insert(name, group);
    call.index(&arn, Some(&tags));
    Ok(json!({}))
}

/// Groups under a prefix in order of name; `arn` ends in `:*`, `logGroupArn` does not, and what is not set is
/// absent (CloudWatch Logs API reference, `LogGroup`).
fn describe(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("logGroupNamePrefix").unwrap_or_default();
    let all =
        call.here.logs.groups.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix));
    let all: Vec<Value> = all
        .map(|(name, group)| {
            let group = seen(call, name, group);
            let arn = call.arn("logs", &format!("log-group:{name}"));
            let mut one = json!({
                "logGroupName": name, "arn": format!("{arn}:*"), "logGroupArn": arn, "metricFilterCount": group.metric_filters,
                "storedBytes": 0, "creationTime": group.created, "logGroupClass": "STANDARD",
            });
            if let Some(days) = group.retention {
                one["retentionInDays"] = days.into();
            }
            if let Some(key) = &group.key {
                one["kmsKeyId"] = key.as_str().into();
            }
            if group.masks {
                one["dataProtectionStatus"] = "ACTIVATED".into();
            }
            if group.protected {
                one["deletionProtectionEnabled"] = true.into();
            }
            one
        })
        .collect();
    // CloudWatch Logs API reference, `DescribeLogGroups`.
    let (page, next) = call.page(all, call.text("nextToken"), call.number("limit"), PageSizes::fixed(50));
    Ok(match next {
        Some(next) => json!({ "logGroups": page, "nextToken": next }),
        None => json!({ "logGroups": page }),
    })
}

/// At most two for a group (CloudWatch Logs guide, "CloudWatch Logs quotas").
fn put_filter(call: &mut Call<'_>) -> Answer {
    let (group, name) = (
        call.need("logGroupName", "InvalidParameterException")?,
        call.need("filterName", "InvalidParameterException")?,
    );
    let filter = json!({ "filterName": name, "logGroupName": group,
        "destinationArn": call.need("destinationArn", "InvalidParameterException")?,
        "filterPattern": call.text("filterPattern").unwrap_or_default() });
    let standing = call.here.logs.groups.get(&group).ok_or_else(absent)?;
    if standing.filters.len() >= 2 && !standing.filters.contains_key(&name) {
        return Err(refusal(400, "LimitExceededException", "Resource limit exceeded."));
    }
    change(call, |group| drop(group.filters.insert(name, filter)))
}

fn describe_filters(call: &mut Call<'_>) -> Answer {
    let name = call.need("logGroupName", "InvalidParameterException")?;
    let group = call.here.logs.groups.get(&name).ok_or_else(absent)?;
    let all = seen(call, &name, group).filters.values().cloned().collect();
    let (page, next) = call.page(all, call.text("nextToken"), call.number("limit"), PageSizes::fixed(50));
    Ok(match next {
        Some(next) => json!({ "subscriptionFilters": page, "nextToken": next }),
        None => json!({ "subscriptionFilters": page }),
    })
}

/// Events from a time on, oldest first (CloudWatch Logs API reference, `FilterLogEvents`: as many as 10,000).
fn filter_events(call: &mut Call<'_>) -> Answer {
    let name = call.need("logGroupName", "InvalidParameterException")?;
    let since = call.number("startTime").unwrap_or_default();
    let group = call.here.logs.groups.get(&name).ok_or_else(absent)?;
    let all = group.events.iter().enumerate().filter(|(_, (time, _))| *time >= since);
    let all = all.map(|(at, (time, line))| {
        json!({ "eventId": format!("{name} {at}"), "timestamp": time, "message": line, "logStreamName": "one" })
    });
    let all = all.collect();
    let (page, next) = call.page(all, call.text("nextToken"), call.number("limit"), PageSizes::fixed(10_000));
    Ok(match next {
        Some(next) => json!({ "events": page, "nextToken": next }),
        None => json!({ "events": page }),
    })
}

/// The group is named, or its ARN is (API reference, `PutLogGroupDeletionProtection`).
fn protect(call: &mut Call<'_>) -> Answer {
    let group = call.need("logGroupIdentifier", "InvalidParameterException")?;
    let name = group.split_once(":log-group:").map_or(group.as_str(), |(_, name)| name).to_owned();
    let on = call.flag("deletionProtectionEnabled") == Some(true);
    change_of(call, &name, |group| group.protected = on)
}

fn delete(call: &mut Call<'_>) -> Answer {
    let name = call.need("logGroupName", "InvalidParameterException")?;
    let group = call.here.logs.groups.get(&name).ok_or_else(absent)?;
    if group.protected {
        let words = "The log group is protected against deletion";
        return Err(refusal(400, "ValidationException", words));
    }
    change(call, |_| ())?;
    call.here.logs.groups.remove(&name);
    call.here.logs.shown.remove(&name);
    call.index(&call.arn("logs", &format!("log-group:{name}")), None);
    Ok(json!({}))
}

fn associate(call: &mut Call<'_>) -> Answer {
    let name = call.need("logGroupName", "InvalidParameterException")?;
    let key = call.need("kmsKeyId", "InvalidParameterException")?;
    check_key(call, &name, &key)?;
    change(call, |group| group.key = Some(key))
}

/// The group that an ARN names; the tag calls want it without `:*` (CloudWatch Logs API reference,
/// `TagResource`).
fn named(call: &Call<'_>) -> Result<String, Refusal> {
    let arn = call.need("resourceArn", "InvalidParameterException")?;
    let name = arn.split_once(":log-group:").map(|(_, name)| name.to_owned());
    name.filter(|name| !name.ends_with(":*")).ok_or_else(|| invalid(format!("'{arn}' is not a valid ARN")))
}

fn retag(call: &mut Call<'_>, edit: impl FnOnce(&mut Tags)) -> Answer {
    let name = named(call)?;
    change_of(call, &name, |group| edit(&mut group.tags))?;
    let tags = call.here.logs.groups.get(&name).map(|group| group.tags.clone());
    call.index(&call.arn("logs", &format!("log-group:{name}")), tags.as_ref());
    Ok(json!({}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.map("tags");
    check_tags(&tags, "InvalidParameterException")?;
    retag(call, |all| all.extend(tags))
}

fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("tagKeys");
    retag(call, |all| all.retain(|key, _| !keys.contains(key)))
}
