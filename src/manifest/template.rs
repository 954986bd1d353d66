//! Strings with `${…}` references in them.
use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};

pub(super) use super::reference::NAMESPACES;
pub use super::reference::{ApiAttr, KeyAttr, NamedAttr, Reference, StackAttr};
use crate::{
    diagnostic::{Diagnostic, Severity, Span},
    redact::REFERENCE,
};

/// Name of the newtype by which [`Template`] asks the spec's own deserializer for its text and place.
pub(super) const TEMPLATE: &str = "$copilot::Template";
/// `format` of a template in the JSON Schema.
pub(super) const FORMAT: &str = "copilot-template";
/// Wrong references of one text that are reported; a text that is full of them need not be read to its end.
pub(super) const MAX_FLAWS: usize = 100;

/// A string, split at its references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(pub Vec<TemplatePart>);

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplatePart {
    /// Literal text, with `$${` already undone.
    Text(String),
    /// A reference, with its place in the file.
    Ref(Reference, Span),
}

impl fmt::Display for Template {
    /// Formats the template as it is written in a spec.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            TemplatePart::Text(text) => f.write_str(&text.replace("${", "$${")),
            TemplatePart::Ref(reference, _) => write!(f, "${{{reference}}}"),
        })
    }
}

impl Template {
    /// Splits `text`, which is at `span`, at its references; every flaw is reported.
    ///
    /// # Errors
    /// An unclosed `${`, or a reference whose namespace or attribute does not exist.
    pub fn parse(text: &str, span: Span) -> Result<Self, Vec<Diagnostic>> {
        Self::parse_at(text, span, None)
    }

    /// Parses like [`Template::parse`]; with `verbatim`, the text is at that offset of the file literally, so that
    /// references get spans of their own.
    pub(super) fn parse_at(text: &str, span: Span, verbatim: Option<usize>) -> Result<Self, Vec<Diagnostic>> {
        let spot = |from: usize, to: usize| match verbatim {
            Some(offset) => Span { start: offset + from, end: offset + to },
            None => span,
        };
        let (mut parts, mut flaws, mut literal, mut at) = (Vec::new(), Vec::new(), String::new(), 0);
        while let Some(found) = text[at..].find("${").map(|offset| at + offset) {
            if flaws.len() == MAX_FLAWS {
                break;
            }
            if text[at..found].ends_with('$') {
                literal.push_str(&text[at..found - 1]);
                literal.push_str("${");
                at = found + 2;
                continue;
            }
            literal.push_str(&text[at..found]);
            let Some(length) = text[found..].find('}') else {
                flaws.push(unclosed_reference(spot(found, text.len())));
                at = text.len();
                break;
            };
            let (inner, after) = (&text[found + 2..found + length], found + length + 1);
            match Reference::parse(inner.trim()) {
                Ok(reference) => {
                    if !literal.is_empty() {
                        parts.push(TemplatePart::Text(std::mem::take(&mut literal)));
                    }
                    parts.push(TemplatePart::Ref(reference, spot(found, after)));
                }
                Err((message, hint)) => {
                    flaws.push(unknown_reference(spot(found, after), message, Some(hint)));
                }
            }
            at = after;
        }
        literal.push_str(&text[at..]);
        if !literal.is_empty() {
            parts.push(TemplatePart::Text(literal));
        }
        if flaws.is_empty() { Ok(Self(parts)) } else { Err(flaws) }
    }

    /// Iterates over its references.
    pub fn references(&self) -> impl Iterator<Item = (&Reference, Span)> {
        self.0.iter().filter_map(|part| match part {
            TemplatePart::Ref(reference, span) => Some((reference, *span)),
            TemplatePart::Text(_) => None,
        })
    }

    /// Returns its text with a placeholder for each reference, so that the written parts can be checked.
    pub(crate) fn written(&self) -> String {
        let piece = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Ref(..) => REFERENCE.to_string(),
        };
        self.0.iter().map(piece).collect()
    }

    /// Returns its text if it has no references.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [TemplatePart::Text(text)] => Some(text),
            _ => None,
        }
    }
}

fn unclosed_reference(span: Span) -> Diagnostic {
    let message = "this `${` is never closed";
    Diagnostic::of_rule("unclosed-reference", Severity::Error, Some(span), message)
        .with_hint("close it with `}`, or write `$${` for a literal `${`")
}

fn unknown_reference(span: Span, message: String, hint: Option<String>) -> Diagnostic {
    Diagnostic { hint, ..Diagnostic::of_rule("unknown-reference", Severity::Error, Some(span), message) }
}

impl FromStr for Template {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text, Span::default())
            .map_err(|flaws| flaws.into_iter().map(|flaw| flaw.message).collect::<Vec<_>>().join("; "))
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(TEMPLATE, TemplateVisitor)
    }
}

struct TemplateVisitor;

impl<'de> Visitor<'de> for TemplateVisitor {
    type Value = Template;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Template, A::Error> {
        let missing = || A::Error::custom("a template needs its text and its place");
        let text: String = parts.next_element()?.ok_or_else(missing)?;
        let span = Span {
            start: parts.next_element()?.ok_or_else(missing)?,
            end: parts.next_element()?.ok_or_else(missing)?,
        };
        let verbatim = parts.next_element::<usize>()?;
        Template::parse_at(&text, span, verbatim).map_err(|_| A::Error::custom("a reference is wrong"))
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Template, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Template {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": FORMAT})
    }
}
