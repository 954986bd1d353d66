//! The JSON Schemas of the tool's output, generated from the types that are written.
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

use super::events;
use crate::{diagnostic::render::json::Failed, plan_document};

/// Returns the schema (2020-12) of a saved plan and of `plan --format json`: a plan or a failure.
#[must_use]
pub fn plan_schema() -> Value {
    or_failed(versioned_schema::<plan_document::PlanDocument>("plan", plan_document::VERSION))
}

/// The schema of one line of `apply --format json`.
#[must_use]
pub fn events_schema() -> Value {
    versioned_schema::<events::EventLine>("events", events::VERSION)
}

/// Returns the schema of `outputs --format json`: an object with a text for each output, or a failure.
#[must_use]
pub fn outputs_schema() -> Value {
    or_failed(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:copilot-infra:outputs:1",
        "title": "copilot-infra outputs",
        "description": "Values by the names that the spec gives them.",
        "type": "object",
        "additionalProperties": { "type": "string" }
    }))
}

/// Returns the schema of either a result or a failure.
///
/// The two have no property that names which one it is: `anyOf` tells them apart by their shape.
fn or_failed(mut result: Value) -> Value {
    let mut failed = versioned_schema::<Failed>("failed", "1");
    let Some(all) = result.as_object_mut() else { return result };
    let mut definitions = serde_json::Map::new();
    for one in [Some(&mut *all), failed.as_object_mut()].into_iter().flatten() {
        if let Some(Value::Object(own)) = one.remove("$defs") {
            definitions.extend(own);
        }
    }
    let about = ["$schema", "$id", "title", "description"];
    let own: Vec<String> = all.keys().filter(|key| !about.contains(&key.as_str())).cloned().collect();
    let own: serde_json::Map<_, _> = own.into_iter().filter_map(|key| all.shift_remove_entry(&key)).collect();
    if let Some(failed) = failed.as_object_mut() {
        for key in ["$schema", "$id", "title"] {
            failed.remove(key);
        }
    }
    all.insert("anyOf".to_owned(), json!([own, failed]));
    if !definitions.is_empty() {
        all.insert("$defs".to_owned(), definitions.into());
    }
    result
}

fn versioned_schema<T: JsonSchema>(name: &str, version: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    let major = version.split('.').next().unwrap_or_default();
    schema["$id"] = json!(format!("urn:copilot-infra:{name}:{major}"));
    schema["title"] = json!(format!("copilot-infra {name}"));
    schema
}
