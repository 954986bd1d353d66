//! The ids that a spec declares, and whether a reference points to one of them.
//!
//! They are read from the tree and not from the types: a table with a flaw is still declared, and a second finding that
//! it does not exist would be wrong.
use super::{
    template::{KeyAttr, Reference, Template},
    tree::{YamlNode, YamlValue},
};
use crate::diagnostic::{Span, suggest};

/// The ids of a file, by section.
#[derive(Debug)]
pub(super) struct DeclaredIds<'a> {
    root: &'a YamlNode,
    pub(super) inputs: Vec<String>,
    pub(super) tables: Vec<String>,
    pub(super) functions: Vec<String>,
    pub(super) routes: Vec<String>,
    pub(super) key: Option<OwnKey>,
    /// Every reference that is written anywhere in the file.
    pub(super) references: Vec<Reference>,
}

/// Whether the stack's key is its own or an existing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnKey {
    /// A key that the stack creates.
    Own,
    /// An existing key, given by `key.arn`.
    Given,
}

impl<'a> DeclaredIds<'a> {
    /// Collects the declarations of `root`.
    pub(super) fn of(root: &'a YamlNode) -> Self {
        let keys = |node: Option<&YamlNode>| -> Vec<String> {
            node.map(|node| node.entries().iter().map(|entry| entry.key.text.clone()).collect())
                .unwrap_or_default()
        };
        let mut references = Vec::new();
        collect_references(root, &mut references);
        Self {
            root,
            references,
            inputs: keys(root.get("inputs")),
            tables: keys(root.get("tables")),
            functions: keys(root.get("functions")),
            routes: keys(root.get("api").and_then(|api| api.get("routes"))),
            key: root
                .get("key")
                .map(|key| if key.get("arn").is_some() { OwnKey::Given } else { OwnKey::Own }),
        }
    }

    /// Returns whether something is written at `path`, valid or not.
    pub(super) fn is_written(&self, path: &[&str]) -> bool {
        path.iter().try_fold(self.root, |node, key| node.get(key)).is_some()
    }

    /// Returns the keys of the mapping under the key at `span`, valid or not.
    pub(super) fn keys_at(&self, span: Span) -> impl Iterator<Item = &str> {
        let entries = find_mapping(self.root, span).map(YamlNode::entries).unwrap_or_default();
        entries.iter().map(|entry| entry.key.text.as_str())
    }

    /// Returns whether `section` is written and, if it holds things by id, has at least one.
    pub(super) fn has_any(&self, section: &str) -> bool {
        self.root.get(section).is_some_and(|node| section == "key" || !node.entries().is_empty())
    }

    /// Returns a message and a hint if `reference` points to nothing.
    pub(super) fn find_missing(&self, reference: &Reference) -> Option<(String, String)> {
        match reference {
            Reference::Input(name) => undeclared_name("input", name, &self.inputs, "inputs"),
            Reference::Table(id, _) => undeclared_name("table", id, &self.tables, "tables"),
            Reference::Function(id, _) | Reference::Role(id, _) => {
                undeclared_name("function", id, &self.functions, "functions")
            }
            Reference::Stack(_) => None,
            Reference::Api(_) if self.is_written(&["api"]) => None,
            Reference::Api(_) => Some(missing_section(reference, "api", "add an `api:` section")),
            Reference::Key(KeyAttr::Alias) if self.key == Some(OwnKey::Given) => Some((
                "a key given by `key.arn` has no alias here".to_owned(),
                "use `${key.arn}` or `${key.id}`".to_owned(),
            )),
            Reference::Key(_) if self.key.is_some() => None,
            Reference::Key(_) => {
                Some(missing_section(reference, "key", "add `key: {}` for a key of the stack's own"))
            }
        }
    }
}

/// Finds the mapping under the key at `span`.
fn find_mapping(node: &YamlNode, span: Span) -> Option<&YamlNode> {
    let inner = |node| find_mapping(node, span);
    match &node.value {
        YamlValue::Map(_) if node.span == span => Some(node),
        YamlValue::Map(entries) => entries.iter().map(|entry| &entry.node).find_map(inner),
        YamlValue::List(items) => items.iter().find_map(inner),
        _ => None,
    }
}

/// Collects the references in all texts, keys included.
fn collect_references(node: &YamlNode, references: &mut Vec<Reference>) {
    let mut read = |text: &str| {
        if let Ok(template) = Template::parse(text, Span::default()) {
            references.extend(template.references().map(|(reference, _)| reference.clone()));
        }
    };
    match &node.value {
        YamlValue::Text(text) => read(&text.text),
        YamlValue::List(items) => items.iter().for_each(|item| collect_references(item, references)),
        YamlValue::Map(entries) => {
            for entry in entries {
                collect_references(
                    &YamlNode { value: YamlValue::Text(entry.key.clone()), span: entry.span },
                    references,
                );
                collect_references(&entry.node, references);
            }
        }
        _ => {}
    }
}

fn missing_section(reference: &Reference, name: &str, hint: &str) -> (String, String) {
    (format!("`${{{reference}}}` needs a section this spec does not have: `{name}`"), hint.to_owned())
}

/// Returns a message and a hint if `name` is not one of `known`.
pub(super) fn undeclared_name(
    kind: &str,
    name: &str,
    known: &[String],
    section: &str,
) -> Option<(String, String)> {
    if known.iter().any(|other| other == name) {
        return None;
    }
    let hint = if known.is_empty() {
        format!("declare it under `{section}:`")
    } else {
        suggest::hint(name, known.iter().map(String::as_str), "this spec has")
    };
    Some((format!("there is no {kind} `{name}`"), hint))
}
