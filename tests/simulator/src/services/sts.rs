//! STS: who is calling.
use crate::{call::Call, reply::Answer};
use serde_json::json;

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "GetCallerIdentity" => Ok(json!({
            "Arn": arn(call),
            "UserId": "AIDAEXAMPLE",
            "Account": call.account,
        })),
        _ => super::unknown(call),
    }
}

/// A session is STS's, a user or the account's root IAM's (IAM guide, "IAM identifiers").
fn arn(call: &Call<'_>) -> String {
    let caller = &call.switches.caller;
    let service = if caller.starts_with("assumed-role/") { "sts" } else { "iam" };
    format!("arn:{}:{service}::{}:{caller}", call.partition(), call.account)
}
