//! Values that are known only after apply, because AWS assigns them when it makes a resource.
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::aws::{Error, Result};

/// Only key of the object that stands for an unknown value in a document.
pub const KNOWN_AFTER_KEY: &str = "$after";

/// A value that is known now, or known after apply of the resource that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaybeKnown<T> {
    /// The value is known now.
    Known(T),
    /// The value is known after apply; the text says after what, such as `api.id`.
    KnownAfter(String),
}

impl<T> MaybeKnown<T> {
    /// Computes a value from this one as soon as it is known.
    pub fn map<U>(&self, build: impl FnOnce(&T) -> U) -> MaybeKnown<U> {
        match self {
            Self::Known(value) => MaybeKnown::Known(build(value)),
            Self::KnownAfter(what) => MaybeKnown::KnownAfter(what.clone()),
        }
    }

    /// Returns the value, for a call to AWS.
    ///
    /// # Errors
    /// [`Error::UnknownValue`] if it is not known yet.
    pub fn require_known(&self) -> Result<&T> {
        match self {
            Self::Known(value) => Ok(value),
            Self::KnownAfter(what) => Err(Error::UnknownValue(what.clone())),
        }
    }
}

impl<T> From<T> for MaybeKnown<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl MaybeKnown<String> {
    /// Concatenates pieces; the result is unknown as soon as one of them is.
    pub fn concat(pieces: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = String::new();
        for piece in pieces {
            match piece {
                Self::Known(text) => whole.push_str(&text),
                unknown @ Self::KnownAfter(_) => return unknown,
            }
        }
        Self::Known(whole)
    }
}

impl<T: Serialize> Serialize for MaybeKnown<T> {
    fn serialize<S: Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(out),
            Self::KnownAfter(what) => {
                let mut map = out.serialize_map(Some(1))?;
                map.serialize_entry(KNOWN_AFTER_KEY, what)?;
                map.end()
            }
        }
    }
}

/// Returns what the first unknown value in a document waits for, such as `api.id`.
#[must_use]
pub fn first_unknown(document: &Value) -> Option<&str> {
    match document {
        Value::Object(members) => match members.get(KNOWN_AFTER_KEY) {
            Some(what) => what.as_str(),
            None => members.values().find_map(first_unknown),
        },
        Value::Array(items) => items.iter().find_map(first_unknown),
        _ => None,
    }
}
