//! Responses of two-way routes.
use super::{ALPHABET, BAD, Members, api, bad, change, conflict, missing, paged, stages};
use crate::{
    call::Call,
    reply::{Answer, Refusal},
};
use serde_json::{Value, json};

pub(super) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "CreateRouteResponse" => create(call),
        "DeleteRouteResponse" => delete(call),
        _ => list(call),
    }
}

/// The route that a call names, which has to be there.
fn route(call: &Call<'_>) -> Result<String, Refusal> {
    let route = call.need("routeId", BAD)?;
    if api(call)?.routes.contains_key(&route) { Ok(route) } else { Err(missing("Route", &route)) }
}

fn list(call: &Call<'_>) -> Answer {
    let route = route(call)?;
    let all = api(call)?.responses.iter().filter(|((of, _), _)| *of == route);
    let all = all.map(|(_, one)| Value::Object(one.clone())).collect();
    Ok(paged(call, all))
}

/// There is one key alone (API Gateway guide, "Set up route responses for WebSocket APIs").
fn create(call: &mut Call<'_>) -> Answer {
    let route = route(call)?;
    let key = call.need("routeResponseKey", BAD)?;
    if key != "$default" {
        return Err(bad(format!("Invalid route response key specified: {key}")));
    }
    let id = call.id(7, ALPHABET);
    let mut one = Members::new();
    one.insert("routeResponseId".into(), id.clone().into());
    one.insert("routeResponseKey".into(), key.clone().into());
    let api = change(call)?;
    let taken = api.responses.iter().any(|((of, _), one)| *of == route && one["routeResponseKey"] == key);
    if taken {
        return Err(conflict(format!("Route response with key {key} already exists for the route")));
    }
    api.responses.insert((route, id), one.clone());
    touched(call)?;
    Ok(Value::Object(one))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let (route, id) = (route(call)?, call.need("routeResponseId", BAD)?);
    if change(call)?.responses.remove(&(route, id.clone())).is_none() {
        return Err(missing("Route response", &id));
    }
    touched(call)?;
    Ok(json!({}))
}

fn touched(call: &mut Call<'_>) -> Result<(), Refusal> {
    let api = call.need("apiId", BAD)?;
    stages::touched(call, &api);
    Ok(())
}
