//! STS: who is calling.
use crate::{call::Call, reply::Answer};
use serde_json::json;

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "GetCallerIdentity" => Ok(json!({
            "Arn": format!("arn:{}:iam::{}:user/deployer", call.partition(), call.account),
            "UserId": "AIDAEXAMPLE",
            "Account": call.account,
        })),
        _ => super::unknown(call),
    }
}
