//! Days and moments in UTC as RFC 3339 writes them: `2026-01-31`, `2026-01-31T12:00:00Z`.
use std::time::SystemTime;

use aws_smithy_types::date_time::{DateTime, Format};

/// Returns today, such as `2026-01-31`.
#[must_use]
pub fn today() -> String {
    told_day().unwrap_or_else(|| format_date(SystemTime::now().into()))
}

/// Returns the day that a debug build is told, so that what tests see of dates stays the same.
#[expect(clippy::disallowed_methods, reason = "it is for tests, and no setting")]
fn told_day() -> Option<String> {
    if cfg!(debug_assertions) { std::env::var("COPILOT_INFRA_TODAY").ok() } else { None }
}

/// Returns the day of a moment, such as `2026-01-31`.
#[must_use]
pub fn format_date(time: DateTime) -> String {
    written(time).chars().take("YYYY-MM-DD".len()).collect()
}

/// Whether a text of the form `YYYY-MM-DD` names a day that there is.
#[must_use]
pub fn is_date(text: &str) -> bool {
    parse_timestamp(&format!("{text}T00:00:00Z")).is_some()
}

/// Returns a moment to the second, such as `2026-01-31T12:00:00Z`.
#[must_use]
pub fn timestamp(time: SystemTime) -> String {
    written(DateTime::from_secs(DateTime::from(time).secs()))
}

/// Returns a moment in milliseconds since 1970, always with three digits of them, such as `2026-01-31T12:00:00.000Z`.
#[must_use]
pub fn timestamp_millis(millis: i64) -> String {
    let text = written(DateTime::from_millis(millis));
    match text.trim_end_matches('Z').split_once('.') {
        Some((whole, part)) => format!("{whole}.{part:0<3}Z"),
        None => format!("{}.000Z", text.trim_end_matches('Z')),
    }
}

/// Reads a moment.
#[must_use]
pub fn parse_timestamp(text: &str) -> Option<SystemTime> {
    DateTime::from_str(text, Format::DateTime).ok()?.try_into().ok()
}

/// Writes a moment; years of more than four digits have no form.
fn written(time: DateTime) -> String {
    time.fmt(Format::DateTime).unwrap_or_else(|_| "an unknown time".into())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn days_that_there_are_not_are_known() {
        for day in ["2027-02-28", "2028-02-29", "2000-02-29", "2027-04-30", "2027-12-31"] {
            assert!(is_date(day), "{day}");
        }
        for day in ["2027-02-30", "2027-02-29", "2100-02-29", "2027-04-31", "2027-13-01", "2027-00-10", "x"] {
            assert!(!is_date(day), "{day}");
        }
    }

    #[test]
    fn moments_become_dates() {
        for (days, day) in [(0, "1970-01-01"), (11_016, "2000-02-29"), (20_779, "2026-11-22")] {
            assert_eq!(format_date(DateTime::from_secs(days * 86_400)), day);
        }
        assert_eq!(today().len(), 10);
    }

    #[test]
    fn a_moment_is_written_to_the_second_or_with_all_its_milliseconds() {
        let time = UNIX_EPOCH + Duration::from_millis(1_767_323_045_078);
        assert_eq!(timestamp(time), "2026-01-02T03:04:05Z");
        assert_eq!(parse_timestamp("2026-01-02T03:04:05.078Z"), Some(time));
        assert_eq!(timestamp_millis(1_767_323_045_078), "2026-01-02T03:04:05.078Z");
        assert_eq!(timestamp_millis(1_767_323_045_500), "2026-01-02T03:04:05.500Z");
        assert_eq!(timestamp_millis(1_767_323_045_000), "2026-01-02T03:04:05.000Z");
    }
}
