//! The spec as its files and flags make it together, each value with the place it comes from.
use serde_json::Value;

use super::{
    load::Loaded,
    overlay,
    tree::{YamlNode, YamlValue},
};
use crate::diagnostic::{SourceFile, render::json::SourcePosition};

/// A value of the merged spec.
#[derive(Clone, Debug)]
pub struct MergedNode {
    /// Where it stands; of a mapping or a list: its key.
    pub place: SourcePosition,
    /// The value.
    pub value: MergedValue,
}

/// What stands in a node of the merged spec.
#[derive(Clone, Debug)]
pub enum MergedValue {
    /// A text, a number, true, false or null.
    Scalar(Value),
    /// A list.
    List(Vec<MergedNode>),
    /// A mapping, in the order of the files.
    Map(Vec<(String, MergedNode)>),
}

impl Loaded {
    /// Returns the merged spec, secrets in it redacted.
    #[must_use]
    pub fn merged(&self) -> Option<MergedNode> {
        let root = overlay::parse_layers(&self.source, &mut Vec::new()).ok()?;
        Some(MergedNode::of(&root, &self.source))
    }
}

impl MergedNode {
    fn of(node: &YamlNode, source: &SourceFile) -> Self {
        let value = match &node.value {
            YamlValue::Null => MergedValue::Scalar(Value::Null),
            YamlValue::Bool(value) => MergedValue::Scalar((*value).into()),
            YamlValue::Int(value) => MergedValue::Scalar((*value).into()),
            YamlValue::Float(value) => MergedValue::Scalar((*value).into()),
            YamlValue::Text(text) => MergedValue::Scalar(text.text.as_str().into()),
            YamlValue::List(items) => {
                MergedValue::List(items.iter().map(|item| Self::of(item, source)).collect())
            }
            YamlValue::Map(entries) => MergedValue::Map(
                entries.iter().map(|entry| (entry.key.text.clone(), Self::of(&entry.node, source))).collect(),
            ),
        };
        Self { place: SourcePosition::of(source, node.span), value }
    }
}
