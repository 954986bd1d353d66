//! Converts the tree to the types: a serde deserializer that provides spans.
use std::{iter, slice};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, IntoDeserializer, SeqAccess, Visitor,
        value::{BorrowedStrDeserializer, Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};

use super::{
    template::TEMPLATE,
    tree::{YamlEntry, YamlNode, YamlText, YamlValue},
};
use crate::diagnostic::{SPANNED, Span};

/// Decodes a value of type `T` from `node`.
pub(super) fn decode_node<'de, T: Deserialize<'de>>(node: &'de YamlNode) -> Result<T, Error> {
    T::deserialize(NodeDe(node))
}

#[derive(Clone, Copy)]
struct NodeDe<'de>(&'de YamlNode);

impl<'de> IntoDeserializer<'de, Error> for NodeDe<'de> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for NodeDe<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.value {
            YamlValue::Null => visitor.visit_unit(),
            YamlValue::Bool(value) => visitor.visit_bool(*value),
            YamlValue::Int(value) => visitor.visit_i64(*value),
            YamlValue::Float(value) => visitor.visit_f64(*value),
            YamlValue::Text(text) => visitor.visit_borrowed_str(&text.text),
            YamlValue::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(NodeDe))),
            YamlValue::Map(entries) => visitor.visit_map(map_pairs(entries)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.value {
            YamlValue::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    /// A key without a value is an empty mapping.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.value {
            YamlValue::Null => visitor.visit_map(map_pairs(&[])),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match (name, &self.0.value) {
            (SPANNED, _) => visitor.visit_seq(Located { span: self.0.span, value: Some(self), step: 0 }),
            (TEMPLATE, YamlValue::Text(text)) => {
                visitor.visit_seq(TemplateParts { text, span: self.0.span, step: 0 })
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.0.value {
            YamlValue::Text(text) => {
                text.text.as_str().into_deserializer().deserialize_enum(name, variants, visitor)
            }
            YamlValue::Map(entries) => visitor.visit_enum(MapAccessDeserializer::new(map_pairs(entries))),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct struct identifier ignored_any
    }
}

type Pairs<'de> = MapDeserializer<
    'de,
    iter::Map<slice::Iter<'de, YamlEntry>, fn(&'de YamlEntry) -> (KeyDe<'de>, NodeDe<'de>)>,
    Error,
>;

fn map_pairs(entries: &[YamlEntry]) -> Pairs<'_> {
    MapDeserializer::new(entries.iter().map(|entry| (KeyDe(entry), NodeDe(&entry.node))))
}

/// A key of a mapping.
#[derive(Clone, Copy)]
struct KeyDe<'de>(&'de YamlEntry);

impl<'de> IntoDeserializer<'de, Error> for KeyDe<'de> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for KeyDe<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(&self.0.key.text)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match name {
            SPANNED => visitor.visit_seq(Located { span: self.0.span, value: Some(self), step: 0 }),
            TEMPLATE => visitor.visit_seq(TemplateParts { text: &self.0.key, span: self.0.span, step: 0 }),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The fields that [`Spanned`] asks for: start, end, value.
struct Located<D> {
    span: Span,
    value: Option<D>,
    step: u8,
}

impl<'de, D: Deserializer<'de, Error = Error>> SeqAccess<'de> for Located<D> {
    type Error = Error;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.step += 1;
        match self.step {
            1 => seed.deserialize(self.span.start.into_deserializer()).map(Some),
            2 => seed.deserialize(self.span.end.into_deserializer()).map(Some),
            _ => self.value.take().map(|value| seed.deserialize(value)).transpose(),
        }
    }
}

/// The fields that [`Template`] asks for: text, start, end, and the offset of its verbatim text.
struct TemplateParts<'de> {
    text: &'de YamlText,
    span: Span,
    step: u8,
}

impl<'de> SeqAccess<'de> for TemplateParts<'de> {
    type Error = Error;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.step += 1;
        let offset = match self.step {
            1 => return seed.deserialize(BorrowedStrDeserializer::new(&self.text.text)).map(Some),
            2 => Some(self.span.start),
            3 => Some(self.span.end),
            4 => self.text.verbatim,
            _ => None,
        };
        offset.map(|offset| seed.deserialize(offset.into_deserializer())).transpose()
    }
}
