//! The calls that make and change a stage.
use std::collections::HashMap;

use aws_sdk_apigatewayv2::types::{AccessLogSettings, RouteSettings};

use super::{Props, plan_calls::Removal};
use crate::{
    aws::{Cx, Error, NotFoundExt, Result},
    engine::Resource,
    resources::{
        api::{busy, patient},
        api_gateway_account::ApiGatewayAccount,
    },
};

/// Tries again while API Gateway does not see the role for its logs that this run has just set.
async fn logged<T>(cx: &Cx<'_>, name: &str, attempt: impl AsyncFn() -> Result<T>) -> Result<T> {
    let fresh = cx.run.was_modified(ApiGatewayAccount::KIND);
    let words = "CloudWatch Logs role ARN must be set";
    let hopeful = |error: &Error| fresh && error.to_string().contains(words);
    patient(cx, &format!("API Gateway to accept the settings of `{name}`"), hopeful, attempt).await
}

/// Makes the stage, without settings of single routes and without a deployment of ours.
pub(super) async fn create(cx: &Cx<'_>, api: &str, to: &Props) -> Result<()> {
    logged(cx, &to.name, async || {
        let call = cx.aws.apis().create_stage().api_id(api).stage_name(&to.name);
        let call = call.auto_deploy(to.auto_deploy).default_route_settings(to.defaults.block());
        let call = call.set_access_log_settings(access_log(to));
        let variables = to.variables.clone().into_iter().collect::<HashMap<_, _>>();
        let call = call.set_stage_variables(Some(variables).filter(|all| !all.is_empty()));
        let call = call.set_tags(Some(to.tags.clone().into_iter().collect()));
        cx.write(call.send()).await
    })
    .await?;
    Ok(())
}

/// Sends the settings that differ, and starts automatic deployment if `starts`.
pub(super) async fn settings(
    cx: &Cx<'_>,
    api: &str,
    (live, to): (&Props, &Props),
    starts: bool,
) -> Result<()> {
    logged(cx, &to.name, async || {
        let mut call = cx.aws.apis().update_stage().api_id(api).stage_name(&to.name);
        if starts {
            call = call.auto_deploy(true);
        }
        if live.defaults != to.defaults {
            call = call.default_route_settings(to.defaults.block());
        }
        if live.routes != to.routes {
            call = call.set_route_settings(Some(blocks(to)));
        }
        if live.access_log != to.access_log {
            call = call.set_access_log_settings(access_log(to));
        }
        if live.variables != to.variables {
            call = call.set_stage_variables(Some(variables(live, to)));
        }
        cx.write(call.send()).await
    })
    .await?;
    Ok(())
}

/// Switches automatic deployment off.
pub(super) async fn pause(cx: &Cx<'_>, api: &str, name: &str) -> Result<()> {
    busy(cx, name, async || {
        let call = cx.aws.apis().update_stage().api_id(api).stage_name(name).auto_deploy(false);
        cx.write(call.send()).await
    })
    .await?;
    Ok(())
}

/// Takes away what an update merges with what stands: only these calls remove it.
pub(super) async fn remove(cx: &Cx<'_>, api: &str, name: &str, removal: &Removal) -> Result<()> {
    busy(cx, name, async || match removal {
        Removal::Route(key) => {
            let call = cx.aws.apis().delete_route_settings().api_id(api).stage_name(name).route_key(key);
            cx.write(call.send()).await.not_found_to_none().map(drop)
        }
        Removal::AccessLog => {
            let call = cx.aws.apis().delete_access_log_settings().api_id(api).stage_name(name);
            cx.write(call.send()).await.not_found_to_none().map(drop)
        }
    })
    .await
}

fn access_log(to: &Props) -> Option<AccessLogSettings> {
    let log = to.access_log.as_ref()?;
    Some(AccessLogSettings::builder().destination_arn(&log.destination).format(&log.format).build())
}

/// All of them: AWS merges what it is sent, MiniStack replaces.
fn blocks(to: &Props) -> HashMap<String, RouteSettings> {
    to.routes.iter().map(|(key, settings)| (key.clone(), settings.block())).collect()
}

/// All of them, and an empty text for each that goes.
fn variables(live: &Props, to: &Props) -> HashMap<String, String> {
    let gone = live.variables.keys().map(|key| (key.clone(), String::new()));
    gone.chain(to.variables.clone()).collect()
}
