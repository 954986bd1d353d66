//! The schemas that the program prints of its own results.
use jsonschema::Validator;
use serde_json::Value;

use super::program::{Run, run};

/// The schema of `what`.
pub(crate) fn schema(what: &str) -> Validator {
    let schema = run(&["schema", what]).exits(0).json();
    assert_eq!(schema["$id"], format!("urn:copilot-infra:{what}:1"));
    jsonschema::draft202012::new(&schema).unwrap()
}

/// Holds a document to a schema.
#[track_caller]
pub(crate) fn conforms(schema: &Validator, document: &Value) {
    let errors: Vec<String> =
        schema.iter_errors(document).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
}

/// The events of a run, each held to its schema.
#[track_caller]
pub(crate) fn events(run: &Run) -> Vec<Value> {
    let (schema, events) = (schema("events"), run.json_lines());
    for event in &events {
        conforms(&schema, event);
    }
    assert_eq!(events[0]["type"], "version", "{run}");
    events
}
