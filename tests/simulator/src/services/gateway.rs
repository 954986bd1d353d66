//! API Gateway v1, as far as it is used: the logging role of the account in a region.
use crate::{
    call::Call,
    reply::{Answer, refusal},
};
use serde_json::json;

/// The setting.
#[derive(Clone, Default)]
pub(crate) struct Gateway {
    pub(crate) role: Option<String>,
    /// From when on stages see it.
    pub(crate) ready: u64,
}

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "GetAccount" => Ok(account(call)),
        "UpdateAccount" => update(call),
        _ => super::unknown(call),
    }
}

fn account(call: &Call<'_>) -> serde_json::Value {
    let mut account =
        json!({ "throttleSettings": { "burstLimit": 5000, "rateLimit": 10000.0 }, "features": [] });
    if let Some(role) = &call.here.gateway.role {
        account["cloudwatchRoleArn"] = role.as_str().into();
    }
    account
}

/// Sets the role.
///
/// An empty ARN is refused, so the setting cannot be taken back (hashicorp/terraform-provider-aws,
/// `apigateway/account.go`); a fresh role is refused in one of two ways for a while (same file; the Serverless
/// Framework tries ten times, every ten seconds).
fn update(call: &mut Call<'_>) -> Answer {
    let value = call.list("patchOperations").iter().find(|it| it["path"] == "/cloudwatchRoleArn");
    let Some(value) = value.map(|it| it["value"].as_str().unwrap_or_default().to_owned()) else {
        return Err(refusal(400, "BadRequestException", "Invalid patch path"));
    };
    if !value.starts_with("arn:") || !value.contains(":role/") {
        return Err(refusal(400, "BadRequestException", "The role ARN is not well formed"));
    }
    let usable = call.iam.usable(&value, call.now).filter(|role| role.trusts("apigateway.amazonaws.com"));
    let Some(role) = usable else {
        let words = "The role ARN does not have required permissions configured. Please grant trust permission \
                     for API Gateway and add the required role policy.";
        return Err(refusal(400, "BadRequestException", words));
    };
    if !role.allows(call.now, "logs:PutLogEvents") {
        let words = "API Gateway could not successfully write to CloudWatch Logs using the ARN specified";
        return Err(refusal(400, "BadRequestException", words));
    }
    call.here.gateway.role = Some(value);
    call.here.gateway.ready = call.now + call.switches.account_role_delay;
    Ok(account(call))
}
