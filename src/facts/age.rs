//! The age of the facts: a program that has not been renewed for long says so.
use std::time::Duration;

use serde_json::Value;

use super::FILES;
use crate::time::parse_timestamp;

/// Age from which the facts are said to be old.
const STALE: Duration = Duration::from_hours(90 * 24);

/// Returns the day on which the oldest fact was checked, such as `2026-01-31`.
#[must_use]
pub fn oldest_check() -> String {
    let files = FILES.iter().filter_map(|(_, text)| serde_json::from_str(text).ok());
    files.flat_map(|file: Value| checked_days(&file)).min().unwrap_or_default()
}

fn checked_days(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("checked").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(members.values().flat_map(checked_days)).collect()
        }
        Value::Array(items) => items.iter().flat_map(checked_days).collect(),
        _ => Vec::new(),
    }
}

/// Returns what to say on the day `today` about the age of the facts; nothing if all of them are fresh.
#[must_use]
pub fn age_note(today: &str) -> Option<String> {
    let checked = oldest_check();
    let midnight = |day: &str| parse_timestamp(&format!("{day}T00:00:00Z"));
    let age = midnight(today)?.duration_since(midnight(&checked)?).ok()?;
    (age > STALE).then(|| {
        let days = age.as_secs() / 86_400;
        format!(
            "what this version knows of AWS's limits, runtimes, models and prices was checked on {checked}, {days} \
             days ago; a newer version may know better"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_old_after_ninety_days() {
        let checked = parse_timestamp(&format!("{}T00:00:00Z", oldest_check())).unwrap();
        let after = |days: u64| {
            let day = checked + Duration::from_hours(24 * days);
            age_note(&crate::time::format_date(day.into()))
        };
        assert_eq!([after(0), after(90)], [None, None]);
        assert!(after(91).unwrap().contains("91 days ago"), "{:?}", after(91));
        assert_eq!(age_note("2020-01-01"), None);
    }
}
