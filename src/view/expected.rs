//! How long work on a resource usually takes.
use std::time::Duration;

use crate::engine::Verb;

/// A guess for whoever waits, in the order of magnitude that the waiters of the SDKs and other tools' logs
/// show; AWS promises none of it. What a run measures itself takes its place.
pub(super) fn expected(kind: &str, verb: Verb) -> Duration {
    let seconds = match (kind, verb) {
        // Indexes are built with the table; later changes may touch them one by one.
        ("dynamodb/table", Verb::Create) => 15,
        ("dynamodb/table", Verb::Update | Verb::Replace) => 30,
        ("dynamodb/table", Verb::Delete) | ("lambda/function" | "iam/role", Verb::Create) => 10,
        ("lambda/function", _) => 6,
        ("kms/key", _) => 5,
        _ => 2,
    };
    Duration::from_secs(seconds)
}
