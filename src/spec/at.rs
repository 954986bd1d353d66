//! Values that remember where in the file they stood.
use std::ops::Deref;

/// A stretch of the spec's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Byte offset of its first character.
    pub start: usize,
    /// Byte offset after its last character.
    pub end: usize,
}

/// A value and its place; compares by value alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stood.
    pub place: Place,
}

impl<T> Deref for At<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
impl<T: Eq> Eq for At<T> {}

/// A YAML mapping with free keys, in the order of the file.
#[derive(Clone, Debug)]
pub struct Map<V>(Vec<(At<String>, V)>);

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
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&At<String>, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }
    /// Iterates over the keys in the order of the file.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &At<String>> {
        self.0.iter().map(|(key, _)| key)
    }
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<V> FromIterator<(At<String>, V)> for Map<V> {
    fn from_iter<I: IntoIterator<Item = (At<String>, V)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}
