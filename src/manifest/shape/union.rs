//! Values with several forms: one of several words, or a word or a structure.
use serde_json::Value as Json;

use super::{
    Shape, quote_path,
    scalar::{describe_schema_type, describe_type, truncate_text},
    schema_type,
};
use crate::{
    diagnostic::suggest,
    manifest::tree::{YamlNode, YamlValue},
};

/// The forms that a value may take.
#[derive(Default)]
pub(super) struct SchemaUnion<'a> {
    words: Vec<&'a str>,
    pub(super) structures: Vec<&'a Json>,
}

impl<'a> Shape<'a> {
    /// Reads a schema as a union; none if it is not one.
    pub(super) fn read_union(&self, schema: &'a Json) -> Option<SchemaUnion<'a>> {
        let mut union = SchemaUnion::default();
        self.collect_forms(schema, &mut union);
        let plain = union.words.is_empty()
            && matches!(union.structures.as_slice(), [only] if std::ptr::eq(*only, schema));
        (!plain).then_some(union)
    }

    fn collect_forms(&self, schema: &'a Json, union: &mut SchemaUnion<'a>) {
        let schema = self.resolve_reference(schema);
        let words = schema["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
        let words: Vec<&str> = words.iter().chain(schema.get("const")).filter_map(Json::as_str).collect();
        if let Some(branches) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
            for branch in branches {
                self.collect_forms(branch, union);
            }
        } else if words.is_empty() {
            union.structures.push(schema);
        } else {
            union.words.extend(words);
        }
    }

    /// Checks `node` against the form it takes.
    pub(super) fn check_one_of(
        &mut self,
        union: &SchemaUnion<'a>,
        node: &YamlNode,
        path: &str,
    ) -> Option<YamlNode> {
        let wanted = match node.value {
            YamlValue::Map(_) => "object",
            YamlValue::List(_) => "array",
            YamlValue::Bool(_) => "boolean",
            _ => "string",
        };
        let fitting: Vec<&'a Json> =
            union.structures.iter().copied().filter(|schema| schema_type(schema) == wanted).collect();
        match (&node.value, fitting.as_slice()) {
            (_, [only]) => self.check_node(only, node, path),
            (YamlValue::Text(text), []) if union.words.contains(&text.text.as_str()) => Some(node.clone()),
            _ => {
                self.report_no_form(union, node, path);
                None
            }
        }
    }

    fn report_no_form(&mut self, union: &SchemaUnion<'a>, node: &YamlNode, path: &str) {
        let forms: Vec<String> = union.structures.iter().map(|schema| sketch_structure(schema)).collect();
        let hint = match node.text().and_then(|text| find_meant_word(text, &union.words)) {
            Some(word) => format!("did you mean `{word}`?"),
            None if forms.is_empty() => format!("use one of {}", suggest::list(&union.words)),
            None if union.words.is_empty() => format!("write {}", forms.join(" or ")),
            None => format!("use one of {}, or {}", suggest::list(&union.words), forms.join(" or ")),
        };
        let (rule, found) = match &node.value {
            // This has a rule id of its own, because `explain` describes what to do instead.
            YamlValue::Text(text) if path.ends_with("code.template") => {
                let message = format!("there is no code template `{}`", truncate_text(&text.text));
                return self.report("unknown-template", node.span, message, hint);
            }
            YamlValue::Text(text) => ("unknown-value", format!("`{}`", truncate_text(&text.text))),
            value => ("wrong-type", describe_type(value).to_owned()),
        };
        self.report(rule, node.span, format!("{} cannot be {found}", quote_path(path)), hint);
    }
}

/// Words of AWS and others for ours; typos are found without this list.
const SYNONYMS: [(&str, &str); 16] = [
    ("standard_infrequent_access", "infrequent"),
    ("aws_iam", "iam"),
    ("publish", "send"),
    ("consume", "receive"),
    ("delete", "close"),
    ("get", "ask"),
    ("pay_per_request", "on_demand"),
    ("string", "S"),
    ("number", "N"),
    ("binary", "B"),
    ("arm", "arm64"),
    ("aarch64", "arm64"),
    ("x86", "x86_64"),
    ("amd64", "x86_64"),
    ("warn", "error"),
    ("debug", "info"),
];

/// Returns the word that `text` most likely stands for.
fn find_meant_word<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    let synonym = SYNONYMS.iter().find(|(theirs, ours)| suggest::same(theirs, text) && words.contains(ours));
    match synonym {
        Some((_, ours)) => words.iter().copied().find(|word| word == ours),
        None => suggest::nearest(text, words.iter().copied()),
    }
}

fn schema_properties(schema: &Json) -> impl Iterator<Item = (&String, &Json)> {
    schema["properties"].as_object().into_iter().flatten()
}

/// Returns a short sketch of how a structure is written.
fn sketch_structure(schema: &Json) -> String {
    // What may be left out only distracts, unless everything may.
    let required = |key: &str| schema["required"].as_array().is_none_or(|all| all.iter().any(|it| it == key));
    let keys = schema_properties(schema).filter(|(key, _)| required(key));
    let keys: Vec<String> = keys.map(|(key, _)| format!("{key}: …")).collect();
    match schema_type(schema) {
        "object" => format!("`{{ {} }}`", keys.join(", ")),
        "array" => "a list such as `[a, b]`".to_owned(),
        other => describe_schema_type(other).to_owned(),
    }
}
