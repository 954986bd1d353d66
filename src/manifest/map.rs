//! A mapping with free keys that keeps the order of the file.
use std::{borrow::Cow, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use crate::diagnostic::Spanned;

/// A YAML mapping with free keys, in the order of the file.
#[derive(Clone, Debug)]
pub struct Map<V>(Vec<(Spanned<String>, V)>);

impl<V> Default for Map<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Map<V> {
    /// Returns the value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.iter().find(|(name, _)| **name == key).map(|(_, value)| value)
    }
    /// Iterates in the order of the file.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Spanned<String>, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }
    /// Iterates in the order of the file over values that may be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Spanned<String>, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }
    /// Iterates over the keys in the order of the file.
    #[must_use]
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Spanned<String>> {
        self.0.iter().map(|(key, _)| key)
    }
    /// Returns whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Returns the number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<V: Clone> Map<V> {
    /// Merges these entries over `defaults`: equal names win here, new names follow.
    #[must_use]
    pub fn over(&self, defaults: &Self) -> Self {
        let kept = defaults.iter().map(|(key, value)| match self.0.iter().find(|(name, _)| name == key) {
            Some((name, own)) => (name.clone(), own.clone()),
            None => (key.clone(), value.clone()),
        });
        let new = self.0.iter().filter(|(name, _)| defaults.get(name).is_none()).cloned();
        kept.chain(new).collect()
    }
}

impl<V> FromIterator<(Spanned<String>, V)> for Map<V> {
    fn from_iter<I: IntoIterator<Item = (Spanned<String>, V)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Map<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData)).map(Self)
    }
}

/// Collects the entries of a mapping in their order.
pub(super) struct EntriesVisitor<K, V>(pub(super) PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<K, V> {
    type Value = Vec<(K, V)>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

impl<V: JsonSchema> JsonSchema for Map<V> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Map_of_{}", V::schema_name()).into()
    }
    /// An empty mapping may also be written as nothing at all.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "additionalProperties": generator.subschema_for::<V>()})
    }
}
