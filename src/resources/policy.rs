//! Converts policy documents from and to AWS's form.
use crate::{
    aws::{Error, Result},
    engine::first_unknown,
    iam::Policy,
};

/// Reads a document as KMS and Lambda return it.
///
/// # Errors
/// [`Error::InvalidState`] if it is none.
pub fn read(document: &str) -> Result<Policy> {
    Policy::parse(document).map_err(|malformed| Error::InvalidState(malformed.to_string()))
}

/// Reads a document as IAM returns it.
///
/// # Errors
/// As [`read`].
pub fn read_encoded(document: &str) -> Result<Policy> {
    Policy::parse_encoded(document).map_err(|malformed| Error::InvalidState(malformed.to_string()))
}

/// Returns the document to send.
///
/// # Errors
/// [`Error::UnknownValue`] while a value in it is not known.
pub fn known_text(policy: &Policy) -> Result<String> {
    let document = policy.document();
    match first_unknown(&document) {
        Some(what) => Err(Error::UnknownValue(what.to_owned())),
        None => Ok(document.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::MaybeKnown;

    #[test]
    fn unknown_values_are_never_sent() {
        let key: MaybeKnown<String> = MaybeKnown::KnownAfter("key.arn".to_owned());
        let policy = Policy::new([json!({ "Sid": "Key", "Effect": "Allow", "Resource": key })]);
        assert_eq!(known_text(&policy), Err(Error::UnknownValue("key.arn".into())));
    }
}
