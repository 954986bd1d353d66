//! Converts a lease record to and from an item of the table.
use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::types::AttributeValue;

use super::{LONGEST, LeaseHolder, Record};
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
    number(TTL, unix_seconds(record.renewed.checked_add(KEPT).unwrap_or(record.renewed)));
    record.holder.as_ref().map(|holder| number("pid", holder.pid.into()));
    item
}

/// Highest number of seconds since 1970 that a calendar of people has a year for.
const YEAR_9999: u64 = 253_402_300_799;
/// Highest number of renewals: one every five seconds for six centuries.
const RENEWALS: u64 = u32::MAX as u64;

/// # Errors
/// [`Error::InvalidState`] if the item is not one of ours, or damaged.
pub(super) fn read_item(item: &RecordItem) -> Result<Record> {
    RecordAttributes(item).record().map_err(|attribute| {
        let stack = RecordAttributes(item).text(KEY).unwrap_or_default();
        Error::InvalidState(format!(
            "the record of `{stack}` in the table `{TABLE}` is damaged, or was not written by this tool: its `{attribute}` \
             is none that it writes; once no other run works on the stack, remove that item: \
             `aws dynamodb delete-item --table-name {TABLE} --key '{{\"{KEY}\":{{\"S\":\"{stack}\"}}}}'`"
        ))
    })
}

/// The attributes of an item; each error is the name of one that is missing or out of its bounds.
struct RecordAttributes<'a>(&'a RecordItem);

impl RecordAttributes<'_> {
    fn record(&self) -> Result<Record, &'static str> {
        Ok(Record {
            holder: self.optional("who", Self::holder)?,
            token: self.number("token", u64::MAX)?,
            grant: self.text("grant")?,
            renewals: self.number("beat", RENEWALS)?,
            since: self.time("since")?,
            renewed: self.time("renewed")?,
            ttl: Duration::from_secs(self.number("lasts", LONGEST.as_secs())?),
        })
    }

    fn holder(&self, who: &'static str) -> Result<LeaseHolder, &'static str> {
        Ok(LeaseHolder {
            who: self.text(who)?,
            host: self.text("host")?,
            pid: self.number("pid", u32::MAX.into())?.try_into().map_err(|_| "pid")?,
            command: self.text("command")?,
            run: self.optional("run", Self::text)?,
        })
    }

    fn optional<T>(
        &self,
        key: &'static str,
        read: impl Fn(&Self, &'static str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, &'static str> {
        self.0.contains_key(key).then(|| read(self, key)).transpose()
    }

    fn text(&self, key: &'static str) -> Result<String, &'static str> {
        self.0.get(key).and_then(|value| value.as_s().ok()).cloned().ok_or(key)
    }

    fn number(&self, key: &'static str, most: u64) -> Result<u64, &'static str> {
        let number = self.0.get(key).and_then(|value| value.as_n().ok()?.parse().ok());
        number.filter(|number| *number <= most).ok_or(key)
    }

    fn time(&self, key: &'static str) -> Result<SystemTime, &'static str> {
        let since_1970 = Duration::from_secs(self.number(key, YEAR_9999)?);
        UNIX_EPOCH.checked_add(since_1970).ok_or(key)
    }
}

fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lease::{Error, LeaseLoss};

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

    fn with(key: &str, value: AttributeValue) -> RecordItem {
        let mut item = write_item("shop", &Record::grant(None, holder(), Duration::ZERO, UNIX_EPOCH));
        item.insert(key.into(), value);
        item
    }

    #[test]
    fn a_damaged_item_is_an_error_that_says_what_to_do() {
        let number = |number: u64| AttributeValue::N(number.to_string());
        for (key, value) in [
            ("lasts", AttributeValue::S("soon".into())),
            ("lasts", number(u64::MAX)),
            ("lasts", number(LONGEST.as_secs() + 1)),
            ("beat", number(u64::MAX)),
            ("since", number(u64::MAX)),
            ("renewed", number(YEAR_9999 + 1)),
            ("token", AttributeValue::N("1e99".into())),
            ("pid", number(u64::MAX)),
            ("who", number(1)),
            ("run", AttributeValue::Null(true)),
        ] {
            let error = read_item(&with(key, value.clone())).unwrap_err().to_string();
            let words = ["`shop`", &format!("its `{key}`"), "delete-item", r#"'{"stack":{"S":"shop"}}'"#];
            assert!(words.iter().all(|words| error.contains(words)), "{key} {value:?}: {error}");
        }
    }

    #[test]
    fn the_largest_numbers_that_are_read_overflow_nothing() {
        let mut item = with("lasts", AttributeValue::N(LONGEST.as_secs().to_string()));
        for (key, most) in
            [("token", u64::MAX), ("beat", RENEWALS), ("since", YEAR_9999), ("renewed", YEAR_9999)]
        {
            item.insert(key.into(), AttributeValue::N(most.to_string()));
        }
        examine(&item);
        assert!(read_item(&item).is_ok());
    }

    /// Reads an item and uses the record as a run does that waits for it, takes it over or finds it to be its own.
    fn examine(item: &RecordItem) {
        let Ok(record) = read_item(item) else { return };
        let now = SystemTime::now();
        let told = [
            Error::Held(Box::new(record.clone())).to_string(),
            LeaseLoss::Taken(Some(Box::new(record.clone()))).to_string(),
        ];
        let next = Record::grant(Some(&record), holder(), record.ttl, now);
        assert!(next.token >= record.token && !next.is_same_state(&record), "{told:?}");
        for record in [record.renew(now), record.released(now), record.renew(record.expires_at()), next] {
            let _ = write_item("shop", &record);
        }
    }

    fn any_attribute() -> impl Strategy<Value = AttributeValue> {
        let numbers = prop_oneof![
            any::<u64>().prop_map(|number| number.to_string()),
            any::<i128>().prop_map(|number| number.to_string()),
            prop::sample::select(&["0", "60", "-0", "1e30", "18446744073709551615", "253402300799", ""][..])
                .prop_map(str::to_owned),
        ];
        prop_oneof![
            numbers.prop_map(AttributeValue::N),
            any::<String>().prop_map(AttributeValue::S),
            any::<bool>().prop_map(AttributeValue::Bool),
            Just(AttributeValue::Null(true)),
            Just(AttributeValue::L(vec![AttributeValue::Null(true)])),
            Just(AttributeValue::M(RecordItem::new())),
        ]
    }

    // PROPTEST_CASES in the environment says how much is tried.
    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_item_is_a_record_or_an_error(item in prop::collection::hash_map(any::<String>(), any_attribute(), 0..12)) {
            examine(&item);
        }

        #[test]
        fn any_change_of_a_record_is_a_record_or_an_error(
            edits in prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(any_attribute())), 1..6),
        ) {
            let mut item = write_item("shop", &Record::grant(None, holder(), LONGEST, SystemTime::now()));
            let mut keys: Vec<String> = item.keys().cloned().collect();
            keys.sort();
            for (which, value) in edits {
                let key = which.get(&keys).clone();
                match value {
                    Some(value) => drop(item.insert(key, value)),
                    None => drop(item.remove(&key)),
                }
            }
            examine(&item);
        }
    }
}
