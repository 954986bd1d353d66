//! Routes of a WebSocket API.
use std::collections::BTreeSet;

use aws_sdk_apigatewayv2::types::{AuthorizationType, Route as LiveRoute};
use serde::Serialize;

use super::{no_retry_config, require_id, retry_while_busy, route_responses};
use crate::aws::{Cx, Error, NotFoundExt, Operation, Result, all_pages, create_once, require_field};

/// A route of a WebSocket API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Key of the route's integration.
    pub integration: String,
    /// Name of the route's authorizer; only `$connect` may have one.
    pub authorizer: Option<String>,
    /// Whether an API key of a usage plan is required.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub api_key_required: bool,
    /// Route response selection expression, which makes the route answer on the connection; none for a one-way route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_selection: Option<String>,
    /// Keys of the route's responses; none are read of a one-way route.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub responses: BTreeSet<String>,
}

/// Name in the place of an authorizer's where IAM decides.
pub const IAM: &str = "(AWS_IAM)";
/// The only key of a route response, and the only expression that selects one (API Gateway guide, "Set up route responses
/// for WebSocket APIs").
const RESPONSE: &str = "$default";

impl Route {
    /// Returns a one-way route without authorization to `integration`.
    pub fn to(integration: impl Into<String>) -> Self {
        Self { integration: integration.into(), ..Self::default() }
    }

    /// Returns the route with what its integration returns sent back on the connection.
    #[must_use]
    pub fn two_way(self) -> Self {
        let response = RESPONSE.to_owned();
        Self { response_selection: Some(response.clone()), responses: [response].into(), ..self }
    }
}

/// The AWS ids of a route's integration and authorizer.
pub(super) struct RouteTarget<'a> {
    pub(super) integration: &'a str,
    pub(super) authorizer: Option<&'a str>,
}

/// Prefix of a route's target.
pub(super) const TARGET: &str = "integrations/";

pub(super) async fn read_routes(cx: &Cx<'_>, api: &str) -> Result<Vec<LiveRoute>> {
    all_pages(async |token| {
        let call = cx.aws.apis().get_routes().api_id(api).set_next_token(token).send();
        let page = cx.read(call).await?;
        Ok((require_field(Operation::ApiGatewayGetRoutes, "items", page.items)?, page.next_token))
    })
    .await
}

fn authorization_type(to: &Route) -> AuthorizationType {
    match to.authorizer.as_deref() {
        Some(IAM) => AuthorizationType::AwsIam,
        Some(_) => AuthorizationType::Custom,
        None => AuthorizationType::None,
    }
}

/// Creates a route and returns its id; one whose creation answer was lost is found again by its key.
pub(super) async fn create_route(
    cx: &Cx<'_>,
    (api, key): (&str, &str),
    to: &Route,
    target: &RouteTarget<'_>,
) -> Result<String> {
    let create = async || {
        let call = cx.aws.apis().create_route().api_id(api).route_key(key);
        let call = call.target(format!("{TARGET}{}", target.integration));
        let call = call.authorization_type(authorization_type(to));
        let call = call.set_authorizer_id(target.authorizer.map(str::to_owned));
        let call = call.set_api_key_required(to.api_key_required.then_some(true));
        let call = call.set_route_response_selection_expression(to.response_selection.clone());
        let call = call.customize().config_override(no_retry_config()).send();
        require_id(cx.write(call).await?.route_id, "CreateRoute")
    };
    let find = async || {
        let all = read_routes(cx, api).await?;
        Ok(all.into_iter().find(|one| one.route_key() == Some(key)).and_then(|one| one.route_id))
    };
    let what = format!("the route `{key}`");
    let made = retry_while_busy(cx, api, async || create_once(cx, &what, &create, &find).await).await;
    match made {
        // Someone else created the route first: the next plan sees how it is configured.
        Err(error) if error.code() == "ConflictException" => {
            Err(Error::ConcurrentModification(format!("the route `{key}` was made meanwhile: {error}")))
        }
        made => {
            let id = made?;
            // A new route has none, and may not be seen yet by whoever reads them.
            for key in &to.responses {
                route_responses::create_response(cx, (api, &id), key).await?;
            }
            Ok(id)
        }
    }
}

/// Updates a route, sending only the differences.
pub(super) async fn update_route(
    cx: &Cx<'_>,
    (api, id): (&str, &str),
    live: Option<&Route>,
    to: &Route,
    target: &RouteTarget<'_>,
) -> Result<()> {
    if live.is_none_or(|live| live.responses != to.responses) {
        // They go before the expression that selects them, and come before it: what a broken run leaves is seen.
        route_responses::set_responses(cx, (api, id), &to.responses).await?;
    }
    let rest = |route: &Route| Route { responses: BTreeSet::new(), ..route.clone() };
    if live.is_some_and(|live| rest(live) == rest(to)) {
        return Ok(());
    }
    retry_while_busy(cx, api, async || {
        let mut call = cx.aws.apis().update_route().api_id(api).route_id(id);
        if live.is_none_or(|live| live.integration != to.integration) {
            call = call.target(format!("{TARGET}{}", target.integration));
        }
        if live.is_none_or(|live| live.authorizer != to.authorizer) {
            // An empty id detaches the authorizer, which could not be deleted otherwise.
            call = call.authorization_type(authorization_type(to));
            call = call.authorizer_id(target.authorizer.unwrap_or_default());
        }
        if live.is_none_or(|live| live.api_key_required != to.api_key_required) {
            call = call.api_key_required(to.api_key_required);
        }
        if live.is_none_or(|live| live.response_selection != to.response_selection) {
            let expression = to.response_selection.as_deref().unwrap_or_default();
            call = call.route_response_selection_expression(expression);
        }
        cx.write(call.send()).await
    })
    .await?;
    Ok(())
}

pub(super) async fn delete_route(cx: &Cx<'_>, api: &str, id: &str) -> Result<()> {
    let call = cx.aws.apis().delete_route().api_id(api).route_id(id);
    cx.write(call.send()).await.not_found_to_none().map(drop)
}
