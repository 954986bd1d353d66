//! The merged spec as YAML, each value with the file and line it comes from.
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::{
    manifest::{MergedNode, MergedValue},
    pointer::Pointer,
};

/// Draws the merged spec as YAML whose comments say where each value stands.
#[must_use]
pub fn merged_yaml(root: &MergedNode) -> String {
    let mut out = String::new();
    draw_children(root, 0, &mut out);
    out
}

fn draw_children(node: &MergedNode, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match &node.value {
        MergedValue::Map(entries) => {
            for (key, value) in entries {
                let _ = write!(out, "{indent}{}:", scalar(&key.as_str().into()));
                draw_value(value, depth + 1, out);
            }
        }
        MergedValue::List(items) => {
            for item in items {
                let _ = write!(out, "{indent}-");
                draw_value(item, depth + 1, out);
            }
        }
        MergedValue::Scalar(_) => {}
    }
}

/// Draws what stands behind a key or a dash, from the space on.
fn draw_value(node: &MergedNode, depth: usize, out: &mut String) {
    let place = format!("# {}:{}", node.place.file, node.place.line);
    match &node.value {
        MergedValue::Scalar(value) => {
            let _ = writeln!(out, " {}  {place}", scalar(value));
        }
        MergedValue::Map(entries) if entries.is_empty() => {
            let _ = writeln!(out, " {{}}  {place}");
        }
        MergedValue::List(items) if items.is_empty() => {
            let _ = writeln!(out, " []  {place}");
        }
        _ => {
            out.push('\n');
            draw_children(node, depth, out);
        }
    }
}

/// Writes a scalar; a text that could be taken for something else stands in quotes, as JSON, which YAML includes.
fn scalar(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    let is_word = |text: &str| {
        let plain = |sign: char| sign.is_ascii_alphanumeric() || "_-./$".contains(sign);
        text.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '$') && text.chars().all(plain)
    };
    let taken_otherwise = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if is_word(text) && !taken_otherwise.contains(&text.to_ascii_lowercase().as_str()) {
        text.clone()
    } else {
        value.to_string()
    }
}

/// Returns the merged spec, and the place of each of its values by JSON pointer.
#[must_use]
pub fn merged_json(root: &MergedNode) -> Value {
    let mut places = Map::new();
    let spec = collect(root, &Pointer::default(), &mut places);
    json!({ "spec": spec, "places": places })
}

fn collect(node: &MergedNode, at: &Pointer, places: &mut Map<String, Value>) -> Value {
    let value = match &node.value {
        MergedValue::Scalar(value) => value.clone(),
        MergedValue::List(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| collect(item, &at.child(&index.to_string()), places)).collect()
        }
        MergedValue::Map(entries) => {
            let entry =
                |(key, value): &(String, MergedNode)| (key.clone(), collect(value, &at.child(key), places));
            Value::Object(entries.iter().map(entry).collect())
        }
    };
    places.insert(at.to_string(), json!(node.place));
    value
}
