//! The JSON Schema of the spec, for editors and for the shape check.
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::types::Spec;

static SCHEMA: LazyLock<Value> = LazyLock::new(generate_schema);

/// Returns the JSON Schema (2020-12) of a spec.
#[must_use]
pub fn spec_schema() -> &'static Value {
    &SCHEMA
}

fn generate_schema() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Spec>().to_value();
    tidy_schema(&mut schema);
    if let Value::Object(root) = &mut schema {
        root.insert("$id".to_owned(), json!("urn:copilot-infra:spec:1"));
        root.insert("title".to_owned(), json!("copilot-infra spec"));
        root.insert("description".to_owned(), json!("A WebSocket AI-copilot back end on AWS."));
    }
    schema
}

/// Tidies the schema: an optional key is left out, not set to null; only a free mapping that may be empty may be null.
fn tidy_schema(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy_schema),
        Value::Object(object) => {
            object.values_mut().for_each(tidy_schema);
            drop_null_type(object);
            unwrap_nullable(object);
            if object.get("additionalProperties").is_some_and(Value::is_object)
                && !object.contains_key("properties")
                && !object.contains_key("minProperties")
            {
                object.insert("type".to_owned(), json!(["object", "null"]));
            }
        }
        _ => {}
    }
}

/// Changes `type: [T, "null"]` to `type: T`.
fn drop_null_type(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
}

/// Changes `anyOf: [T, null]` to `T`.
fn unwrap_nullable(object: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = object.get_mut("anyOf") else { return };
    branches.retain(|branch| branch != &json!({"type": "null"}));
    if let [Value::Object(only)] = branches.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls `visit` with the path and schema of every property.
    fn properties(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
        match schema {
            Value::Object(object) => {
                for (key, value) in object.get("properties").and_then(Value::as_object).into_iter().flatten()
                {
                    let inner = format!("{path}/{key}");
                    visit(&inner, value);
                }
                for (key, value) in object {
                    properties(value, &format!("{path}/{key}"), visit);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| properties(item, path, visit)),
            _ => {}
        }
    }

    #[test]
    fn every_field_is_described() {
        properties(spec_schema(), "", &mut |path, property| {
            assert!(property["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
        });
    }

    #[test]
    fn every_field_shows_what_to_write() {
        let mut bare = Vec::new();
        properties(spec_schema(), "", &mut |path, property| {
            let shown =
                ["default", "examples", "enum", "const"].iter().any(|word| property.get(word).is_some());
            if !shown {
                bare.push(path.to_owned());
            }
        });
        assert!(bare.is_empty(), "without default, example or enum:\n{}", bare.join("\n"));
    }
}
