//! The calls that create and update a stage.
use std::collections::HashMap;

use aws_sdk_apigatewayv2::types::{AccessLogSettings, RouteSettings};

use super::{Props, plan_calls::SettingRemoval};
use crate::{
    aws::{Cx, Error, NotFoundExt, Result},
    engine::Resource,
    resources::{
        api::{retry_while, retry_while_busy},
        api_gateway_account::ApiGatewayAccount,
    },
};

/// Retries while API Gateway does not see the logging role that this run has just set.
async fn retry_until_log_role_visible<T>(
    cx: &Cx<'_>,
    name: &str,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<T> {
    let fresh = cx.run.was_modified(ApiGatewayAccount::KIND);
    let words = "CloudWatch Logs role ARN must be set";
    let hopeful = |error: &Error| fresh && error.to_string().contains(words);
    retry_while(cx, &format!("API Gateway to accept the settings of `{name}`"), hopeful, attempt).await
}

/// Creates the stage without route settings and without an explicit deployment.
pub(super) async fn create_stage(cx: &Cx<'_>, api: &str, to: &Props) -> Result<()> {
    retry_until_log_role_visible(cx, &to.name, async || {
        let call = cx.aws.apis().create_stage().api_id(api).stage_name(&to.name);
        let call = call.auto_deploy(to.auto_deploy).default_route_settings(to.defaults.to_request());
        let call = call.set_access_log_settings(access_log_request(to));
        let variables = to.variables.clone().into_iter().collect::<HashMap<_, _>>();
        let call = call.set_stage_variables(Some(variables).filter(|all| !all.is_empty()));
        let call = call.set_tags(Some(to.tags.clone().into_iter().collect()));
        cx.write(call.send()).await
    })
    .await?;
    Ok(())
}

/// Sends the settings that differ, and enables automatic deployment if `starts`.
pub(super) async fn update_settings(
    cx: &Cx<'_>,
    api: &str,
    (live, to): (&Props, &Props),
    starts: bool,
) -> Result<()> {
    retry_until_log_role_visible(cx, &to.name, async || {
        let mut call = cx.aws.apis().update_stage().api_id(api).stage_name(&to.name);
        if starts {
            call = call.auto_deploy(true);
        }
        if live.defaults != to.defaults {
            call = call.default_route_settings(to.defaults.to_request());
        }
        if live.routes != to.routes {
            call = call.set_route_settings(Some(route_settings_request(to)));
        }
        if live.access_log != to.access_log {
            call = call.set_access_log_settings(access_log_request(to));
        }
        if live.variables != to.variables {
            call = call.set_stage_variables(Some(variables_request(live, to)));
        }
        cx.write(call.send()).await
    })
    .await?;
    Ok(())
}

/// Disables automatic deployment.
pub(super) async fn disable_auto_deploy(cx: &Cx<'_>, api: &str, name: &str) -> Result<()> {
    retry_while_busy(cx, name, async || {
        let call = cx.aws.apis().update_stage().api_id(api).stage_name(name).auto_deploy(false);
        cx.write(call.send()).await
    })
    .await?;
    Ok(())
}

/// Removes a setting that an update would only merge: only these calls remove it.
pub(super) async fn delete_setting(
    cx: &Cx<'_>,
    api: &str,
    name: &str,
    removal: &SettingRemoval,
) -> Result<()> {
    retry_while_busy(cx, name, async || match removal {
        SettingRemoval::Route(key) => {
            let call = cx.aws.apis().delete_route_settings().api_id(api).stage_name(name).route_key(key);
            cx.write(call.send()).await.not_found_to_none().map(drop)
        }
        SettingRemoval::AccessLog => {
            let call = cx.aws.apis().delete_access_log_settings().api_id(api).stage_name(name);
            cx.write(call.send()).await.not_found_to_none().map(drop)
        }
    })
    .await
}

fn access_log_request(to: &Props) -> Option<AccessLogSettings> {
    let log = to.access_log.as_ref()?;
    Some(AccessLogSettings::builder().destination_arn(&log.destination).format(&log.format).build())
}

/// Returns the settings of all routes: AWS merges what it is sent, MiniStack replaces.
fn route_settings_request(to: &Props) -> HashMap<String, RouteSettings> {
    to.routes.iter().map(|(key, settings)| (key.clone(), settings.to_request())).collect()
}

/// Returns all variables, with an empty string for each that is removed.
fn variables_request(live: &Props, to: &Props) -> HashMap<String, String> {
    let gone = live.variables.keys().map(|key| (key.clone(), String::new()));
    gone.chain(to.variables.clone()).collect()
}
