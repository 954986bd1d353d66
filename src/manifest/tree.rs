//! The file as a tree: keys are strings and unique, and every node has its span.
use super::yaml::{RawNode, RawValue};
use crate::diagnostic::{Diagnostic, Severity, SourceFile, Span};

/// A node of the file.
#[derive(Clone, Debug)]
pub(super) struct YamlNode {
    pub(super) value: YamlValue,
    /// Span of the node: its own for a scalar; that of its key for a list or mapping.
    pub(super) span: Span,
}

/// The value of a node.
#[derive(Clone, Debug)]
pub(super) enum YamlValue {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(YamlText),
    List(Vec<YamlNode>),
    Map(Vec<YamlEntry>),
}

/// A string, and the offset in the file where its text is verbatim, if it is.
#[derive(Clone, Debug)]
pub(super) struct YamlText {
    pub(super) text: String,
    pub(super) verbatim: Option<usize>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct YamlEntry {
    pub(super) key: YamlText,
    pub(super) span: Span,
    pub(super) node: YamlNode,
}

impl YamlNode {
    /// Returns the entries of a mapping.
    pub(super) fn entries(&self) -> &[YamlEntry] {
        match &self.value {
            YamlValue::Map(entries) => entries,
            _ => &[],
        }
    }
    /// Returns the value under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&YamlNode> {
        self.entries().iter().find(|entry| entry.key.text == key).map(|entry| &entry.node)
    }
    /// Returns its text, if it is a string.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Text(text) => Some(&text.text),
            _ => None,
        }
    }
}

/// Builds the tree of the file that begins at `start` of `source`; duplicate and odd keys become findings.
pub(super) fn build_tree(
    raw: RawNode,
    source: &SourceFile,
    start: usize,
    findings: &mut Vec<Diagnostic>,
) -> YamlNode {
    TreeBuilder { source, start, findings }.build_node(raw, None)
}

struct TreeBuilder<'a> {
    source: &'a SourceFile,
    /// Where the file begins in the joined text.
    start: usize,
    findings: &'a mut Vec<Diagnostic>,
}

impl TreeBuilder<'_> {
    fn build_node(&mut self, raw: RawNode, key: Option<Span>) -> YamlNode {
        let own = self.clamp_span(raw.span);
        let value = match raw.value {
            RawValue::Null => YamlValue::Null,
            RawValue::Bool(value) => YamlValue::Bool(value),
            RawValue::Int(value) => YamlValue::Int(value),
            RawValue::Float(value) => YamlValue::Float(value),
            RawValue::Text(text) => YamlValue::Text(self.locate_text(text, own)),
            RawValue::List(items) => {
                YamlValue::List(items.into_iter().map(|item| self.build_node(item, None)).collect())
            }
            RawValue::Map(entries) => YamlValue::Map(self.build_entries(entries)),
        };
        let span = match (&value, key) {
            (YamlValue::List(_) | YamlValue::Map(_) | YamlValue::Null, Some(key)) => key,
            (YamlValue::Map(entries), None) => entries.first().map_or(own, |entry| entry.span),
            _ => own,
        };
        YamlNode { value, span }
    }

    fn build_entries(&mut self, raw: Vec<(RawNode, RawNode)>) -> Vec<YamlEntry> {
        let mut entries: Vec<YamlEntry> = Vec::with_capacity(raw.len());
        let mut seen = std::collections::HashMap::new();
        for (raw_key, raw_value) in raw {
            let span = self.clamp_span(raw_key.span);
            let Some(key) = self.read_key(raw_key, span) else { continue };
            let node = self.build_node(raw_value, Some(span));
            if let Some(first) = seen.insert(key.text.clone(), span) {
                let line = self.source.position(first.start).line;
                self.report(
                    "duplicate-key",
                    span,
                    format!("`{}` stands here a second time", key.text),
                    format!("keep one of the two; the first is in line {line}"),
                );
                seen.insert(key.text, first);
                continue;
            }
            entries.push(YamlEntry { key, span, node });
        }
        entries
    }

    fn read_key(&mut self, raw: RawNode, span: Span) -> Option<YamlText> {
        match raw.value {
            RawValue::Text(text) => Some(self.locate_text(text, span)),
            RawValue::List(_) | RawValue::Map(_) => {
                self.report(
                    "key-type",
                    span,
                    "a key must be a string".to_owned(),
                    "write `name: value`".to_owned(),
                );
                None
            }
            _ => {
                let written = self.source.text().get(span.start..span.end).unwrap_or_default().to_owned();
                self.report(
                    "key-type",
                    span,
                    format!("the key `{written}` is not a string"),
                    format!("quote it: `\"{written}\"`"),
                );
                None
            }
        }
    }

    /// Finds the verbatim text in the file: plain, or between quotes.
    fn locate_text(&self, text: String, span: Span) -> YamlText {
        let written = self.source.text().get(span.start..span.end).unwrap_or_default();
        let verbatim = if written == text {
            Some(span.start)
        } else if written.get(1..written.len().saturating_sub(1)) == Some(&text) {
            Some(span.start + 1)
        } else {
            None
        };
        YamlText { text, verbatim }
    }

    /// Limits a span to the text, on character boundaries and without the white space after it.
    fn clamp_span(&self, span: Span) -> Span {
        let text = self.source.text();
        let start = text.floor_char_boundary(self.start + span.start);
        let end = text.floor_char_boundary((self.start + span.end).max(start));
        Span { start, end: start + text[start..end].trim_end().len() }
    }

    fn report(&mut self, rule: &'static str, span: Span, message: String, hint: String) {
        self.findings.push(Diagnostic::of_rule(rule, Severity::Error, Some(span), message).with_hint(hint));
    }
}
