//! The file as a tree: keys are strings and unique, every node has its place.
use super::{
    flaw::Flaw,
    yaml::{self, Raw, RawValue},
};
use crate::diagnostic::{Diagnostic, Severity, SourceFile, Span};

/// A node of the file.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    /// Of a scalar its own place; of a list or mapping the place of the key it stands under.
    pub(super) span: Span,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A string, and where its text stands letter by letter in the file, if it does.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) verbatim: Option<usize>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Text,
    pub(super) span: Span,
    pub(super) node: Node,
}

impl Node {
    /// Returns the entries of a mapping.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }
    /// Returns the value under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key.text == key).map(|entry| &entry.node)
    }
    /// Returns its text, if it is a string.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(&text.text),
            _ => None,
        }
    }
}

/// Parses `source`; duplicate and odd keys become findings, a syntax error ends it.
pub(super) fn parse(source: &SourceFile, findings: &mut Vec<Diagnostic>) -> Result<Node, Flaw> {
    yaml::parse(source.text()).map(|raw| Builder { source, findings }.node(raw, None))
}

struct Builder<'a> {
    source: &'a SourceFile,
    findings: &'a mut Vec<Diagnostic>,
}

impl Builder<'_> {
    fn node(&mut self, raw: Raw, key: Option<Span>) -> Node {
        let own = self.sound(raw.span);
        let value = match raw.value {
            RawValue::Null => Value::Null,
            RawValue::Bool(value) => Value::Bool(value),
            RawValue::Int(value) => Value::Int(value),
            RawValue::Float(value) => Value::Float(value),
            RawValue::Text(text) => Value::Text(self.text(text, own)),
            RawValue::List(items) => {
                Value::List(items.into_iter().map(|item| self.node(item, None)).collect())
            }
            RawValue::Map(entries) => Value::Map(self.entries(entries)),
        };
        let span = match (&value, key) {
            (Value::List(_) | Value::Map(_) | Value::Null, Some(key)) => key,
            (Value::Map(entries), None) => entries.first().map_or(own, |entry| entry.span),
            _ => own,
        };
        Node { value, span }
    }

    fn entries(&mut self, raw: Vec<(Raw, Raw)>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::with_capacity(raw.len());
        let mut seen = std::collections::HashMap::new();
        for (raw_key, raw_value) in raw {
            let span = self.sound(raw_key.span);
            let Some(key) = self.key(raw_key, span) else { continue };
            let node = self.node(raw_value, Some(span));
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
            entries.push(Entry { key, span, node });
        }
        entries
    }

    fn key(&mut self, raw: Raw, span: Span) -> Option<Text> {
        match raw.value {
            RawValue::Text(text) => Some(self.text(text, span)),
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

    /// Finds the text letter by letter in the file: plain, or between quotes.
    fn text(&self, text: String, span: Span) -> Text {
        let written = self.source.text().get(span.start..span.end).unwrap_or_default();
        let verbatim = if written == text {
            Some(span.start)
        } else if written.get(1..written.len().saturating_sub(1)) == Some(&text) {
            Some(span.start + 1)
        } else {
            None
        };
        Text { text, verbatim }
    }

    /// Keeps a place inside the text, on character boundaries and without the white space after it.
    fn sound(&self, span: Span) -> Span {
        let text = self.source.text();
        let start = text.floor_char_boundary(span.start);
        let end = text.floor_char_boundary(span.end.max(start));
        Span { start, end: start + text[start..end].trim_end().len() }
    }

    fn report(&mut self, rule: &'static str, span: Span, message: String, hint: String) {
        self.findings.push(Diagnostic::of_rule(rule, Severity::Error, Some(span), message).with_hint(hint));
    }
}
