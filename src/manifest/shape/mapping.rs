//! Mappings: unknown, missing and badly named keys.
use serde_json::Value as Json;

use super::{
    Shape,
    foreign_keys::{self, Instead},
    quote_path,
};
use crate::{
    diagnostic::{Span, suggest},
    manifest::tree::{YamlEntry, YamlNode, YamlValue},
};

impl<'a> Shape<'a> {
    /// Checks a mapping; returns its valid entries, and whether all required ones are among them.
    pub(super) fn check_mapping(
        &mut self,
        schema: &'a Json,
        span: Span,
        entries: &[YamlEntry],
        path: &str,
    ) -> (Vec<YamlEntry>, bool) {
        self.check_count(schema, "Properties", entries.len(), span, path);
        let mut kept = Vec::new();
        for entry in entries {
            let inner = join_path(path, &entry.key.text);
            if let Some(node) = self.check_entry(schema, entry, path, &inner) {
                kept.push(YamlEntry { node, ..entry.clone() });
            }
        }
        let complete = self.check_required(schema, span, entries, &kept, path);
        (kept, complete)
    }

    fn check_entry(
        &mut self,
        schema: &'a Json,
        entry: &YamlEntry,
        path: &str,
        inner: &str,
    ) -> Option<YamlNode> {
        let properties = &schema["properties"];
        if let Some(property) = properties.get(&entry.key.text) {
            return self.check_node(property, &entry.node, inner);
        }
        match &schema["additionalProperties"] {
            Json::Bool(false) => {
                self.report_unknown_key(properties, entry, path);
                None
            }
            _ if is_block_of_variables(path, entry) => {
                let message = format!("unknown key `{}` in {}", entry.key.text, quote_path(path));
                let hint = "write the variables themselves here, without a block around them".to_owned();
                self.report("unknown-key", entry.span, message, hint);
                None
            }
            free => {
                let names = &schema["propertyNames"];
                if names.is_object() {
                    self.check_string(names, &entry.key, entry.span, inner);
                }
                self.check_node(free, &entry.node, inner)
            }
        }
    }

    fn report_unknown_key(&mut self, properties: &'a Json, entry: &YamlEntry, path: &str) {
        let key = entry.key.text.as_str();
        if let Some((rule, message, hint)) = explain_unknown_key(path, key) {
            return self.report(rule, entry.span, message.to_owned(), hint.to_owned());
        }
        let known: Vec<&str> =
            properties.as_object().into_iter().flat_map(|object| object.keys()).map(String::as_str).collect();
        let hint = match foreign_keys::instead_of(path, key) {
            Some(Instead::Key(ours)) => format!("did you mean `{ours}`?"),
            Some(Instead::Hint(text)) => text.to_owned(),
            None => suggest::hint(key, known, "keys here are"),
        };
        let message = match path {
            "" => format!("unknown key `{key}`"),
            _ => format!("unknown key `{key}` in {}", quote_path(path)),
        };
        self.report("unknown-key", entry.span, message, hint);
    }

    /// Reports required keys that are missing; one that is there but invalid has been reported.
    fn check_required(
        &mut self,
        schema: &Json,
        span: Span,
        entries: &[YamlEntry],
        kept: &[YamlEntry],
        path: &str,
    ) -> bool {
        let mut complete = true;
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if !entries.iter().any(|entry| entry.key.text == key) {
                let hint = match schema["properties"][key]["description"].as_str() {
                    Some(text) => format!("add `{key}:` ({})", lower_first(text).trim_end_matches('.')),
                    None => format!("add `{key}:`"),
                };
                self.report("missing-key", span, format!("{} lacks `{key}`", quote_path(path)), hint);
            }
            complete &= kept.iter().any(|entry| entry.key.text == key);
        }
        complete
    }
}

/// Returns whether an entry is the block around all variables that CloudFormation and Terraform write.
fn is_block_of_variables(path: &str, entry: &YamlEntry) -> bool {
    path.rsplit('.').next() == Some("environment")
        && suggest::same(&entry.key.text, "variables")
        && matches!(entry.node.value, YamlValue::Map(_))
}

/// Explains keys that are unknown for a known reason.
fn explain_unknown_key(path: &str, key: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let tracing = key.contains("xray") || key.contains("x_ray") || key.contains("tracing");
    match path {
        "api" | "api.stage" if tracing => Some((
            "no-stage-tracing",
            "a WebSocket stage has no X-Ray switch: API Gateway traces REST APIs only",
            "take it out; set `tracing: active` on the functions, in `function_defaults` for all of them",
        )),
        _ => None,
    }
}

/// Returns the sentence with its first letter in lower case.
fn lower_first(text: &str) -> String {
    let first_line = text.lines().next().unwrap_or_default();
    let mut letters = first_line.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn join_path(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        _ => format!("{path}.{key}"),
    }
}
