//! What AWS says today: limits, enumerations, prices, and the lives of runtimes and models.
//!
//! Each fact stands in a JSON file beside this one with its source and the day on which it was checked against that
//! source. `tests/facts/compare.py` compares them with the service models of botocore and the schemas of cfn-lint.
mod age;
mod limits;
mod models;
mod runtimes;

use std::ops::Deref;

use serde::{Deserialize, de::DeserializeOwned};

pub use age::{age_note, oldest_check};
pub use limits::{ENUMS, Enums, LIMITS, Limits, PRICES, Prices};
pub use models::{AgingModel, MODELS, Models, ProfilePrefix, profile_prefix_of};
pub use runtimes::{RUNTIMES, Runtime, Runtimes};

/// A value; its source and the day it was checked stand beside it in the file.
#[derive(Debug, Deserialize)]
pub struct Fact<T> {
    value: T,
    checked: String,
}

impl<T> Fact<T> {
    /// Returns the day on which the value was compared with its source.
    #[must_use]
    pub fn checked(&self) -> &str {
        &self.checked
    }
}

impl<T> Deref for Fact<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The files, by name.
const FILES: [(&str, &str); 5] = [
    ("enums.json", include_str!("enums.json")),
    ("limits.json", include_str!("limits.json")),
    ("models.json", include_str!("models.json")),
    ("prices.json", include_str!("prices.json")),
    ("runtimes.json", include_str!("runtimes.json")),
];

/// Parses one of [`FILES`].
///
/// # Panics
/// If the file is not sound; it is a part of the program, and a test reads every file.
fn parse<T: DeserializeOwned>(name: &str) -> T {
    let text = FILES.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text);
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::time::is_date;

    /// Every object with a `value` or a `source` in it.
    fn facts(value: &Value) -> Vec<&Value> {
        let inner = match value {
            Value::Object(members) => members.values().flat_map(facts).collect(),
            Value::Array(items) => items.iter().flat_map(facts).collect(),
            _ => Vec::new(),
        };
        let is_fact = value.get("value").is_some() || value.get("source").is_some();
        is_fact.then_some(value).into_iter().chain(inner).collect()
    }

    #[test]
    fn every_fact_says_where_it_is_from_and_when_it_was_checked() {
        let mut count = 0;
        for (name, text) in FILES {
            for fact in facts(&serde_json::from_str(text).unwrap()) {
                assert!(fact["source"].as_str().is_some_and(|source| source.len() > 8), "{name}: {fact}");
                assert!(fact["checked"].as_str().is_some_and(is_date), "{name}: {fact}");
                count += 1;
            }
        }
        assert!(count > 60, "{count}");
    }

    #[test]
    fn every_file_is_read() {
        assert_eq!((*LIMITS.function_memory_max, ENUMS.regions.len()), (10_240, 39));
        assert!((*PRICES.key_month - 1.0).abs() < f64::EPSILON);
        assert!(MODELS.aging.len() > 20 && RUNTIMES.all().len() > 40);
    }
}
