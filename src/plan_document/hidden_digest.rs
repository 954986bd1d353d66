//! The digest of the values that a saved plan does not show.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{digest::keyed_digest, engine::HiddenValues};

/// A keyed digest of all values that a saved plan shows as hidden, so that they are applied as they were planned.
///
/// Whoever has the file can try values against it, so a short secret is as safe as the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Hidden")]
pub struct HiddenDigest {
    /// The key in hexadecimal: random for every plan.
    pub key: String,
    /// HMAC-SHA256 of the values with their places, in hexadecimal.
    pub hmac_sha256: String,
}

impl HiddenDigest {
    /// Returns the digest of `values` under a new key.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn of(values: &HiddenValues) -> Result<Self, getrandom::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self { key: hex::encode(key), hmac_sha256: digest_values(&key, values) })
    }

    /// Returns whether the digest is that of `values`.
    #[must_use]
    pub fn is_of(&self, values: &HiddenValues) -> bool {
        let mut key = [0; 32];
        let is_key = hex::decode_to_slice(&self.key, &mut key).is_ok() && hex::encode(key) == self.key;
        is_key && digest_values(&key, values) == self.hmac_sha256
    }
}

/// Returns the digest of values in the order of their places: AWS may list what left the spec in another order.
fn digest_values(key: &[u8; 32], values: &HiddenValues) -> String {
    let mut lines: Vec<&str> = values.lines().collect();
    lines.sort_unstable();
    keyed_digest(key, lines)
}
