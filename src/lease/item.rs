//! Converts a lease record to and from an item of the table.
use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::types::AttributeValue;

use super::{LeaseHolder, Record};
use crate::{
    aws::{Error, Result},
    manifest::defaults::LEASE_TABLE,
};

pub(super) type RecordItem = HashMap<String, AttributeValue>;

/// The table that all stacks of an account and region share.
pub const TABLE: &str = LEASE_TABLE;
/// Partition key: the name of the stack.
pub(super) const KEY: &str = "stack";
/// Expiry attribute: after this time, in seconds since 1970, `DynamoDB` removes the item.
pub(super) const TTL: &str = "remove_after";
/// Time that a record stays after its last use.
const KEPT: Duration = Duration::from_hours(90 * 24);

pub(super) fn write_item(stack: &str, record: &Record) -> RecordItem {
    let mut item = RecordItem::new();
    let mut text = |key: &str, value: &str| item.insert(key.into(), AttributeValue::S(value.into()));
    text(KEY, stack);
    text("grant", &record.grant);
    if let Some(holder) = &record.holder {
        text("who", &holder.who);
        text("host", &holder.host);
        text("command", &holder.command);
        holder.run.as_ref().map(|run| text("run", run));
    }
    let mut number = |key: &str, value: u64| item.insert(key.into(), AttributeValue::N(value.to_string()));
    number("token", record.token);
    number("beat", record.renewals);
    number("since", unix_seconds(record.since));
    number("renewed", unix_seconds(record.renewed));
    number("expires", unix_seconds(record.expires_at()));
    number("lasts", record.ttl.as_secs());
    number(TTL, unix_seconds(record.renewed + KEPT));
    record.holder.as_ref().map(|holder| number("pid", holder.pid.into()));
    item
}

/// # Errors
/// [`Error::InvalidState`] if the item is not one of ours.
pub(super) fn read_item(item: &RecordItem) -> Result<Record> {
    let text = |key: &str| item.get(key).and_then(|value| value.as_s().ok()).cloned();
    let number = |key: &str| item.get(key)?.as_n().ok()?.parse::<u64>().ok();
    let holder = |who| {
        Some(LeaseHolder {
            who,
            host: text("host")?,
            pid: number("pid")?.try_into().ok()?,
            command: text("command")?,
            run: text("run"),
        })
    };
    let record = || {
        Some(Record {
            holder: text("who").map_or(Some(None), |who| holder(who).map(Some))?,
            token: number("token")?,
            grant: text("grant")?,
            renewals: number("beat")?,
            since: time_from_unix(number("since")?)?,
            renewed: time_from_unix(number("renewed")?)?,
            ttl: Duration::from_secs(number("lasts")?),
        })
    };
    record().ok_or_else(|| {
        let stack = text(KEY).unwrap_or_default();
        Error::InvalidState(format!(
            "the record of `{stack}` in the table `{TABLE}` was not written by this tool: remove that item"
        ))
    })
}

fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Converts seconds since 1970 to a time for people; none for a number beyond all calendars.
fn time_from_unix(seconds: u64) -> Option<SystemTime> {
    const YEAR_9999: u64 = 253_402_300_799;
    (seconds <= YEAR_9999).then(|| UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> LeaseHolder {
        let run = Some("https://ci.example/1".to_owned());
        LeaseHolder {
            who: "arn:aws:iam::1:user/a".into(),
            host: "h".into(),
            pid: 7,
            command: "apply".into(),
            run,
        }
    }

    #[test]
    fn a_record_survives_the_table() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let held = Record::grant(None, holder(), Duration::from_mins(1), now);
        for record in [held.clone(), held.renew(now), held.released(now)] {
            assert_eq!(read_item(&write_item("shop", &record)).unwrap(), record);
        }
        assert_eq!(write_item("shop", &held)["expires"], AttributeValue::N("1700000060".into()));
    }

    #[test]
    fn an_item_of_somebody_else_is_an_error() {
        let mut item = write_item("shop", &Record::grant(None, holder(), Duration::ZERO, UNIX_EPOCH));
        item.insert("lasts".into(), AttributeValue::S("soon".into()));
        assert!(read_item(&item).unwrap_err().to_string().contains("`shop`"));
    }
}
