//! Waits while authorization does not count the tags and aliases of a new key yet.
//!
//! "It might take up to five minutes for tag and alias changes to affect KMS key authorization. Recent changes might be
//! visible in API operations before they affect authorization." (KMS guide, "ABAC for AWS KMS".) Until then who may use
//! the key by its tag or alias, as the deployer's policy has it, is denied: by KMS itself, and by the services that use
//! the key in the caller's name.
use std::time::Duration;

use aws_smithy_types::DateTime;

use super::ALIAS;
use crate::aws::{Cx, Error, Result, RetryDecision};

/// Longest time a change of this run takes to count, and a minute more.
pub(super) const LAG: Duration = Duration::from_mins(6);
/// Age from which on a key or alias counts for certain: the longest lag, and the five minutes by which this machine's
/// clock may be off.
const NEW: Duration = Duration::from_mins(10);
/// Delay between two tries.
pub(super) const EVERY: Duration = Duration::from_secs(5);
/// What is waited for.
pub(in crate::resources) const WAITING: &str =
    "KMS to count a new key's tags, which it sees up to 5 minutes late";

/// Records that a key was made or changed in this run.
pub(super) fn note_change(cx: &Cx<'_>, arn: &str) {
    cx.run.mark_modified(arn);
    cx.run.note_authorization_lag(arn, LAG);
}

/// Records that `thing`, the ARN of a key or an alias, is so new that authorization may not count it yet.
pub(super) fn note_age(cx: &Cx<'_>, thing: &str, created: Option<DateTime>) {
    let age = created.and_then(|created| created.try_into().ok()).map(|created| {
        // What seems to be made in the future was made just now, by a clock that is ahead.
        cx.aws.now().duration_since(created).unwrap_or_default()
    });
    if let Some(age) = age.filter(|age| *age < NEW && !cx.run.was_modified(thing)) {
        cx.run.mark_modified(thing);
        cx.run.note_authorization_lag(thing, NEW.saturating_sub(age));
    }
}

/// Returns whether authorization may not count the tags and aliases of `key`, an ARN or alias, yet.
pub(in crate::resources) fn is_new(cx: &Cx<'_>, key: &str) -> bool {
    cx.run.remaining_authorization_lag(key).is_some_and(|left| !left.is_zero())
}

/// Retries while the use of `key`, an ARN or alias, is denied and the key is new.
pub(in crate::resources) async fn retry_while_new<T>(
    cx: &Cx<'_>,
    key: Option<&str>,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<T> {
    let left = key.and_then(|key| cx.run.remaining_authorization_lag(key)).unwrap_or_default();
    let retry_decision = |error: &Error| {
        if is_key_denied(error) { RetryDecision::After(EVERY) } else { RetryDecision::GiveUp }
    };
    cx.retry_until_ok(WAITING, left, retry_decision, attempt).await
}

/// Texts of services that may not use a key in the caller's name, or not yet: DynamoDB's
/// (aws-controllers-k8s/dynamodb-controller, `docs/api-quirks`, finding DDB-TABLE-023), Lambda's for what takes
/// `kms:CreateGrant` and `kms:Encrypt` (Lambda guide, "Securing Lambda environment variables"), and CloudWatch Logs',
/// whose code has changed over the years (hashicorp/terraform-provider-aws, issues 8042 and 29282).
const DENIED_USES: [&str; 4] = [
    "KMS key access denied",
    "the KMS key is invalid for CreateGrant",
    "KMS access was denied",
    "KMS key does not exist or is not allowed to be used",
];

/// Returns whether a call was refused because the caller, or a service in its name, may not use a key.
pub(super) fn is_key_denied(error: &Error) -> bool {
    let Error::Service { operation, message, .. } = error else { return false };
    operation.starts_with("kms:") && error.is_denied()
        || DENIED_USES.iter().any(|text| message.contains(text))
}

/// Returns the name under which the age of what is called `name`, an id, ARN or alias, is noted.
pub(super) fn noted_name(cx: &Cx<'_>, name: &str) -> String {
    if name.starts_with(ALIAS) || name.starts_with("arn:") {
        name.to_owned()
    } else {
        cx.aws.arn("kms", &format!("key/{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(operation: &'static str, code: &str, message: &str) -> Error {
        let (code, message) = (code.to_owned(), message.to_owned());
        Error::Service { operation, code, message, request_id: None, status: 400 }
    }

    #[test]
    fn only_denials_of_a_key_are_taken_for_its_age() {
        let denied = |operation, message| refused(operation, "AccessDeniedException", message);
        let no = "User: x is not authorized to perform: kms:CreateAlias";
        assert!(is_key_denied(&denied("kms:CreateAlias", no)));
        assert!(is_key_denied(&denied("dynamodb:CreateTable", "KMS key access denied error: no")));
        let words = "Lambda was unable to encrypt your environment variables because KMS access was denied.";
        assert!(is_key_denied(&refused("lambda:CreateFunction", "InvalidParameterValueException", words)));
        let no = "User: x is not authorized to perform: dynamodb:CreateTable";
        assert!(!is_key_denied(&denied("dynamodb:CreateTable", no)));
        assert!(!is_key_denied(&refused("kms:CreateAlias", "NotFoundException", "no")));
        assert!(!is_key_denied(&Error::NoRegion));
    }
}
