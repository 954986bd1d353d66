//! Stages and deployments.
use super::{ALPHABET, BAD, Members, api, bad, change, conflict, domains, missing, paged};
use crate::{
    call::{Call, Tags, check_tags, iso},
    reply::{Answer, Refusal, refusal},
};
use serde_json::{Map, Value, json};

/// A stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stage {
    pub(crate) members: Members,
    pub(crate) tags: Tags,
    tags_at_first: Tags,
    /// When its automatic deployment is done.
    due: Option<u64>,
}

pub(super) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "CreateStage" => create(call),
        "GetStages" => {
            let all = api(call)?.stages.values().map(|stage| shown(call, stage)).collect();
            Ok(paged(call, all))
        }
        "GetStage" => {
            let name = call.need("stageName", BAD)?;
            let stage = api(call)?.stages.get(&name).ok_or_else(|| missing("Stage", &name))?;
            Ok(shown(call, stage))
        }
        "UpdateStage" => update(call),
        "DeleteStage" => {
            let name = call.need("stageName", BAD)?;
            let api = call.need("apiId", BAD)?;
            if let Some(domain) = domains::leading_to(call, &api, Some(&name)) {
                return Err(bad(format!(
                    "Deleting stage {name} failed. Please remove all base path mappings related to the stage in \
                     your domains: {domain}"
                )));
            }
            let gone = change(call)?.stages.remove(&name);
            gone.map(|_| json!({})).ok_or_else(|| missing("Stage", &name))
        }
        "DeleteRouteSettings" => {
            let key = call.need("routeKey", BAD)?;
            let stage = stage(call)?;
            let settings = stage.members.get_mut("routeSettings").and_then(Value::as_object_mut);
            let gone = settings.and_then(|settings| settings.remove(&key));
            gone.map(|_| json!({})).ok_or_else(|| missing("RouteSettings", &key))
        }
        "DeleteAccessLogSettings" => {
            stage(call)?.members.remove("accessLogSettings");
            Ok(json!({}))
        }
        "CreateDeployment" => deploy(call),
        "GetDeployments" => {
            let all = api(call)?.deployments.values().map(|one| Value::Object(one.clone())).collect();
            Ok(paged(call, all))
        }
        "GetDeployment" => {
            let id = call.need("deploymentId", BAD)?;
            let found = api(call)?.deployments.get(&id).cloned();
            found.map(Value::Object).ok_or_else(|| missing("Deployment", &id))
        }
        _ => crate::services::unknown(call),
    }
}

fn stage<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Stage, Refusal> {
    let name = call.need("stageName", BAD)?;
    change(call)?.stages.get_mut(&name).ok_or_else(|| missing("Stage", &name))
}

fn shown(call: &Call<'_>, stage: &Stage) -> Value {
    let mut members = stage.members.clone();
    let tags = if call.switches.lists_show_tags { &stage.tags } else { &stage.tags_at_first };
    members.insert("tags".into(), json!(tags));
    // What is off is left out (API Gateway guide, sample output of `get-stage`).
    if let Some(settings) = members.get_mut("defaultRouteSettings").and_then(Value::as_object_mut)
        && settings.get("loggingLevel").is_some_and(|level| level == "OFF")
    {
        settings.remove("loggingLevel");
    }
    Value::Object(members)
}

/// What a stage without settings of its own shows (API Gateway guide, sample output of `get-stage`).
fn defaults() -> Value {
    json!({ "detailedMetricsEnabled": false, "dataTraceEnabled": false, "throttlingBurstLimit": 5000,
        "throttlingRateLimit": 10000.0 })
}

/// Settings of routes that are not there are refused, also of those that stood before the request: what is sent is merged
/// into what stands, and the whole is checked (code and text: aws/serverless-application-model issue 1939 and
/// terraform-aws-modules/terraform-aws-apigateway-v2 issue 80).
fn check_routes(call: &Call<'_>, members: &Members) -> Result<(), Refusal> {
    let served = |key: &str| api(call).map(|api| api.routes.values().any(|route| route["routeKey"] == key));
    for key in members.get("routeSettings").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
        if !served(key)? {
            let words = format!("Unable to find Route by key {key} within the provided RouteSettings");
            return Err(refusal(404, "NotFoundException", words));
        }
    }
    Ok(())
}

/// Logging takes the account's role (text: anomalyco/sst issue 4663); a role set moments ago may not be seen yet.
fn check_logging(call: &Call<'_>, members: &Members) -> Result<(), Refusal> {
    let blocks = members.get("routeSettings").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let mut blocks = blocks.chain(members.get("defaultRouteSettings"));
    let logs = blocks.any(|block| {
        block["loggingLevel"].as_str().is_some_and(|level| level != "OFF")
            || block["dataTraceEnabled"] == true
    });
    let noted = members.contains_key("accessLogSettings");
    let gateway = &call.here.gateway;
    if (logs || noted) && (gateway.role.is_none() || call.now < gateway.ready) {
        return Err(bad("CloudWatch Logs role ARN must be set in account settings to enable logging"));
    }
    Ok(())
}

/// The format is one line and names the request (API Gateway guide, "Set up logging for WebSocket APIs").
fn access_log(call: &Call<'_>, wish: &Value) -> Result<Value, Refusal> {
    let arn = wish["destinationArn"].as_str().unwrap_or_default();
    let format = wish["format"].as_str().unwrap_or_default();
    if arn.ends_with(":*") && call.switches.refuses_log_suffix {
        return Err(bad(format!("Invalid ARN specified in the request: {arn}")));
    }
    let arn = arn.trim_end_matches(":*");
    let group = arn.split_once(":log-group:").map(|(_, name)| name);
    if !group.is_some_and(|name| call.here.logs.groups.contains_key(name)) {
        return Err(bad(format!("Access log destination does not exist: {arn}")));
    }
    let named = format.contains("$context.requestId") || format.contains("$context.extendedRequestId");
    if format.contains('\n') || format.len() > 3072 || !named {
        return Err(bad("Access Log format must be a single line and contain $context.requestId"));
    }
    Ok(json!({ "destinationArn": arn, "format": format }))
}

/// Takes what the request names. Blocks of settings are replaced whole: a member left out is zero or false; an
/// empty text takes a variable away (hashicorp/terraform-provider-aws, `apigatewayv2/stage.go`).
fn adopt(call: &Call<'_>, members: &mut Members) -> Result<(), Refusal> {
    if let Some(wish) = call.input.get("accessLogSettings") {
        let log = access_log(call, wish)?;
        members.insert("accessLogSettings".into(), log);
    }
    if let Some(block) = call.input.get("defaultRouteSettings") {
        members.insert("defaultRouteSettings".into(), whole(block)?);
    }
    if let Some(blocks) = call.input.get("routeSettings").and_then(Value::as_object) {
        for (key, block) in blocks {
            let all = members.entry("routeSettings").or_insert_with(|| json!({}));
            all[key.as_str()] = whole(block)?;
        }
    }
    check_routes(call, members)?;
    if let Some(variables) = call.input.get("stageVariables").and_then(Value::as_object) {
        let mut all = members.get("stageVariables").and_then(Value::as_object).cloned().unwrap_or_default();
        all.extend(variables.clone());
        all.retain(|_, value| value != "");
        members.insert("stageVariables".into(), Value::Object(all));
    }
    for member in ["description", "autoDeploy"] {
        if let Some(value) = call.input.get(member) {
            members.insert(member.into(), value.clone());
        }
    }
    Ok(())
}

fn whole(block: &Value) -> Result<Value, Refusal> {
    let level = block["loggingLevel"].as_str().unwrap_or("OFF");
    if !["OFF", "ERROR", "INFO"].contains(&level) {
        return Err(bad(format!("Invalid logging level {level}")));
    }
    Ok(json!({
        "detailedMetricsEnabled": block["detailedMetricsEnabled"] == true,
        "dataTraceEnabled": block["dataTraceEnabled"] == true,
        "throttlingBurstLimit": block["throttlingBurstLimit"].as_i64().unwrap_or(0),
        "throttlingRateLimit": block["throttlingRateLimit"].as_f64().unwrap_or(0.0),
        "loggingLevel": level,
    }))
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.need("stageName", BAD)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_$".contains(c);
    if name.len() > 128 || !name.chars().all(fits) {
        return Err(bad(format!("Stage name only allows alphanumerics, hyphens and underscores: {name}")));
    }
    if api(call)?.stages.contains_key(&name) {
        return Err(conflict("Stage already exists"));
    }
    if api(call)?.stages.len() >= 10 {
        return Err(bad("Maximum number of Stages for this API reached"));
    }
    let tags = call.map("tags");
    check_tags(&tags, BAD)?;
    let mut members = Members::new();
    let filled = json!({ "stageName": name, "createdDate": iso(call.now), "lastUpdatedDate": iso(call.now),
        "stageVariables": {}, "routeSettings": {}, "autoDeploy": false, "defaultRouteSettings": defaults() });
    if let Value::Object(filled) = filled {
        members.extend(filled);
    }
    adopt(call, &mut members)?;
    check_logging(call, &members)?;
    let automatic = members["autoDeploy"] == true;
    let due = automatic.then(|| call.now + call.between(500, 4_000));
    let stage = Stage { members, tags: tags.clone(), tags_at_first: tags, due };
    let answer = shown(call, &stage);
    change(call)?.stages.insert(name, stage);
    Ok(answer)
}

fn update(call: &mut Call<'_>) -> Answer {
    let name = call.need("stageName", BAD)?;
    let mut stage = api(call)?.stages.get(&name).cloned().ok_or_else(|| missing("Stage", &name))?;
    let before = stage.members["autoDeploy"] == true;
    adopt(call, &mut stage.members)?;
    check_logging(call, &stage.members)?;
    let automatic = stage.members["autoDeploy"] == true;
    if let Some(id) = call.text("deploymentId") {
        if automatic {
            return Err(bad("Deployment ID cannot be set on a stage with automatic deployments enabled"));
        }
        if !api(call)?.deployments.contains_key(id) {
            return Err(missing("Deployment", id));
        }
        stage.members.insert("deploymentId".into(), id.into());
    }
    if !automatic {
        stage.due = None;
    } else if !before {
        stage.due = Some(call.now + call.between(500, 4_000));
    }
    stage.members.insert("lastUpdatedDate".into(), iso(call.now).into());
    let answer = shown(call, &stage);
    change(call)?.stages.insert(name, stage);
    Ok(answer)
}

/// An API without routes cannot be deployed; the number of calls is limited elsewhere.
fn deploy(call: &mut Call<'_>) -> Answer {
    if api(call)?.routes.is_empty() {
        return Err(bad("At least one route is required before deploying the Api."));
    }
    let description = call.text("description").map(str::to_owned);
    let id = call.id(6, ALPHABET);
    let mut one = deployment(call, &id, false);
    if let Some(text) = description {
        one.insert("description".into(), text.into());
    }
    change(call)?.deployments.insert(id, one.clone());
    Ok(Value::Object(one))
}

fn deployment(call: &Call<'_>, id: &str, automatic: bool) -> Members {
    let made = json!({ "deploymentId": id, "deploymentStatus": "DEPLOYED", "createdDate": iso(call.now),
        "autoDeployed": automatic });
    if let Value::Object(made) = made { made } else { Members::new() }
}

/// Every change to an API makes its automatic stages deploy a little later.
pub(super) fn touched(call: &mut Call<'_>, api: &str) {
    let due = call.now + call.between(500, 4_000);
    let Some(api) = call.here.apis.by_id.get_mut(api) else { return };
    for stage in api.stages.values_mut().filter(|stage| stage.members["autoDeploy"] == true) {
        stage.due = Some(due);
    }
}

/// Automatic deployments run by themselves; how they end shows on the stage only (API Gateway v2 API reference,
/// `Stage.LastDeploymentStatusMessage`).
pub(super) fn deploy_due(call: &mut Call<'_>) {
    let now = call.now;
    let due = |stage: &Stage| stage.due.is_some_and(|at| now >= at);
    let ids: Vec<String> = call
        .here
        .apis
        .by_id
        .iter()
        .filter(|(_, api)| api.stages.values().any(due))
        .map(|(id, _)| id.clone())
        .collect();
    for id in ids {
        let fresh = call.id(6, ALPHABET);
        let made = deployment(call, &fresh, true);
        let Some(api) = call.here.apis.by_id.get_mut(&id) else { continue };
        let routes = !api.routes.is_empty();
        for stage in api.stages.values_mut().filter(|stage| due(stage)) {
            stage.due = None;
            let words = if routes {
                stage.members.insert("deploymentId".into(), fresh.as_str().into());
                format!("Successfully deployed stage with deployment ID '{fresh}'")
            } else {
                "Deployment attempt failed: Unable to deploy API because no routes exist in this API"
                    .to_owned()
            };
            stage.members.insert("lastDeploymentStatusMessage".into(), words.into());
        }
        if routes {
            api.deployments.insert(fresh, made);
        }
    }
}
