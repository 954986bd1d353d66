//! What changes with time, kept in dated files beside this one.
use std::sync::LazyLock;

use serde::Deserialize;

/// Runtimes and models, as of a day.
#[derive(Debug, Default, Deserialize)]
pub(super) struct AgingData {
    /// The day of the data, as `YYYY-MM-DD`.
    pub(super) as_of: String,
    /// Runtimes with an end.
    pub(super) runtimes: Vec<RuntimeEnd>,
    /// The newest Node.js among them.
    pub(super) newest: String,
    /// Runtimes without a known end.
    pub(super) other_runtimes: Vec<String>,
    /// Models at their end.
    pub(super) models: Vec<ModelEnd>,
    /// The inference profile that takes their place.
    pub(super) model_successor: String,
    /// Beginnings of the ids that answer by an inference profile only.
    pub(super) profiles_only: Vec<String>,
    /// Beginnings of inference profiles.
    pub(super) profile_prefixes: Vec<ProfilePrefix>,
}

/// A runtime's end.
#[derive(Debug, Deserialize)]
pub(super) struct RuntimeEnd {
    pub(super) name: String,
    pub(super) deprecated: String,
    /// From when on there are no new functions on it, if that is known.
    pub(super) no_create: Option<String>,
    /// From when on functions on it cannot be changed, if that is known.
    pub(super) no_update: Option<String>,
    /// The newest of its language, unless it is that itself.
    pub(super) successor: Option<String>,
}

/// A model at its end.
#[derive(Debug, Deserialize)]
pub(super) struct ModelEnd {
    pub(super) name: String,
    /// The rest of a sentence that begins with the model.
    pub(super) since: String,
}

/// A part of the world.
#[derive(Debug, Deserialize)]
pub(super) struct ProfilePrefix {
    pub(super) prefix: String,
    /// Beginnings of the regions in it.
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
