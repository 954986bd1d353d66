//! Bedrock's models: the ends of their lives, and where they answer.
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Fact, parse};

/// What is known of Bedrock's models.
pub static MODELS: LazyLock<Models> = LazyLock::new(|| parse("models.json"));

/// What is known of Bedrock's models.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// The model, without a profile, that replaces those at their end; the template's default.
    pub successor: Fact<String>,
    /// Days between the legacy state and the end of life.
    pub legacy_days: Fact<u64>,
    /// The same, of some models that were launched since [`Self::short_legacy_since`].
    pub short_legacy_days: Fact<u64>,
    /// Day since which a model may have the shorter period.
    pub short_legacy_since: Fact<String>,
    /// Models that are legacy, will be, or are at their end.
    pub aging: Fact<Vec<AgingModel>>,
    /// Ids of models that can be called through an inference profile only.
    pub profiles_only: Fact<Vec<String>>,
    /// Prefixes of inference profiles.
    pub profile_prefixes: Fact<Vec<ProfilePrefix>>,
}

/// A model that is legacy, will be, or is at its end; a month alone says that it was so in that month at the latest.
#[derive(Debug, Deserialize)]
pub struct AgingModel {
    /// Id without a profile.
    pub name: String,
    /// Day or month since which new accounts cannot call it.
    pub legacy: Option<String>,
    /// Day or month since which nobody can call it.
    pub end: Option<String>,
}

/// A geography of inference profiles.
#[derive(Debug, Deserialize)]
pub struct ProfilePrefix {
    /// What the ids of its profiles begin with.
    pub prefix: String,
    /// Prefixes of the regions in it.
    pub regions: Vec<String>,
}

impl AgingModel {
    /// Returns how old the model is on a day, as the rest of a sentence; nothing if it is active.
    #[must_use]
    pub fn state(&self, today: &str) -> Option<String> {
        let begun = |day: &Option<String>| day.as_ref().filter(|day| day.as_str() <= today).map(since);
        if let Some(end) = begun(&self.end) {
            return Some(format!("has been at its end of life since {end}"));
        }
        let end = self.end.as_ref().map(|end| format!(", and its end of life is {end}")).unwrap_or_default();
        begun(&self.legacy).map(|legacy| format!("has been legacy since {legacy}{end}"))
    }
}

/// Writes a day, or a month as the latest one in which it may have been.
fn since(day: &String) -> String {
    if day.len() == "YYYY-MM".len() { format!("{day} at the latest") } else { day.clone() }
}

/// Returns the prefix of the inference profiles in a region.
#[must_use]
pub fn profile_prefix_of(region: &str) -> Option<&'static str> {
    let mut prefixes = MODELS.profile_prefixes.iter().filter(|known| known.prefix != "global.");
    let found = prefixes.find(|known| known.regions.iter().any(|start| region.starts_with(start.as_str())));
    found.map(|known| known.prefix.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_ages() {
        let model = |legacy: &str, end: &str| AgingModel {
            name: String::new(),
            legacy: (!legacy.is_empty()).then(|| legacy.to_owned()),
            end: (!end.is_empty()).then(|| end.to_owned()),
        };
        let opus = model("2026-07-08", "2027-01-08");
        assert_eq!(opus.state("2026-07-07"), None);
        let legacy = "has been legacy since 2026-07-08, and its end of life is 2027-01-08";
        assert_eq!(opus.state("2026-07-08").unwrap(), legacy);
        assert_eq!(opus.state("2027-01-08").unwrap(), "has been at its end of life since 2027-01-08");
        let vague = model("", "2025-09").state("2026-01-01").unwrap();
        assert_eq!(vague, "has been at its end of life since 2025-09 at the latest");
    }

    #[test]
    fn the_successor_is_none_of_the_aging() {
        assert!(MODELS.aging.iter().all(|old| old.name != *MODELS.successor));
        assert!(!MODELS.profiles_only.contains(&MODELS.successor));
    }
}
