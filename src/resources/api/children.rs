//! The live integrations, authorizers and routes of an API, keyed so that a reader can tell them apart.
use std::collections::{BTreeMap, BTreeSet, HashSet};

use aws_sdk_apigatewayv2::types::{
    Authorizer as LiveAuthorizer, Integration as LiveIntegration, Route as LiveRoute,
};

use super::{Authorizer, Integration, Route, authorizers, integrations, route_responses, routes};
use crate::aws::{Cx, Result};

/// The AWS ids of an API's children, under the same keys as in `Props`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ChildIds {
    pub(super) integrations: BTreeMap<String, String>,
    pub(super) authorizers: BTreeMap<String, String>,
    pub(super) routes: BTreeMap<String, String>,
}

pub(super) type LiveChildren =
    (BTreeMap<String, Integration>, BTreeMap<String, Authorizer>, BTreeMap<String, Route>, ChildIds);

/// Returns the key of a child that the stack did not create, or created twice.
pub(super) fn extra_key(id: &str) -> String {
    format!("extra {id}")
}

/// Returns whether the key belongs to a child that the stack does not want.
pub(super) fn is_extra_key(key: &str) -> bool {
    key.starts_with("extra ")
}

/// Reads the integrations, authorizers and routes of an API.
pub(super) async fn read_children(cx: &Cx<'_>, api: &str) -> Result<LiveChildren> {
    let (integrations, authorizers, routes) = tokio::try_join!(
        integrations::read_integrations(cx, api),
        authorizers::read_authorizers(cx, api),
        routes::read_routes(cx, api),
    )?;
    let responses = route_responses::read_all(cx, api, &routes).await?;
    Ok(assign_keys(&integrations, &authorizers, &routes, &responses))
}

/// Assigns a key to each child; of several with the same key, the one that a route uses gets it.
fn assign_keys(
    integrations: &[LiveIntegration],
    authorizers: &[LiveAuthorizer],
    routes: &[LiveRoute],
    responses: &BTreeMap<String, BTreeSet<String>>,
) -> LiveChildren {
    let targets: HashSet<&str> = routes.iter().filter_map(target_integration_id).collect();
    let deciders: HashSet<&str> = routes.iter().filter_map(LiveRoute::authorizer_id).collect();
    let integrations =
        key_children(integrations, &targets, |one| (one.integration_id(), integrations::stack_key(one)));
    let authorizers = key_children(authorizers, &deciders, |one| (one.authorizer_id(), one.name()));
    let standing = key_children(routes, &HashSet::new(), |one| (one.route_id(), one.route_key()));
    let ids = ChildIds {
        integrations: ids_by_key(&integrations),
        authorizers: ids_by_key(&authorizers),
        routes: ids_by_key(&standing),
    };
    let canonical = |(key, (id, route)): (String, (&str, &LiveRoute))| {
        (key, canonical_route(route, responses.get(id).cloned().unwrap_or_default(), &ids))
    };
    let routes = standing.into_iter().map(canonical).collect();
    (
        integrations.into_iter().map(|(key, (_, one))| (key, Integration::from_live(one))).collect(),
        authorizers.into_iter().map(|(key, (_, one))| (key, Authorizer::from_live(one))).collect(),
        routes,
        ids,
    )
}

type KeyedChildren<'a, T> = BTreeMap<String, (&'a str, &'a T)>;

fn key_children<'a, T>(
    all: &'a [T],
    used: &HashSet<&str>,
    name: impl Fn(&'a T) -> (Option<&'a str>, Option<&'a str>),
) -> KeyedChildren<'a, T> {
    let mut named: Vec<_> = all
        .iter()
        .map(|one| {
            let (id, key) = name(one);
            (id.unwrap_or_default(), key, one)
        })
        .collect();
    named.sort_by_key(|(id, ..)| (!used.contains(id), *id));
    let mut keyed = KeyedChildren::new();
    for (id, key, one) in named {
        let key = key.map(str::to_owned).filter(|key| !keyed.contains_key(key));
        keyed.insert(key.unwrap_or_else(|| extra_key(id)), (id, one));
    }
    keyed
}

fn ids_by_key<T>(keyed: &KeyedChildren<'_, T>) -> BTreeMap<String, String> {
    keyed.iter().map(|(key, (id, _))| (key.clone(), (*id).to_owned())).collect()
}

/// Returns the id of the integration that a route targets.
fn target_integration_id(route: &LiveRoute) -> Option<&str> {
    route.target()?.strip_prefix(routes::TARGET)
}

/// Returns the canonical form of a live route; what a desired route cannot express is put in parentheses.
fn canonical_route(route: &LiveRoute, responses: BTreeSet<String>, ids: &ChildIds) -> Route {
    let integration = match (target_integration_id(route), route.target()) {
        (Some(id), _) => key_of(&ids.integrations, id),
        (None, Some(other)) => format!("({other})"),
        (None, None) => "(none)".to_owned(),
    };
    let authorizer = match route.authorization_type().map_or("NONE", |kind| kind.as_str()) {
        "NONE" => None,
        "CUSTOM" => Some(key_of(&ids.authorizers, route.authorizer_id().unwrap_or_default())),
        other => Some(format!("({other})")),
    };
    Route {
        integration,
        authorizer,
        api_key_required: route.api_key_required == Some(true),
        response_selection: route.route_response_selection_expression.clone().filter(|text| !text.is_empty()),
        responses,
    }
}

fn key_of(ids: &BTreeMap<String, String>, wanted: &str) -> String {
    let found = ids.iter().find(|(_, id)| *id == wanted);
    found.map_or_else(|| format!("(missing {wanted})"), |(key, _)| key.clone())
}

#[cfg(test)]
mod tests {
    use aws_sdk_apigatewayv2::types::{AuthorizationType, IntegrationType};

    use super::*;

    fn integration(id: &str, description: &str) -> LiveIntegration {
        LiveIntegration::builder()
            .integration_id(id)
            .description(description)
            .integration_type(IntegrationType::AwsProxy)
            .integration_uri("arn:one")
            .integration_method("POST")
            .build()
    }

    fn route(id: &str, key: &str, target: &str) -> LiveRoute {
        LiveRoute::builder().route_id(id).route_key(key).target(target).build()
    }

    #[test]
    fn the_twin_that_routes_use_is_the_one() {
        let twins = [integration("a", "copilot-infra talk"), integration("b", "copilot-infra talk")];
        let (integrations, _, routes, ids) =
            assign_keys(&twins, &[], &[route("r", "$default", "integrations/b")], &BTreeMap::new());
        assert_eq!(ids.integrations["talk"], "b");
        assert!(integrations.contains_key("extra a"));
        assert_eq!(routes["$default"], Route::to("talk"));
    }

    #[test]
    fn what_the_stack_did_not_make_can_be_told() {
        let foreign = [integration("a", "by hand"), integration("b", "")];
        let routes = [
            route("r", "message", "integrations/a"),
            route("s", "message", "integrations/gone"),
            route("t", "$default", "elsewhere"),
        ];
        let (integrations, _, routes, _) = assign_keys(&foreign, &[], &routes, &BTreeMap::new());
        assert_eq!(integrations.keys().collect::<Vec<_>>(), ["extra a", "extra b"]);
        assert_eq!(routes["message"].integration, "extra a");
        assert_eq!(routes["extra s"].integration, "(missing gone)");
        assert_eq!(routes["$default"].integration, "(elsewhere)");
    }

    #[test]
    fn defaults_of_aws_are_no_difference() {
        let standing = integration("a", "copilot-infra talk");
        assert_eq!(Integration::from_live(&standing), Integration::lambda("arn:one"));
        let kind = AuthorizationType::None;
        let open = LiveRoute::builder().route_key("$default").target("integrations/a");
        let open = open.route_id("r").authorization_type(kind).authorizer_id("stale").build();
        let (_, _, routes, _) = assign_keys(&[standing], &[], &[open], &BTreeMap::new());
        assert_eq!(routes["$default"], Route::to("talk"));
    }

    #[test]
    fn an_authorizer_goes_by_its_name() {
        let decider = LiveAuthorizer::builder().authorizer_id("z").name("authorize").build();
        let mut guarded = route("r", "$connect", "integrations/a");
        guarded.authorization_type = Some(AuthorizationType::Custom);
        guarded.authorizer_id = Some("z".into());
        let mut iam = route("s", "other", "integrations/a");
        iam.authorization_type = Some(AuthorizationType::AwsIam);
        let (_, _, routes, ids) = assign_keys(&[], &[decider], &[guarded, iam], &BTreeMap::new());
        assert_eq!(routes["$connect"].authorizer.as_deref(), Some("authorize"));
        assert_eq!(routes["other"].authorizer.as_deref(), Some("(AWS_IAM)"));
        assert_eq!(ids.authorizers["authorize"], "z");
    }
}
