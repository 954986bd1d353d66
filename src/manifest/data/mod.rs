//! Data that changes with time, kept in dated files beside this one.
use std::sync::LazyLock;

use serde::Deserialize;

/// Runtimes and models, as of a day.
#[derive(Debug, Default, Deserialize)]
pub(super) struct AgingData {
    /// The day of the data, as `YYYY-MM-DD`.
    pub(super) as_of: String,
    /// Runtimes with an end date.
    pub(super) runtimes: Vec<RuntimeEnd>,
    /// The newest Node.js among them.
    pub(super) newest: String,
    /// Runtimes without a known end date.
    pub(super) other_runtimes: Vec<String>,
    /// Models that are at the end of their life.
    pub(super) models: Vec<ModelEnd>,
    /// The inference profile that replaces them.
    pub(super) model_successor: String,
    /// Prefixes of model ids that can be called through an inference profile only.
    pub(super) profiles_only: Vec<String>,
    /// Prefixes of inference profiles.
    pub(super) profile_prefixes: Vec<ProfilePrefix>,
}

/// The end dates of a runtime.
#[derive(Debug, Deserialize)]
pub(super) struct RuntimeEnd {
    pub(super) name: String,
    pub(super) deprecated: String,
    /// Date from which no new functions can be created on it, if it is known.
    pub(super) no_create: Option<String>,
    /// Date from which functions on it cannot be updated, if it is known.
    pub(super) no_update: Option<String>,
    /// The newest runtime of its language, unless this one is the newest.
    pub(super) successor: Option<String>,
}

/// A model at the end of its life.
#[derive(Debug, Deserialize)]
pub(super) struct ModelEnd {
    pub(super) name: String,
    /// The rest of a sentence that begins with the model.
    pub(super) since: String,
}

/// A geography of inference profiles.
#[derive(Debug, Deserialize)]
pub(super) struct ProfilePrefix {
    pub(super) prefix: String,
    /// Prefixes of the regions in it.
    pub(super) regions: Vec<String>,
}

/// Runtimes and models. A test reads the file, so it is never the default.
pub(super) static AGING: LazyLock<AgingData> =
    LazyLock::new(|| serde_json::from_str(include_str!("aging.json")).unwrap_or_default());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dated_file_is_read_whole() {
        let aging: AgingData = serde_json::from_str(include_str!("aging.json")).unwrap();
        assert_eq!(AGING.as_of, aging.as_of);
        let known = |name: &String| aging.runtimes.iter().any(|runtime| runtime.name == *name);
        assert!(known(&aging.newest));
        assert!(aging.runtimes.iter().filter_map(|runtime| runtime.successor.as_ref()).all(known));
    }

    #[test]
    fn every_model_says_where_its_date_is_from() {
        let file: serde_json::Value = serde_json::from_str(include_str!("aging.json")).unwrap();
        for model in file["models"].as_array().unwrap() {
            assert!(model["source"].as_str().is_some_and(|url| url.starts_with("https://")), "{model}");
        }
    }
}
