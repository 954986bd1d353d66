//! The YAML parser, behind one function: from text to a raw tree with spans.
//!
//! Nothing outside this file knows which parser it is.
use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_yaml::{DuplicateKeyPolicy, Location, NonFiniteFloatPolicy, SnippetMode, Spanned};

use super::syntax_error::SyntaxError;
use crate::diagnostic::Span;

/// Maximum number of nodes in a file, expanded aliases included; the reference stack has some 200.
const MAX_NODES: usize = 20_000;
/// Maximum depth of nesting; the language needs 7 levels, and the parser some 45 KB of call stack for each.
const MAX_DEPTH: usize = 16;

/// A node as the parser reports it.
pub(super) struct RawNode {
    pub(super) value: RawValue,
    pub(super) span: Span,
}

/// The value of a raw node.
pub(super) enum RawValue {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<RawNode>),
    Map(Vec<(RawNode, RawNode)>),
}

/// Parses one document in bounded time and memory; an empty text is null.
pub(super) fn parse_yaml(text: &str) -> Result<RawNode, SyntaxError> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES,
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
        },
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: MAX_NODES },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        reject_unsupported_tags: true,
        strict_booleans: true,
        with_snippet: false,
    };
    serde_yaml::from_str_with_options::<RawNode>(text, options).map_err(|error| {
        let span = error
            .location()
            .and_then(|location| span_of_location(&location).or_else(|| span_of_characters(text, &location)));
        SyntaxError::new(span.or_else(|| find_byte_order_mark(text)), &parser_message(&error))
    })
}

/// Converts a location for which the scanner knows only characters, not bytes, to a span.
fn span_of_characters(text: &str, location: &Location) -> Option<Span> {
    let start = text.char_indices().nth(usize::try_from(location.span().offset()).ok()?);
    let (start, end) = start.map_or((text.len(), text.len()), |(at, letter)| (at, at + letter.len_utf8()));
    Some(Span { start, end })
}

/// Finds a byte-order mark that is not at the beginning: the one flaw without any location.
fn find_byte_order_mark(text: &str) -> Option<Span> {
    text.find('\u{feff}').map(|start| Span { start, end: start + '\u{feff}'.len_utf8() })
}

/// Returns the parser's message without its own position, in one line.
fn parser_message(error: &serde_yaml::Error) -> String {
    let rendered = error.render_with_options(serde_yaml::render_options! { snippets: SnippetMode::Off });
    let text = rendered.split(" at line ").next().unwrap_or(&rendered);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn span_of_location(location: &Location) -> Option<Span> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len().unwrap_or(0)).ok()?;
    Some(Span { start, end: start + length })
}

impl<'de> Deserialize<'de> for RawNode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, defined, .. } = Spanned::<RawValue>::deserialize(deserializer)?;
        Ok(Self { value, span: span_of_location(&defined).unwrap_or_default() })
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawValue;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }
    fn visit_unit<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<RawValue, E> {
        Ok(RawValue::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<RawValue, E> {
        Ok(RawValue::Int(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<RawValue, E> {
        // No number of the language is that large: a float keeps the order of magnitude for the message.
        #[expect(clippy::cast_precision_loss, reason = "only the range check sees it")]
        Ok(i64::try_from(value).map_or(RawValue::Float(value as f64), RawValue::Int))
    }
    fn visit_f64<E>(self, value: f64) -> Result<RawValue, E> {
        Ok(RawValue::Float(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<RawValue, E> {
        Ok(RawValue::Text(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<RawValue, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(RawValue::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(RawValue::Map(entries))
    }
}
