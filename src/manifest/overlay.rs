//! Lays one file over another, and single values over both.
use super::{
    syntax_error::SyntaxError,
    tree::{self, YamlNode, YamlValue},
    yaml::{self, RawNode, RawValue},
};
use crate::diagnostic::{Diagnostic, SourceFile, Span};

/// Name of the flag that sets one value, as findings show it.
pub const SET_FLAG: &str = "--set";
/// Name of the flag that names the stack, as findings show it.
pub const STACK_FLAG: &str = "--stack";

/// Parses every file of `source` and lays each over those before it; duplicate and odd keys become findings, a syntax
/// error ends the parsing.
pub(super) fn parse_layers(
    source: &SourceFile,
    findings: &mut Vec<Diagnostic>,
) -> Result<YamlNode, SyntaxError> {
    let mut root = None;
    for (start, name, text) in source.files() {
        let raw = match SettingPath::of(name, text) {
            Some(path) => path.parse(text),
            None => yaml::parse_yaml(text),
        };
        let layer = tree::build_tree(raw.map_err(|flaw| flaw.shifted(start))?, source, start, findings);
        root = Some(match root {
            Some(below) => lay_over(below, layer),
            None => layer,
        });
    }
    Ok(root.unwrap_or(YamlNode { value: YamlValue::Null, span: Span::default() }))
}

/// Lays `above` over `below`: mappings are merged, everything else is replaced, and null removes the key.
fn lay_over(below: YamlNode, above: YamlNode) -> YamlNode {
    let YamlNode { value, span } = below;
    match (value, above.value) {
        (value, YamlValue::Null) => YamlNode { value, span },
        (YamlValue::Map(mut entries), YamlValue::Map(above)) => {
            for mut entry in above {
                let at = entries.iter().position(|one| one.key.text == entry.key.text);
                match (at, &entry.node.value) {
                    (Some(at), YamlValue::Null) => drop(entries.remove(at)),
                    (Some(at), _) => {
                        let below = entries.remove(at);
                        entry.node = lay_over(below.node, entry.node);
                        entries.insert(at, entry);
                    }
                    (None, YamlValue::Null) => {}
                    (None, _) => entries.push(entry),
                }
            }
            YamlNode { value: YamlValue::Map(entries), span }
        }
        (_, value) => YamlNode { value, span: above.span },
    }
}

/// The keys of a value that is set on the command line, such as `api.stage.name=prod`.
struct SettingPath<'a> {
    keys: Vec<&'a str>,
    /// Offset of the value.
    value: usize,
}

impl<'a> SettingPath<'a> {
    /// Returns the keys of `text`, if it is the value of a flag and no file.
    fn of(name: &str, text: &'a str) -> Option<Self> {
        let is_flag = [SET_FLAG, STACK_FLAG].contains(&name);
        let (path, _) = text.split_once('=').filter(|_| is_flag)?;
        Some(Self { keys: path.split('.').collect(), value: path.len() + 1 })
    }

    /// Parses the value, and wraps it in mappings by its keys.
    fn parse(&self, text: &str) -> Result<RawNode, SyntaxError> {
        let mut node = yaml::parse_yaml(&text[self.value..]).map_err(|flaw| flaw.shifted(self.value))?;
        shift(&mut node, self.value);
        let mut end = self.value - 1;
        for key in self.keys.iter().rev() {
            let start = end - key.len();
            let span = Span { start, end };
            let key = RawNode { value: RawValue::Text((*key).to_owned()), span };
            node = RawNode { value: RawValue::Map(vec![(key, node)]), span };
            end = start.saturating_sub(1);
        }
        Ok(node)
    }
}

/// Moves all spans of a node by `offset`.
fn shift(node: &mut RawNode, offset: usize) {
    node.span = Span { start: node.span.start + offset, end: node.span.end + offset };
    match &mut node.value {
        RawValue::List(items) => items.iter_mut().for_each(|item| shift(item, offset)),
        RawValue::Map(entries) => {
            for (key, value) in entries {
                shift(key, offset);
                shift(value, offset);
            }
        }
        _ => {}
    }
}
