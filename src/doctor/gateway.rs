//! The stage: how fast it may be, and whether what it serves is what was deployed.
use aws_sdk_apigatewayv2::types::DeploymentStatus;

use super::{Checked, FindingLevel, checked, fine, unknown};
use crate::{
    aws::{Cx, Result},
    manifest::{defaults, types::Spec},
    resources::api,
};

/// Checks that the stage's throttle is not above the account's, where it has no effect.
pub(super) async fn check_throttle(cx: &Cx<'_>, spec: &Spec) -> Vec<Checked> {
    const CHECK: &str = "throttle";
    let Some(api) = &spec.api else { return Vec::new() };
    let own = api.stage.throttle.as_deref();
    let rate = own.map_or(defaults::THROTTLE_RATE, |own| own.rate.value);
    let burst = own.map_or(defaults::THROTTLE_BURST, |own| own.burst.value);
    let account = match cx.read(cx.aws.gateway().get_account().send()).await {
        Ok(account) => account.throttle_settings,
        Err(error) => return vec![unknown(CHECK, &error.diagnostic())],
    };
    let Some(limit) = account else { return Vec::new() };
    let seen = format!(
        "the stage lets {rate}/s through (burst {burst}), the account {}/s (burst {}) for all its APIs",
        limit.rate_limit, limit.burst_limit
    );
    let above = rate > limit.rate_limit || i64::from(burst) > i64::from(limit.burst_limit);
    let remedy = Some("lower `api.stage.throttle`, or ask for more in Service Quotas");
    vec![if above { checked(CHECK, FindingLevel::Warning, seen, remedy) } else { fine(CHECK, seen) }]
}

/// Checks whether the latest deployment is the one that is served.
pub(super) async fn check_deployment(cx: &Cx<'_>, spec: &Spec) -> Vec<Checked> {
    const CHECK: &str = "deployment";
    if spec.api.is_none() {
        return Vec::new();
    }
    vec![match find_served_deployment(cx, spec).await {
        Err(error) => unknown(CHECK, &error.diagnostic()),
        Ok(Ok(seen)) => fine(CHECK, seen),
        Ok(Err(why)) => checked(
            CHECK,
            FindingLevel::Problem,
            why,
            Some("`copilot-infra apply` deploys what the spec says"),
        ),
    }]
}

/// Returns the served deployment, or the reason why nothing is served.
async fn find_served_deployment(cx: &Cx<'_>, spec: &Spec) -> Result<std::result::Result<String, String>> {
    let name = spec.stage_name();
    let Some(api) = api::find_api(cx, &spec.api_name()).await? else {
        return Ok(Err(format!("there is no API `{}`", spec.api_name())));
    };
    let call = cx.aws.apis().get_stage().api_id(&api.id).stage_name(name).send();
    let stage = match cx.read(call).await {
        Err(error) if error.is_not_found() => return Ok(Err(format!("there is no stage `{name}`"))),
        stage => stage?,
    };
    if let Some(words) =
        stage.last_deployment_status_message.as_deref().filter(|words| words.contains("failed"))
    {
        return Ok(Err(format!("the last deployment to `{name}` did not succeed: {words}")));
    }
    let Some(id) = stage.deployment_id.filter(|id| !id.is_empty()) else {
        let automatic = stage.auto_deploy == Some(true);
        let none = || format!("the stage `{name}` serves no deployment");
        return Ok(if automatic { Ok(format!("`{name}` deploys by itself")) } else { Err(none()) });
    };
    let call = cx.aws.apis().get_deployment().api_id(&api.id).deployment_id(&id).send();
    let deployment = cx.read(call).await?;
    Ok(match deployment.deployment_status {
        Some(DeploymentStatus::Failed) => {
            let words = deployment.deployment_status_message.unwrap_or_default();
            Err(format!("the deployment `{id}` that `{name}` serves has failed: {words}"))
        }
        _ => Ok(format!("`{name}` serves deployment `{id}`")),
    })
}
