//! The WebSocket API, its stage, and the logs and the account setting that the stage needs.
use std::sync::Arc;

use super::{
    callers::AUTHORIZER,
    layout::{StackLayout, node_label},
    logs::add_log_group,
    spec_context::SpecContext,
};
use crate::{
    diagnostic::Spanned,
    engine::{MaybeKnown, NodeLabel},
    manifest::{
        defaults,
        types::{Api as Wish, Logging, Stage as StageWish, Throttle},
    },
    resources::{
        api::{self, Api, Authorizer, Integration, Route},
        api_gateway_account::ApiGatewayAccount,
        log_group::{self, LogGroup},
        stage::{self, Stage},
    },
};

/// The API with its routes; it needs nothing, for the functions' names are known beforehand.
pub(super) fn add_api(layout: &mut StackLayout) {
    let base = Arc::clone(&layout.context);
    let Some(wish) = base.spec.api.clone() else { return };
    let resource = Api::named(base.spec.api_name());
    let label = node_label(&base, "api", Some(wish.span));
    let handle = layout.graph.add(label, resource, (), move |()| api_props(&base, &wish));
    layout.api = Some(layout.record_node("api".into(), handle));
}

fn api_props(base: &SpecContext, wish: &Wish) -> api::Props {
    let uri = |function: &str| base.scope.invocation_uri(&base.function_arn(function));
    let mut targets: Vec<&str> = wish.routes.iter().map(|(_, function)| function.value.as_str()).collect();
    targets.sort_unstable();
    targets.dedup();
    let authorizer = wish.authorizer.as_ref();
    let checked = |key: &str| authorizer.filter(|_| key == "$connect").map(|_| AUTHORIZER.to_owned());
    let route = |(key, function): (&Spanned<String>, &Spanned<String>)| {
        (key.value.clone(), Route { authorizer: checked(key), ..Route::to(&*function.value) })
    };
    let identity = |authorizer: &crate::manifest::types::Authorizer| match authorizer.identity.as_slice() {
        [] => vec![defaults::IDENTITY.to_owned()],
        sources => sources.iter().map(|source| source.value.clone()).collect(),
    };
    let selection = wish.route_selection_expression.as_ref();
    api::Props {
        name: base.spec.api_name(),
        description: String::new(),
        selection: selection.map_or_else(|| defaults::ROUTE_SELECTION.to_owned(), |text| text.value.clone()),
        endpoint_disabled: false,
        integrations: targets.into_iter().map(|id| (id.to_owned(), Integration::lambda(uri(id)))).collect(),
        authorizers: authorizer
            .map(|it| (AUTHORIZER.to_owned(), Authorizer::lambda(uri(&it.function), identity(it))))
            .into_iter()
            .collect(),
        routes: wish.routes.iter().map(route).collect(),
        tags: base.resource_tags("api"),
    }
}

/// The stage, after everything that must work before a client may connect.
pub(super) fn add_stage(layout: &mut StackLayout) {
    let base = Arc::clone(&layout.context);
    let (Some(wish), Some(api)) = (base.spec.api.clone(), layout.api) else { return };
    add_stage_logs(layout, &base, &wish);
    let address = "api.stage";
    let permissions: Vec<String> =
        base.spec.functions.keys().map(|id| format!("permissions.{}", id.value)).collect();
    let before = ["account", "logs.access", "logs.execution"].into_iter();
    let after = layout.edges_to(before.chain(permissions.iter().map(String::as_str)));
    let resource = Stage::new(&base.spec.api_name(), base.spec.stage_name());
    let vanishes_with = Some(api.edge());
    let label =
        NodeLabel { ordered_after: after, vanishes_with, ..node_label(&base, address, Some(wish.span)) };
    let handle = layout.graph.add(label, resource, api, move |api| {
        let digest = api::api_digest(&api_props(&base, &wish));
        stage_props(&base, &wish.stage, api.id, digest)
    });
    layout.record_node(address.to_owned(), handle);
}

/// What the stage logs to, and the account's leave to do so.
fn add_stage_logs(layout: &mut StackLayout, base: &SpecContext, wish: &Spanned<Wish>) {
    let stage = &wish.stage;
    let id = Spanned { value: base.spec.stage_name().to_owned(), span: wish.span };
    let days = stage.access_log.as_ref().and_then(|log| log.retention_days.as_ref());
    let days = days.map_or(defaults::LOG_RETENTION_DAYS, |days| days.value);
    if let Some(name) = base.spec.access_log_group() {
        add_log_group(layout, "logs.access", &id, LogGroup::named(&name), name.into(), days, false);
    }
    if logging_level(stage) != "off" {
        add_execution_log(layout, &id, days);
    }
    if logging_level(stage) != "off" || stage.access_log.is_some() {
        let resource = ApiGatewayAccount::of(&base.scope.region);
        let setting = resource.wish();
        let label = NodeLabel { adopts: true, ..node_label(base, "account", Some(wish.span)) };
        let handle = layout.graph.add(label, resource, (), move |()| setting.clone());
        layout.record_node("account".into(), handle);
    }
}

/// API Gateway makes this group itself, unencrypted and for ever, unless it is there before the stage.
fn add_execution_log(layout: &mut StackLayout, id: &Spanned<String>, days: u32) {
    let base = Arc::clone(&layout.context);
    let address = "logs.execution";
    let (handles, given) = layout.generated_handles(true, true);
    let resource = LogGroup::execution(&base.spec.api_name(), id);
    let label = NodeLabel { adopts: true, ..node_label(&base, address, Some(id.span)) };
    let (stage, tags) = (id.value.clone(), base.resource_tags(address));
    let handle = layout.graph.add(label, resource, handles, move |made| {
        let made = given.generated_ids(made);
        let api = made.api.map_or_else(|| MaybeKnown::KnownAfter("api.id".into()), |api| api.id);
        log_group::Props {
            name: api.map(|api| log_group::execution_name(api, &stage)),
            retention_days: i32::try_from(days).ok(),
            key: made.key.map(|key| key.arn),
            tags: tags.clone(),
        }
    });
    layout.record_node(address.to_owned(), handle);
}

fn logging_level(stage: &StageWish) -> &'static str {
    match stage.logging.as_deref() {
        Some(Logging::Off) => "off",
        None | Some(Logging::Error) => "error",
        Some(Logging::Info) => "info",
    }
}

fn stage_props(
    base: &SpecContext,
    wish: &StageWish,
    api: MaybeKnown<String>,
    digest: String,
) -> stage::Props {
    let auto_deploy = wish.auto_deploy.as_ref().is_none_or(|auto| auto.value);
    let defaults = route_settings(wish, wish.throttle.as_deref());
    let route = |(key, throttle): (&Spanned<String>, &Throttle)| {
        (key.value.clone(), route_settings(wish, Some(throttle)))
    };
    stage::Props {
        api,
        name: base.spec.stage_name().to_owned(),
        auto_deploy,
        deployment: if auto_deploy { stage::AUTOMATIC.to_owned() } else { digest },
        defaults,
        routes: wish.route_throttles.iter().map(route).collect(),
        access_log: base.spec.access_log_group().map(|name| stage::AccessLog {
            destination: base.log_group_arn(&name),
            format: access_log_format(wish),
        }),
        variables: wish
            .variables
            .iter()
            .map(|(name, value)| (name.value.clone(), value.value.clone()))
            .collect(),
        tags: base.resource_tags("api.stage"),
    }
}

/// A whole block of settings: a route with a throttle of its own inherits nothing from the stage.
fn route_settings(wish: &StageWish, throttle: Option<&Throttle>) -> stage::StageRouteSettings {
    let burst = throttle.map_or(defaults::THROTTLE_BURST, |throttle| throttle.burst.value);
    stage::StageRouteSettings {
        rate: throttle.map_or(defaults::THROTTLE_RATE, |throttle| throttle.rate.value),
        burst: i32::try_from(burst).unwrap_or(i32::MAX),
        logging: logging_level(wish).to_owned(),
        data_trace: wish.data_trace.as_ref().is_some_and(|on| on.value),
        metrics: wish.metrics.as_ref().is_none_or(|on| on.value),
    }
}

fn access_log_format(wish: &StageWish) -> String {
    match wish.access_log.as_ref().and_then(|log| log.format.as_ref()) {
        Some(format) if format.value != "json" => format.value.clone(),
        _ => stage::json_access_log_format().to_owned(),
    }
}
