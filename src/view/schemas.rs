//! JSON Schemas of what the tool writes, made from the types that it writes.
use super::{events, model};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

/// The schema (2020-12) of `plan --format json` and of a saved plan.
#[must_use]
pub fn plan() -> Value {
    schema::<model::Document>("plan", model::VERSION)
}

/// The schema of one line of `apply --format json`.
#[must_use]
pub fn events() -> Value {
    schema::<events::Line>("events", events::VERSION)
}

/// The schema of `outputs --format json`: an object with a text for each output.
#[must_use]
pub fn outputs() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:copilot-infra:outputs:1",
        "title": "copilot-infra outputs",
        "description": "Values by the names that the spec gives them.",
        "type": "object",
        "additionalProperties": { "type": "string" }
    })
}

fn schema<T: JsonSchema>(name: &str, version: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    let major = version.split('.').next().unwrap_or_default();
    schema["$id"] = json!(format!("urn:copilot-infra:{name}:{major}"));
    schema["title"] = json!(format!("copilot-infra {name}"));
    schema
}
