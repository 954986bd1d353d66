//! Responses of two-way routes: with one, what a route's integration returns is sent on the connection.
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_apigatewayv2::types::{Route as LiveRoute, RouteResponse};
use futures_util::future::try_join_all;

use super::{no_retry_config, require_id, retry_while_busy};
use crate::aws::{Cx, Error, NotFoundExt, Operation, Result, all_pages, create_once, require_field};

/// Reads the keys of the responses of every two-way route, by the route's id.
///
/// Those of a route without an expression are never sent, and not looked at.
pub(super) async fn read_all(
    cx: &Cx<'_>,
    api: &str,
    routes: &[LiveRoute],
) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let is_two_way = |route: &&LiveRoute| {
        route.route_response_selection_expression().is_some_and(|expression| !expression.is_empty())
    };
    let ids = routes.iter().filter(is_two_way).filter_map(LiveRoute::route_id);
    let read = ids.map(|id| async move {
        let all = read_responses(cx, api, id).await?;
        let keys = all.into_iter().filter_map(|one| one.route_response_key);
        Ok::<_, Error>((id.to_owned(), keys.collect()))
    });
    Ok(try_join_all(read).await?.into_iter().collect())
}

async fn read_responses(cx: &Cx<'_>, api: &str, route: &str) -> Result<Vec<RouteResponse>> {
    all_pages(async |token| {
        let call =
            cx.aws.apis().get_route_responses().api_id(api).route_id(route).set_next_token(token).send();
        let page = cx.read(call).await?;
        Ok((require_field(Operation::ApiGatewayGetRouteResponses, "items", page.items)?, page.next_token))
    })
    .await
}

/// Makes the responses that a route lacks and removes those that it is not to have.
pub(super) async fn set_responses(
    cx: &Cx<'_>,
    (api, route): (&str, &str),
    to: &BTreeSet<String>,
) -> Result<()> {
    // One that was once two-way may have responses still, which the plan has not read.
    let live = read_responses(cx, api, route).await?;
    let has = |key: &str| live.iter().any(|one| one.route_response_key() == Some(key));
    for key in to.iter().filter(|key| !has(key)) {
        create_response(cx, (api, route), key).await?;
    }
    let unwanted = live.iter().filter(|one| one.route_response_key().is_none_or(|key| !to.contains(key)));
    for id in unwanted.filter_map(RouteResponse::route_response_id) {
        retry_while_busy(cx, api, async || {
            let call =
                cx.aws.apis().delete_route_response().api_id(api).route_id(route).route_response_id(id);
            cx.write(call.send()).await.not_found_to_none().map(drop)
        })
        .await?;
    }
    Ok(())
}

/// Creates a response; one whose creation answer was lost is found again by its key.
pub(super) async fn create_response(cx: &Cx<'_>, (api, route): (&str, &str), key: &str) -> Result<()> {
    let create = async || {
        let call = cx.aws.apis().create_route_response().api_id(api).route_id(route).route_response_key(key);
        let call = call.customize().config_override(no_retry_config()).send();
        require_id(cx.write(call).await?.route_response_id, "CreateRouteResponse")
    };
    let find = async || {
        let all = read_responses(cx, api, route).await?;
        let lost = all.into_iter().find(|one| one.route_response_key() == Some(key));
        Ok(lost.and_then(|one| one.route_response_id))
    };
    let what = format!("the response `{key}` of a route");
    retry_while_busy(cx, api, async || create_once(cx, &what, &create, &find).await).await.map(drop)
}
