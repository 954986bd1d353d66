//! API Gateway v2: WebSocket APIs with integrations, authorizers, routes, stages and deployments.
mod children;
mod domains;
mod responses;
mod stages;

use crate::{
    call::{Call, PageSizes, Tags, check_tags, iso},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Members of an object, as they are shown.
pub(crate) type Members = Map<String, Value>;

/// An API.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Api {
    pub(crate) members: Members,
    pub(crate) tags: Tags,
    /// The tags as `GetApis` shows them.
    pub(crate) tags_at_first: Tags,
    pub(crate) integrations: BTreeMap<String, Members>,
    pub(crate) authorizers: BTreeMap<String, Members>,
    pub(crate) routes: BTreeMap<String, Members>,
    /// Responses of routes by the ids of route and response.
    pub(crate) responses: BTreeMap<(String, String), Members>,
    pub(crate) deployments: BTreeMap<String, Members>,
    pub(crate) stages: BTreeMap<String, stages::Stage>,
    /// Until when a change to it collides with the one before.
    busy: u64,
}

/// APIs by id.
#[derive(Clone, Default)]
pub(crate) struct Apis {
    pub(crate) by_id: BTreeMap<String, Api>,
    /// Custom domains by name, each with its mappings.
    domains: BTreeMap<String, Vec<Members>>,
    /// What readers are shown of them.
    shown: BTreeMap<String, Slot<Api>>,
}

/// Letters of ids.
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    settle(call);
    let answer = answer(call);
    let lag = call.lag(1_500);
    publish(call, lag);
    answer
}

/// Shows what has changed to readers, after a while.
fn publish(call: &mut Call<'_>, lag: u64) {
    let now = call.now;
    let Apis { by_id: apis, shown, .. } = &mut call.here.apis;
    shown.retain(|id, _| apis.contains_key(id));
    for (id, api) in apis {
        let slot = shown.entry(id.clone()).or_default();
        if slot.now() != Some(api) {
            let lag = if slot.now().is_some() { lag } else { 0 };
            slot.set(now, lag, Some(api.clone()));
        }
    }
}

/// An API as the call sees it: a change may show late to readers.
fn seen<'a>(call: &'a Call<'_>, id: &str) -> Option<&'a Api> {
    let reads = call.switches.late_reads && call.operation.starts_with("Get");
    let slot = call.here.apis.shown.get(id).filter(|_| reads);
    slot.and_then(|slot| slot.seen(call.now, call.stale)).or_else(|| call.here.apis.by_id.get(id))
}

fn answer(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "CreateApi" => create(call),
        "GetApis" => list(call),
        "GetApi" => Ok(shown(call, api(call)?, true)),
        "UpdateApi" => update(call),
        "DeleteApi" => delete(call),
        "GetTags" => get_tags(call),
        "TagResource" => {
            let tags = call.map("tags");
            check_tags(&tags, BAD)?;
            retag(call, |all| all.extend(tags))
        }
        "UntagResource" => {
            let keys = call.texts("tagKeys");
            retag(call, |all| all.retain(|key, _| !keys.contains(key)))
        }
        operation if operation.contains("RouteResponse") => responses::handle(call),
        operation if operation.contains("DomainName") || operation.contains("ApiMapping") => {
            domains::handle(call)
        }
        operation if operation.contains("Stage") || operation.contains("Settings") => stages::handle(call),
        operation if operation.contains("Deployment") => stages::handle(call),
        _ => children::handle(call),
    }
}

/// Lets automatic deployments happen.
pub(super) fn settle(call: &mut Call<'_>) {
    stages::deploy_due(call);
    publish(call, 0);
}

const BAD: &str = "BadRequestException";

fn bad(words: impl Into<String>) -> Refusal {
    refusal(400, BAD, words)
}

fn conflict(words: impl Into<String>) -> Refusal {
    refusal(409, "ConflictException", words)
}

fn missing(what: &str, id: &str) -> Refusal {
    refusal(404, "NotFoundException", format!("Invalid {what} identifier specified {id}"))
}

fn api<'a>(call: &'a Call<'_>) -> Result<&'a Api, Refusal> {
    let id = call.need("apiId", BAD)?;
    seen(call, &id).ok_or_else(|| missing("API", &format!("{}:{id}", call.account)))
}

/// An API that is to be changed: changes at the same time collide (hashicorp/terraform-provider-aws issues 18018
/// and 40575).
fn change<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Api, Refusal> {
    let id = call.need("apiId", BAD)?;
    change_of(call, &id)
}

fn change_of<'a>(call: &'a mut Call<'_>, id: &str) -> Result<&'a mut Api, Refusal> {
    let (now, busy) = (call.now, call.now + call.lag(60));
    let missing = missing("API", &format!("{}:{id}", call.account));
    let api = call.here.apis.by_id.get_mut(id).ok_or(missing)?;
    if now < api.busy {
        let words = "Unable to complete operation due to concurrent modification. Please try again later.";
        return Err(conflict(words));
    }
    api.busy = busy;
    Ok(api)
}

/// A WebSocket API needs a route selection (API Gateway v2 API reference, `CreateApi`); names may repeat.
fn create(call: &mut Call<'_>) -> Answer {
    let name = call.need("name", BAD)?;
    if call.text("protocolType") != Some("WEBSOCKET") {
        return Err(bad("Only WEBSOCKET is simulated"));
    }
    let selection = call.text("routeSelectionExpression").map(str::to_owned);
    let selection = selection
        .ok_or_else(|| bad("Route selection expression must be specified for WEBSOCKET protocol"))?;
    if name.chars().count() > 128 || call.text("description").is_some_and(|text| text.chars().count() > 1024)
    {
        return Err(bad("a member is too long"));
    }
    let tags = call.map("tags");
    check_tags(&tags, BAD)?;
    let id = call.id(10, ALPHABET);
    let mut members = Members::new();
    // What comes back unasked (hashicorp/terraform-provider-aws, `apigatewayv2/api.go`: computed members).
    let filled = json!({
        "apiId": id, "name": name, "protocolType": "WEBSOCKET", "routeSelectionExpression": selection,
        "apiEndpoint": format!("wss://{id}.execute-api.{}.amazonaws.com", call.region),
        "apiKeySelectionExpression": "$request.header.x-api-key", "createdDate": iso(call.now),
        "disableExecuteApiEndpoint": call.flag("disableExecuteApiEndpoint") == Some(true), "ipAddressType": "ipv4",
    });
    if let Value::Object(filled) = filled {
        members.extend(filled);
    }
    for member in ["description", "apiKeySelectionExpression"] {
        if let Some(text) = call.text(member) {
            members.insert(member.into(), text.into());
        }
    }
    let api = Api { members, tags: tags.clone(), tags_at_first: tags.clone(), ..Api::default() };
    let answer = shown(call, &api, true);
    call.here.apis.by_id.insert(id.clone(), api);
    let arn = arn(call, &id);
    call.index(&arn, Some(&tags));
    Ok(answer)
}

/// ARN for tags: it names no account (API Gateway guide, "ARN format for API Gateway resources").
fn arn(call: &Call<'_>, id: &str) -> String {
    format!("arn:{}:apigateway:{}::/apis/{id}", call.partition(), call.region)
}

fn shown(call: &Call<'_>, api: &Api, alone: bool) -> Value {
    let current = alone || call.switches.lists_show_tags;
    let mut members = api.members.clone();
    members.insert("tags".into(), json!(if current { &api.tags } else { &api.tags_at_first }));
    Value::Object(members)
}

fn paged(call: &Call<'_>, all: Vec<Value>) -> Value {
    // The number of results is a text (service model).
    let (page, next) =
        call.page(all, call.text("nextToken"), call.number("maxResults"), PageSizes::fixed(100));
    match next {
        Some(next) => json!({ "items": page, "nextToken": next }),
        None => json!({ "items": page }),
    }
}

fn list(call: &mut Call<'_>) -> Answer {
    let all = call.here.apis.by_id.keys().filter_map(|id| seen(call, id));
    let all = all.map(|api| shown(call, api, false)).collect();
    Ok(paged(call, all))
}

fn update(call: &mut Call<'_>) -> Answer {
    let input = call.input.clone();
    let known = [
        "name",
        "description",
        "routeSelectionExpression",
        "apiKeySelectionExpression",
        "disableExecuteApiEndpoint",
    ];
    let api = change(call)?;
    for member in known {
        if let Some(value) = input.get(member) {
            api.members.insert(member.into(), value.clone());
        }
    }
    let id = call.need("apiId", BAD)?;
    stages::touched(call, &id);
    Ok(shown(call, api_of(call, &id)?, true))
}

fn api_of<'a>(call: &'a Call<'_>, id: &str) -> Result<&'a Api, Refusal> {
    seen(call, id).ok_or_else(|| missing("API", id))
}

/// Children, stages and deployments go with it.
fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.need("apiId", BAD)?;
    change(call)?;
    if domains::leading_to(call, &id, None).is_some() {
        return Err(bad(format!(
            "Deleting API {id} failed. Please remove all API mappings for the API from your custom domain names."
        )));
    }
    call.here.apis.by_id.remove(&id);
    let arn = arn(call, &id);
    call.index(&arn, None);
    Ok(json!({}))
}

/// The API and the stage that a tag ARN names.
fn tagged(call: &Call<'_>) -> Result<(String, Option<String>), Refusal> {
    let arn = call.need("resourceArn", BAD)?;
    let rest = arn.split_once("::/apis/").map(|(_, rest)| rest.to_owned());
    let rest = rest.ok_or_else(|| bad(format!("Invalid resource identifier specified {arn}")))?;
    Ok(match rest.split_once("/stages/") {
        Some((id, stage)) => (id.to_owned(), Some(stage.to_owned())),
        None => (rest, None),
    })
}

fn get_tags(call: &mut Call<'_>) -> Answer {
    let (id, stage) = tagged(call)?;
    let api = api_of(call, &id)?;
    let tags = match stage {
        Some(stage) => &api.stages.get(&stage).ok_or_else(|| missing("Stage", &stage))?.tags,
        None => &api.tags,
    };
    Ok(json!({ "tags": tags }))
}

fn retag(call: &mut Call<'_>, edit: impl FnOnce(&mut Tags)) -> Answer {
    let (id, stage) = tagged(call)?;
    let api = change_of(call, &id)?;
    let tags = match &stage {
        Some(stage) => &mut api.stages.get_mut(stage).ok_or_else(|| missing("Stage", stage))?.tags,
        None => &mut api.tags,
    };
    edit(tags);
    let tags = tags.clone();
    if stage.is_none() {
        let arn = arn(call, &id);
        call.index(&arn, Some(&tags));
    }
    Ok(json!({}))
}
