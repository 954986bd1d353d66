//! Checks the tree against the JSON Schema of the types, reporting every flaw with its place.
//!
//! Not a general validator: it knows the keywords the schema of the spec uses (its test proves that there are no
//! others), and speaks the user's language instead of the schema's.
mod foreign_keys;
mod inputs;
mod mapping;
mod scalar;
mod union;
mod units;

use std::collections::HashMap;

use regex_lite::Regex;
use serde_json::Value as Json;

pub(super) use inputs::{InputSources, KnownInputs};

use super::{
    ids::DeclaredIds,
    tree::{YamlNode, YamlValue},
};
use crate::diagnostic::{Diagnostic, Severity, Span};

/// Keywords that are checked, or that say nothing about validity.
#[cfg(test)]
const KEYWORDS: &[&str] = &[
    "$ref",
    "anyOf",
    "oneOf",
    "type",
    "const",
    "enum",
    "pattern",
    "patternErrorMessage",
    "minLength",
    "maxLength",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "$schema",
    "$id",
    "$defs",
    "title",
    "description",
    "default",
    "examples",
];

/// Checks `root` and returns it without its invalid parts.
pub(super) fn check_shape(
    schema: &Json,
    root: &YamlNode,
    ids: &DeclaredIds<'_>,
    inputs: &KnownInputs,
    source: &str,
    findings: &mut Vec<Diagnostic>,
) -> YamlNode {
    let mut shape = Shape { root: schema, ids, inputs, source, findings, patterns: HashMap::new() };
    let value = match &root.value {
        // The root survives even if something required is missing.
        YamlValue::Map(entries) => YamlValue::Map(shape.check_mapping(schema, root.span, entries, "").0),
        other => other.clone(),
    };
    YamlNode { value, span: root.span }
}

struct Shape<'a> {
    root: &'a Json,
    ids: &'a DeclaredIds<'a>,
    inputs: &'a KnownInputs,
    source: &'a str,
    findings: &'a mut Vec<Diagnostic>,
    patterns: HashMap<&'a str, Regex>,
}

impl<'a> Shape<'a> {
    /// Checks `node`, which is at `path`; returns its valid parts, if there are any.
    fn check_node(&mut self, schema: &'a Json, node: &YamlNode, path: &str) -> Option<YamlNode> {
        let schema = self.resolve_reference(schema);
        if matches!(node.value, YamlValue::Null) {
            return self.check_null(schema, node, path);
        }
        let node = &self.substitute_inputs(schema, node, path)?;
        if let Some(union) = self.read_union(schema) {
            return self.check_one_of(&union, node, path);
        }
        match (&node.value, schema_type(schema)) {
            (YamlValue::Map(entries), "object") => {
                let (entries, complete) = self.check_mapping(schema, node.span, entries, path);
                complete.then_some(YamlNode { value: YamlValue::Map(entries), span: node.span })
            }
            (YamlValue::List(items), "array") => Some(self.check_list(schema, node, items, path)),
            (YamlValue::Text(text), "string") => {
                self.check_string(schema, text, node.span, path).then(|| node.clone())
            }
            (YamlValue::Int(_) | YamlValue::Float(_), "integer" | "number") => {
                self.check_number(schema, node, path).then(|| node.clone())
            }
            (YamlValue::Bool(_), "boolean") | (_, "") => Some(node.clone()),
            (_, kind) => {
                self.report_wrong_type(kind, node, path);
                None
            }
        }
    }

    /// Checks a key without a value: valid for a free mapping, else an error, since it must not count as "not written".
    fn check_null(&mut self, schema: &Json, node: &YamlNode, path: &str) -> Option<YamlNode> {
        let nullable = schema["type"].as_array().is_some_and(|types| types.iter().any(|name| name == "null"));
        if nullable {
            return Some(node.clone());
        }
        let hint = "give it one, or take the line out".to_owned();
        self.report("missing-value", node.span, format!("{} has no value", quote_path(path)), hint);
        None
    }

    fn check_list(&mut self, schema: &'a Json, node: &YamlNode, items: &[YamlNode], path: &str) -> YamlNode {
        self.check_count(schema, "Items", items.len(), node.span, path);
        let mut seen: Vec<&str> = Vec::new();
        let mut kept = Vec::new();
        for item in items {
            if schema["uniqueItems"] == true
                && let Some(text) = item.text()
            {
                if seen.contains(&text) {
                    let hint = "keep it once".to_owned();
                    self.report(
                        "duplicate-item",
                        item.span,
                        format!("`{text}` stands in the list twice"),
                        hint,
                    );
                }
                seen.push(text);
            }
            kept.extend(self.check_node(&schema["items"], item, &format!("{path}[]")));
        }
        YamlNode { value: YamlValue::List(kept), span: node.span }
    }

    /// Checks `minItems` and the like.
    fn check_count(&mut self, schema: &Json, what: &str, count: usize, span: Span, path: &str) {
        let bound = |word: &str| {
            schema[format!("{word}{what}")].as_u64().and_then(|bound| usize::try_from(bound).ok())
        };
        if let Some(least) = bound("min").filter(|least| count < *least) {
            let message = format!("{} needs at least {least} of them, and has {count}", quote_path(path));
            self.report("out-of-range", span, message, "add what is missing, or take the key out".to_owned());
        }
        if let Some(most) = bound("max").filter(|most| count > *most) {
            let message = format!("{} may hold {most} at most, and has {count}", quote_path(path));
            self.report("out-of-range", span, message, format!("take {} out", count - most));
        }
    }

    /// Resolves a `$ref`.
    fn resolve_reference(&self, schema: &'a Json) -> &'a Json {
        let target = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        target
            .and_then(|pointer| self.root.pointer(pointer))
            .map_or(schema, |target| self.resolve_reference(target))
    }

    /// Returns whether `text` matches a pattern of the schema.
    fn matches_pattern(&mut self, pattern: &'a str, text: &str) -> bool {
        let compile = || Regex::new(pattern).expect("a valid pattern");
        self.patterns.entry(pattern).or_insert_with(compile).is_match(text)
    }

    fn report(&mut self, rule: &'static str, span: Span, message: String, hint: String) {
        let (severity, span) = (Severity::Error, Some(span));
        self.findings.push(Diagnostic::of_rule(rule, severity, span, message).with_hint(hint));
    }
}

/// Returns the schema's type; empty if it has none.
fn schema_type(schema: &Json) -> &str {
    let single = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    single.unwrap_or_default()
}

/// Formats a path for messages.
fn quote_path(path: &str) -> String {
    match path {
        "" => "the spec".to_owned(),
        _ => format!("`{path}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls `visit` with every schema object inside `schema`.
    fn schemas(schema: &Json, visit: &mut impl FnMut(&serde_json::Map<String, Json>)) {
        let Json::Object(object) = schema else { return };
        visit(object);
        for (key, value) in object {
            match key.as_str() {
                "properties" | "$defs" => {
                    value.as_object().into_iter().flatten().for_each(|(_, value)| schemas(value, visit));
                }
                "items" | "additionalProperties" | "propertyNames" => schemas(value, visit),
                "anyOf" | "oneOf" => {
                    value.as_array().into_iter().flatten().for_each(|value| schemas(value, visit));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn every_keyword_of_the_schema_is_known() {
        schemas(crate::manifest::spec_schema(), &mut |object| {
            for key in object.keys() {
                assert!(KEYWORDS.contains(&key.as_str()), "unknown keyword {key} in {object:?}");
            }
        });
    }

    #[test]
    fn every_pattern_compiles_and_is_explained() {
        schemas(crate::manifest::spec_schema(), &mut |object| {
            if let Some(pattern) = object.get("pattern") {
                Regex::new(pattern.as_str().unwrap()).unwrap();
                assert!(object.contains_key("patternErrorMessage"), "{pattern} is not explained");
            }
        });
    }
}
