//! Inputs where no reference is kept until AWS is asked: in names, numbers and switches their values are put in at once.
use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value as Json;

use super::{Shape, quote_path, schema_type};
use crate::{
    diagnostic::Span,
    manifest::{
        reference::Reference,
        template::{FORMAT, Template, TemplatePart},
        tree::{YamlNode, YamlText, YamlValue},
        yaml::{self, RawValue},
    },
};

/// The inputs of a spec whose values are known before AWS is asked; a text says why another one is not.
pub(in crate::manifest) struct KnownInputs {
    values: BTreeMap<String, Result<String, String>>,
    /// Whether numbers and switches whose inputs have no value count as not written: who only reads or removes a stack
    /// need not know how it is configured.
    only_names: bool,
}

/// What of this machine inputs may be read from.
pub(in crate::manifest) struct InputSources<'a> {
    /// Reads an environment variable.
    pub(in crate::manifest) variable: &'a dyn Fn(&str) -> Option<String>,
    /// Folder that files are relative to, if they may be read.
    pub(in crate::manifest) folder: Option<&'a Path>,
    /// Whether only names need their inputs.
    pub(in crate::manifest) only_names: bool,
}

impl KnownInputs {
    /// Reads the inputs that the tree declares.
    pub(in crate::manifest) fn of(root: &YamlNode, sources: &InputSources<'_>) -> Self {
        let entries = root.get("inputs").map(YamlNode::entries).unwrap_or_default();
        let values = entries.iter().map(|entry| (entry.key.text.clone(), read_input(&entry.node, sources)));
        Self { values: values.collect(), only_names: sources.only_names }
    }

    /// Returns the value of an input, if it is known.
    pub(in crate::manifest) fn get(&self, name: &str) -> Option<&String> {
        self.values.get(name)?.as_ref().ok()
    }
}

fn read_input(node: &YamlNode, sources: &InputSources<'_>) -> Result<String, String> {
    let text = |key: &str| node.get(key).and_then(YamlNode::text);
    if let Some(value) = text("value") {
        return Ok(value.to_owned());
    }
    if let Some(name) = text("env") {
        let value = (sources.variable)(name).or_else(|| text("default").map(str::to_owned));
        return value.ok_or_else(|| format!("set `{name}`, or give the input a `default`"));
    }
    if let Some(path) = text("file") {
        let read = sources.folder.and_then(|folder| fs::read_to_string(folder.join(path)).ok());
        return read
            .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            .ok_or_else(|| format!("write the value into `{path}`"));
    }
    Err("here only an input with `value`, `env` or `file` can stand: AWS has not been asked yet".to_owned())
}

impl<'a> Shape<'a> {
    /// Returns `node` with the values of inputs in place of their references, if it is a text where no reference is
    /// kept; nothing if a value is not known, which is reported.
    pub(super) fn substitute_inputs(
        &mut self,
        schema: &'a Json,
        node: &YamlNode,
        path: &str,
    ) -> Option<YamlNode> {
        let YamlValue::Text(text) = &node.value else { return Some(node.clone()) };
        if !text.text.contains("${inputs.") || is_literal(path) || self.keeps_references(schema) {
            return Some(node.clone());
        }
        // Flaws of a reference are reported as those of any text.
        let Ok(template) = Template::parse_at(&text.text, node.span, text.verbatim) else {
            return Some(node.clone());
        };
        let optional =
            self.inputs.only_names && !self.forms(schema).iter().any(|form| schema_type(form) == "string");
        let mut value = String::new();
        for part in &template.0 {
            match part {
                TemplatePart::Text(text) => value.push_str(text),
                TemplatePart::Ref(Reference::Input(name), span) => match self.inputs.get(name) {
                    Some(known) => value.push_str(known),
                    None if optional => return None,
                    None => return self.report_unknown_input(name, *span, path),
                },
                // It is reported as that of any text.
                other @ TemplatePart::Ref(..) => value.push_str(&Template(vec![other.clone()]).to_string()),
            }
        }
        let whole = matches!(template.0.as_slice(), [TemplatePart::Ref(..)]);
        let scalar = whole.then(|| self.parse_scalar(schema, &value)).flatten();
        let value = scalar.unwrap_or(YamlValue::Text(YamlText { text: value, verbatim: None }));
        Some(YamlNode { value, span: node.span })
    }

    fn report_unknown_input(&mut self, name: &str, span: Span, path: &str) -> Option<YamlNode> {
        if let Some((message, hint)) = self.ids.find_missing(&Reference::Input(name.to_owned())) {
            self.report("unknown-reference", span, message, hint);
        } else if let Some(Err(hint)) = self.inputs.values.get(name) {
            let (message, hint) =
                (format!("{} needs the value of `${{inputs.{name}}}`", quote_path(path)), hint.clone());
            self.report("unresolved-input", span, message, hint);
        }
        None
    }

    /// Reads a value as the number or the switch that the schema wants.
    fn parse_scalar(&self, schema: &'a Json, value: &str) -> Option<YamlValue> {
        let wanted =
            |kinds: &[&str]| self.forms(schema).iter().any(|form| kinds.contains(&schema_type(form)));
        match yaml::parse_yaml(value).ok()?.value {
            RawValue::Int(value) if wanted(&["integer", "number"]) => Some(YamlValue::Int(value)),
            RawValue::Float(value) if wanted(&["number"]) => Some(YamlValue::Float(value)),
            RawValue::Bool(value) if wanted(&["boolean"]) => Some(YamlValue::Bool(value)),
            _ => None,
        }
    }

    /// Returns whether a value of this schema keeps its references until AWS has been asked.
    fn keeps_references(&self, schema: &'a Json) -> bool {
        self.forms(schema).iter().any(|form| form["format"] == FORMAT)
    }

    /// Returns the forms that a value of this schema may take.
    fn forms(&self, schema: &'a Json) -> Vec<&'a Json> {
        self.read_union(schema).map_or_else(|| vec![schema], |union| union.structures)
    }
}

/// Returns whether what stands at `path` reaches AWS as it is written, or is read before any input.
fn is_literal(path: &str) -> bool {
    path.starts_with("inputs") || path.starts_with("suppress") || path.contains("statements")
}
