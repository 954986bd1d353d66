//! Checks of what the whole account and region share.
use super::{Checked, FindingLevel, checked, fine, unknown};
use crate::{
    aws::Cx, engine::Resource, manifest::types::Spec, resources::api_gateway_account::ApiGatewayAccount,
};

/// New accounts start with 10 concurrent runs instead of 1000 (Lambda guide, "Lambda quotas").
const FEW: i32 = 100;

/// Checks the role with which API Gateway writes logs.
pub(super) async fn check_logging_role(cx: &Cx<'_>, spec: &Spec) -> Vec<Checked> {
    const CHECK: &str = "logging role";
    let stage = spec.api.as_ref().map(|api| &api.stage);
    let logs = stage.is_some_and(|it| it.access_log.is_some() || it.logs_execution());
    if !logs {
        return Vec::new();
    }
    vec![match ApiGatewayAccount::of(&cx.aws.region).observe(cx).await {
        Err(error) => unknown(CHECK, &error.diagnostic()),
        Ok(None) => checked(
            CHECK,
            FindingLevel::Problem,
            "API Gateway has no role to write logs with in this account and region",
            Some("`copilot-infra apply` makes one"),
        ),
        Ok(Some(live)) => match live.warning {
            Some(warning) => checked(CHECK, FindingLevel::Problem, warning, None),
            None => fine(CHECK, live.attrs.role),
        },
    }]
}

/// Checks how many functions may run at once.
pub(super) async fn check_concurrency(cx: &Cx<'_>) -> Vec<Checked> {
    const CHECK: &str = "concurrency";
    let call = cx.aws.lambda().get_account_settings().send();
    let limit = match cx.read(call).await {
        Ok(settings) => settings.account_limit,
        Err(error) => return vec![unknown(CHECK, &error.diagnostic())],
    };
    let Some(limit) = limit else { return Vec::new() };
    let (all, free) =
        (limit.concurrent_executions, limit.unreserved_concurrent_executions.unwrap_or_default());
    let seen = format!("{free} of the account's {all} concurrent runs are not reserved");
    let remedy = "each answer that is being streamed takes one: ask for more in Service Quotas (L-B99A9384), or \
                  reserve less";
    vec![match free {
        ..FEW => checked(CHECK, FindingLevel::Warning, seen, Some(remedy)),
        _ => fine(CHECK, seen),
    }]
}
