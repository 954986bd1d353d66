//! Integrations, authorizers and routes.
use super::{ALPHABET, BAD, Members, api, bad, change, conflict, missing, paged, stages};
use crate::{
    call::Call,
    reply::{Answer, Refusal},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A kind of child.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integration,
    Authorizer,
    Route,
}

impl Kind {
    fn id(self) -> &'static str {
        match self {
            Self::Integration => "integrationId",
            Self::Authorizer => "authorizerId",
            Self::Route => "routeId",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Integration => "Integration",
            Self::Authorizer => "Authorizer",
            Self::Route => "Route",
        }
    }

    fn of(self, api: &super::Api) -> &BTreeMap<String, Members> {
        match self {
            Self::Integration => &api.integrations,
            Self::Authorizer => &api.authorizers,
            Self::Route => &api.routes,
        }
    }

    fn of_mut(self, api: &mut super::Api) -> &mut BTreeMap<String, Members> {
        match self {
            Self::Integration => &mut api.integrations,
            Self::Authorizer => &mut api.authorizers,
            Self::Route => &mut api.routes,
        }
    }

    /// What may be set.
    fn members(self) -> &'static [&'static str] {
        match self {
            Self::Integration => &[
                "integrationType",
                "integrationUri",
                "integrationMethod",
                "timeoutInMillis",
                "description",
                "credentialsArn",
                "contentHandlingStrategy",
                "passthroughBehavior",
                "connectionType",
                "payloadFormatVersion",
                "templateSelectionExpression",
            ],
            Self::Authorizer => {
                &["authorizerType", "authorizerUri", "identitySource", "name", "authorizerCredentialsArn"]
            }
            Self::Route => &[
                "routeKey",
                "target",
                "authorizationType",
                "authorizerId",
                "apiKeyRequired",
                "routeResponseSelectionExpression",
                "operationName",
                "modelSelectionExpression",
            ],
        }
    }
}

pub(super) fn handle(call: &mut Call<'_>) -> Answer {
    let kind = [Kind::Integration, Kind::Authorizer, Kind::Route];
    let Some(kind) = kind.into_iter().find(|kind| call.operation.contains(kind.word())) else {
        return crate::services::unknown(call);
    };
    match &call.operation[..3] {
        "Cre" => create(call, kind),
        "Upd" => update(call, kind),
        "Del" => delete(call, kind),
        _ if call.operation.ends_with('s') => {
            let all = kind.of(api(call)?).values().map(|one| Value::Object(one.clone())).collect();
            Ok(paged(call, all))
        }
        _ => {
            let id = call.need(kind.id(), BAD)?;
            let found = kind.of(api(call)?).get(&id).cloned();
            found.map(Value::Object).ok_or_else(|| missing(kind.word(), &id))
        }
    }
}

/// Takes what the request names; an empty text takes away (hashicorp/terraform-provider-aws,
/// `apigatewayv2/integration.go`).
fn adopt(members: &mut Members, call: &Call<'_>, kind: Kind) {
    for member in kind.members() {
        match call.input.get(*member) {
            Some(value) if value == "" => drop(members.remove(*member)),
            Some(value) if !value.is_null() => drop(members.insert((*member).to_owned(), value.clone())),
            _ => {}
        }
    }
}

fn text<'a>(members: &'a Members, member: &str) -> &'a str {
    members.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// Required members and bounds (API Gateway v2 API reference; WebSocket integrations time out after 50 ms to 29 s,
/// "Quotas for configuring and running a WebSocket API"). Ten authorizers, 300 routes and 300 integrations.
fn check(api: &super::Api, kind: Kind, id: &str, one: &Members, unique: bool) -> Result<(), Refusal> {
    let others = kind.of(api).iter().filter(|(other, _)| *other != id);
    let limit = if kind == Kind::Authorizer { 10 } else { 300 };
    if others.clone().count() >= limit {
        return Err(bad(format!("Maximum number of {}s for this API reached", kind.word())));
    }
    match kind {
        Kind::Integration => {
            let kinds = ["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"];
            if !kinds.contains(&text(one, "integrationType")) {
                return Err(bad("Invalid integration type specified"));
            }
            let timeout = one.get("timeoutInMillis").and_then(Value::as_i64).unwrap_or(29_000);
            if !(50..=29_000).contains(&timeout) {
                return Err(bad("Timeout should be between 50 ms and 29000 ms"));
            }
            if text(one, "integrationType") != "MOCK" && !text(one, "integrationUri").contains(':') {
                return Err(bad("Invalid integration URI specified"));
            }
            Ok(())
        }
        Kind::Authorizer => {
            if text(one, "authorizerType") != "REQUEST" || text(one, "name").is_empty() {
                return Err(bad("WebSocket APIs take REQUEST authorizers with a name only"));
            }
            if !text(one, "authorizerUri").contains(":lambda:path/") {
                return Err(bad("Invalid authorizer URI"));
            }
            let mut names = others.map(|(_, other)| text(other, "name"));
            if unique && names.any(|name| name == text(one, "name")) {
                return Err(bad(format!("Authorizer with name {} already exists", text(one, "name"))));
            }
            Ok(())
        }
        Kind::Route => check_route(api, one, others.map(|(_, other)| other)),
    }
}

fn check_route<'a>(
    api: &super::Api,
    one: &Members,
    mut others: impl Iterator<Item = &'a Members>,
) -> Result<(), Refusal> {
    let key = text(one, "routeKey");
    if others.any(|other| text(other, "routeKey") == key) {
        return Err(conflict(format!("Route with key {key} already exists for this API")));
    }
    if let Some(id) = text(one, "target").strip_prefix("integrations/")
        && !api.integrations.contains_key(id)
    {
        return Err(bad(format!("Invalid target specified: no integration {id}")));
    }
    let (kind, authorizer) = (text(one, "authorizationType"), text(one, "authorizerId"));
    if kind == "CUSTOM" && !api.authorizers.contains_key(authorizer) {
        return Err(bad(format!("Invalid authorizer ID specified: '{authorizer}'")));
    }
    if ["AWS_IAM", "CUSTOM"].contains(&kind) && key != "$connect" {
        // API Gateway guide, "Control access to WebSocket APIs": on $connect only.
        return Err(bad("Authorization is only supported on the $connect route"));
    }
    Ok(())
}

/// What comes back unasked (hashicorp/terraform-provider-aws, `apigatewayv2`: computed members).
fn fill(one: &mut Members, kind: Kind) {
    let filled = match kind {
        Kind::Integration => json!({
            "connectionType": "INTERNET", "payloadFormatVersion": "1.0", "passthroughBehavior": "WHEN_NO_MATCH",
            "timeoutInMillis": 29000, "integrationResponseSelectionExpression": "${integration.response.statuscode}",
        }),
        Kind::Authorizer => json!({}),
        Kind::Route => json!({ "authorizationType": "NONE", "apiKeyRequired": false }),
    };
    let Value::Object(filled) = filled else { return };
    for (member, value) in filled {
        one.entry(member).or_insert(value);
    }
}

fn create(call: &mut Call<'_>, kind: Kind) -> Answer {
    let id = call.id(7, ALPHABET);
    let mut one = Members::new();
    adopt(&mut one, call, kind);
    fill(&mut one, kind);
    one.insert(kind.id().into(), id.clone().into());
    let unique = call.switches.unique_authorizers;
    let api = change(call)?;
    check(api, kind, &id, &one, unique)?;
    kind.of_mut(api).insert(id, one.clone());
    touched(call)?;
    Ok(Value::Object(one))
}

fn touched(call: &mut Call<'_>) -> Result<(), Refusal> {
    let api = call.need("apiId", BAD)?;
    stages::touched(call, &api);
    Ok(())
}

fn update(call: &mut Call<'_>, kind: Kind) -> Answer {
    let id = if kind == Kind::Route { call.need("routeId", BAD)? } else { call.need(kind.id(), BAD)? };
    let mut one = kind.of(api(call)?).get(&id).cloned().ok_or_else(|| missing(kind.word(), &id))?;
    adopt(&mut one, call, kind);
    if kind == Kind::Route && text(&one, "authorizationType") != "CUSTOM" {
        one.remove("authorizerId");
    }
    fill(&mut one, kind);
    let unique = call.switches.unique_authorizers;
    let api = change(call)?;
    check(api, kind, &id, &one, unique)?;
    kind.of_mut(api).insert(id, one.clone());
    touched(call)?;
    Ok(Value::Object(one))
}

/// What a route leads to cannot be removed (text: klothoplatform/klotho issue 348;
/// hashicorp/terraform-provider-aws pull request 37732).
fn delete(call: &mut Call<'_>, kind: Kind) -> Answer {
    let id = call.need(kind.id(), BAD)?;
    let api = change(call)?;
    if !kind.of(api).contains_key(&id) {
        return Err(missing(kind.word(), &id));
    }
    let leads_here = |route: &Members| match kind {
        Kind::Integration => text(route, "target") == format!("integrations/{id}"),
        Kind::Authorizer => text(route, "authorizerId") == id,
        Kind::Route => false,
    };
    let referrers: Vec<&str> =
        api.routes.values().filter(|route| leads_here(route)).map(|it| text(it, "routeId")).collect();
    if !referrers.is_empty() {
        let word = kind.word();
        let referrers = referrers.join(", ");
        return Err(conflict(format!(
            "Cannot delete {word} '{id}' because it is referenced by the following Routes with Ids: [{referrers}]"
        )));
    }
    kind.of_mut(api).remove(&id);
    if kind == Kind::Route {
        api.responses.retain(|(route, _), _| *route != id);
    }
    touched(call)?;
    Ok(json!({}))
}
