//! Stages without automatic deployment: a deployment is a frozen copy of the API, and its description holds the
//! digest.
use std::time::Duration;

use aws_sdk_apigatewayv2::types::{Deployment, DeploymentStatus, Stage as LiveStage};

use crate::{
    aws::{Cx, Error, NotFoundExt, Operation, Result, all_pages, create_once, require_field},
    resources::api::{MARK, no_retry_config, require_id, retry_while_busy},
};

/// Longest time a deployment is waited for; it takes seconds.
const BUDGET: Duration = Duration::from_mins(1);
/// Delay between reads.
const EVERY: Duration = Duration::from_secs(1);

/// Returns the digest that the stage serves, or a description of what it serves instead.
pub(super) async fn observed_deployment(cx: &Cx<'_>, api: &str, stage: &LiveStage) -> Result<String> {
    let Some(id) = stage.deployment_id() else { return Ok("none".to_owned()) };
    Ok(match get_deployment(cx, api, id).await? {
        Some(deployment) => describe_deployment(&deployment, id),
        None => format!("missing {id}"),
    })
}

fn describe_deployment(deployment: &Deployment, id: &str) -> String {
    let status = deployment.deployment_status.as_ref();
    if status == Some(&DeploymentStatus::Failed) {
        return format!("failed: {}", status_message(deployment));
    }
    let digest = deployment.description().and_then(|text| text.strip_prefix(MARK));
    digest.map_or_else(|| format!("foreign {id}"), str::to_owned)
}

fn status_message(deployment: &Deployment) -> &str {
    deployment.deployment_status_message().unwrap_or("API Gateway does not say why")
}

async fn get_deployment(cx: &Cx<'_>, api: &str, id: &str) -> Result<Option<Deployment>> {
    let call = cx.aws.apis().get_deployment().api_id(api).deployment_id(id).send();
    let Some(found) = cx.read(call).await.not_found_to_none()? else { return Ok(None) };
    let deployment = Deployment::builder()
        .deployment_id(id)
        .set_description(found.description)
        .set_deployment_status(found.deployment_status)
        .set_deployment_status_message(found.deployment_status_message);
    Ok(Some(deployment.build()))
}

/// Deploys the live API under the description `digest` and lets the stage serve it.
pub(super) async fn deploy_stage(cx: &Cx<'_>, api: &str, name: &str, digest: &str) -> Result<()> {
    let id = create_deployment(cx, api, digest).await?;
    cx.poll_until(&format!("the deployment for `{name}`"), BUDGET, EVERY, async || {
        let deployment = get_deployment(cx, api, &id).await?;
        match deployment.as_ref().and_then(|one| Some((one, one.deployment_status.as_ref()?))) {
            Some((_, DeploymentStatus::Deployed)) => Ok(Some(())),
            Some((one, DeploymentStatus::Failed)) => Err(Error::InvalidState(format!(
                "the deployment for `{name}` failed: {}",
                status_message(one)
            ))),
            _ => Ok(None),
        }
    })
    .await?;
    retry_while_busy(cx, name, async || {
        let call = cx.aws.apis().update_stage().api_id(api).stage_name(name).deployment_id(&id);
        cx.write(call.send()).await
    })
    .await?;
    wait_until_served(cx, api, name, &id).await
}

/// Creates a deployment and returns its id; one whose creation answer was lost is found again by its description.
///
/// Another of the same digest is an equal copy. Only one is allowed every five seconds (API Gateway quotas page).
async fn create_deployment(cx: &Cx<'_>, api: &str, digest: &str) -> Result<String> {
    let description = format!("{MARK}{digest}");
    let create = async || {
        let call = cx.aws.apis().create_deployment().api_id(api).description(&description);
        let call = call.customize().config_override(no_retry_config()).send();
        require_id(cx.write(call).await?.deployment_id, "CreateDeployment")
    };
    let find = async || {
        let all = all_pages(async |token| {
            let call = cx.aws.apis().get_deployments().api_id(api).set_next_token(token).send();
            let page = cx.read(call).await?;
            Ok((require_field(Operation::ApiGatewayGetDeployments, "items", page.items)?, page.next_token))
        })
        .await?;
        let ours = all.into_iter().filter(|one| one.description() == Some(&description));
        Ok(ours.max_by_key(|one| one.created_date.map(|date| date.secs())).and_then(|one| one.deployment_id))
    };
    retry_while_busy(cx, api, async || create_once(cx, "the deployment", &create, &find).await).await
}

/// Waits until the stage reports that it serves the deployment.
async fn wait_until_served(cx: &Cx<'_>, api: &str, name: &str, id: &str) -> Result<()> {
    cx.poll_until(&format!("stage `{name}` to serve the deployment"), BUDGET, EVERY, async || {
        let all = cx.uncached(async |cx| super::list_stages(cx, api).await).await?;
        let stage = all.iter().find(|stage| stage.stage_name() == Some(name));
        Ok(stage.filter(|stage| stage.deployment_id() == Some(id)).map(drop))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_known_by_its_description() {
        let ours = Deployment::builder().description("copilot-infra abc").build();
        assert_eq!(describe_deployment(&ours, "x"), "abc");
        assert_eq!(
            describe_deployment(&Deployment::builder().description("by hand").build(), "x"),
            "foreign x"
        );
        let failed = Deployment::builder().deployment_status(DeploymentStatus::Failed);
        let failed = failed.deployment_status_message("no routes").description("copilot-infra abc").build();
        assert_eq!(describe_deployment(&failed, "x"), "failed: no routes");
    }
}
