//! The WebSocket API, its stage, and the logs and the account setting that the stage needs.
use std::sync::Arc;

use super::{
    callers::AUTHORIZER,
    layout::{StackLayout, node_label},
    logs::{LogSettings, add_log_group},
    spec_context::SpecContext,
};
use crate::{
    diagnostic::Spanned,
    engine::{MaybeKnown, NodeLabel},
    manifest::{
        defaults,
        types::{
            Api as ApiSpec, Authorizer as AuthorizerSpec, FunctionAuthorizer, KeySelection, Logging,
            Route as RouteSpec, RouteSettings, Stage as StageSpec, Throttle,
        },
    },
    resources::{
        api::{self, Api, Authorizer, Integration, Route},
        log_group::{self, LogGroup},
        stage::{self, Stage},
    },
};

/// Adds the API with its routes; it depends on nothing, because the functions' names are known beforehand.
pub(super) fn add_api(layout: &mut StackLayout) {
    let context = Arc::clone(&layout.context);
    let Some(desired) = context.spec.api.clone() else { return };
    let resource = Api::named(context.spec.api_name());
    let label = node_label(&context, api::ADDRESS, Some(desired.span));
    let handle = layout.graph.add(label, resource, (), move |()| api_props(&context, &desired));
    layout.api = Some(layout.record_node(api::ADDRESS.into(), handle));
}

fn api_props(context: &SpecContext, desired: &ApiSpec) -> api::Props {
    let uri = |function: &str| context.scope.invocation_uri(&context.function_arn(function));
    let mut targets: Vec<&str> =
        desired.routes.iter().map(|(_, route)| route.function.value.as_str()).collect();
    targets.sort_unstable();
    targets.dedup();
    let authorizer = desired.function_authorizer();
    let checked = |key: &str| match desired.authorizer.as_deref().filter(|_| key == "$connect") {
        Some(AuthorizerSpec::Function(_)) => Some(AUTHORIZER.to_owned()),
        Some(AuthorizerSpec::Iam) => Some(api::IAM.to_owned()),
        None => None,
    };
    let route = |(key, route): (&Spanned<String>, &RouteSpec)| {
        let made = Route {
            authorizer: checked(key),
            api_key_required: route.needs_key(),
            ..Route::to(&*route.function.value)
        };
        (key.value.clone(), if route.responds() { made.two_way() } else { made })
    };
    let identity = |authorizer: &FunctionAuthorizer| match authorizer.identity.as_slice() {
        [] => vec![defaults::IDENTITY.to_owned()],
        sources => sources.iter().map(|source| source.value.clone()).collect(),
    };
    let selection = desired.route_selection_expression.as_ref();
    api::Props {
        name: context.spec.api_name(),
        description: desired.description.as_ref().map(|text| text.value.clone()).unwrap_or_default(),
        key_selection: match desired.api_key_selection_expression.as_deref() {
            None | Some(KeySelection::Header) => None,
            Some(KeySelection::Authorizer) => Some(api::KEY_BY_AUTHORIZER.to_owned()),
        },
        selection: selection.map_or_else(|| defaults::ROUTE_SELECTION.to_owned(), |text| text.value.clone()),
        endpoint_disabled: false,
        integrations: targets.into_iter().map(|id| (id.to_owned(), Integration::lambda(uri(id)))).collect(),
        authorizers: authorizer
            .map(|it| (AUTHORIZER.to_owned(), Authorizer::lambda(uri(&it.function), identity(it))))
            .into_iter()
            .collect(),
        routes: desired.routes.iter().map(route).collect(),
        tags: context.resource_tags(api::ADDRESS),
    }
}

/// Adds the stage, after everything that must work before a client may connect.
pub(super) fn add_stage(layout: &mut StackLayout) {
    let context = Arc::clone(&layout.context);
    let (Some(desired), Some(api)) = (context.spec.api.clone(), layout.api) else { return };
    add_stage_logs(layout, &context, &desired);
    let address = "api.stage";
    let permissions: Vec<String> =
        context.spec.functions.keys().map(|id| format!("permissions.{}", id.value)).collect();
    let before = ["account", "logs.access", "logs.execution"].into_iter();
    let after = layout.edges_to(before.chain(permissions.iter().map(String::as_str)));
    let resource = Stage::new(&context.spec.api_name(), context.spec.stage_name());
    let vanishes_with = Some(api.edge());
    let label = NodeLabel {
        ordered_after: after,
        vanishes_with,
        ..node_label(&context, address, Some(desired.span))
    };
    let handle = layout.graph.add(label, resource, api, move |api| {
        let digest = api::api_digest(&api_props(&context, &desired));
        stage_props(&context, &desired.stage, api.id, digest)
    });
    layout.record_node(address.to_owned(), handle);
}

/// Adds the log group of the stage, and the account setting that lets API Gateway write to it.
fn add_stage_logs(layout: &mut StackLayout, context: &SpecContext, desired: &Spanned<ApiSpec>) {
    let stage = &desired.stage;
    let id = Spanned { value: context.spec.stage_name().to_owned(), span: desired.span };
    let settings = LogSettings::of_stage(stage.access_log.as_deref());
    if let Some(name) = context.spec.access_log_group() {
        add_log_group(layout, "logs.access", &id, LogGroup::named(&name), name.into(), settings, false);
    }
    if stage.logs_execution() {
        add_execution_log(layout, &id, settings);
    }
    if stage.logs_execution() || stage.access_log.is_some() {
        let resource = context.logging_role();
        let setting = resource.desired_props();
        let label = NodeLabel { adopts: true, ..node_label(context, "account", Some(desired.span)) };
        let handle = layout.graph.add(label, resource, (), move |()| setting.clone());
        layout.record_node("account".into(), handle);
    }
}

/// Adds the execution log group. API Gateway creates it itself, unencrypted and kept for ever, unless it exists before
/// the stage.
fn add_execution_log(layout: &mut StackLayout, id: &Spanned<String>, settings: LogSettings) {
    let context = Arc::clone(&layout.context);
    let address = "logs.execution";
    let (handles, given) = layout.generated_handles(true, true);
    let resource = LogGroup::execution(&context.spec.api_name(), id).expendable(settings.expendable);
    let label = NodeLabel { adopts: true, ..node_label(&context, address, Some(id.span)) };
    let (stage, tags) = (id.value.clone(), settings.tag(context.resource_tags(address)));
    let handle = layout.graph.add(label, resource, handles, move |generated| {
        let generated = given.generated_ids(generated);
        let api = generated.api.map_or_else(|| MaybeKnown::KnownAfter("api.id".into()), |api| api.id);
        log_group::Props {
            name: api.map(|api| log_group::execution_name(api, &stage)),
            retention_days: settings.retention_days,
            deletion_protection: settings.deletion_protection,
            key: generated.key.map(|key| key.arn),
            subscription_filters: log_group::SubscriptionFilters::new(),
            tags: tags.clone(),
        }
    });
    layout.record_node(address.to_owned(), handle);
}

fn logging_level(level: Option<&Logging>) -> &'static str {
    match level {
        Some(Logging::Off) => "off",
        None | Some(Logging::Error) => "error",
        Some(Logging::Info) => "info",
    }
}

fn stage_props(
    context: &SpecContext,
    desired: &StageSpec,
    api: MaybeKnown<String>,
    digest: String,
) -> stage::Props {
    let auto_deploy = desired.auto_deploy.as_ref().is_none_or(|auto| auto.value);
    let route = |key: &str| {
        let own = desired.route_settings.get(key);
        let throttle = own.and_then(|own| own.throttle.as_deref()).or(desired.route_throttles.get(key));
        let throttle = throttle.or(desired.throttle.as_deref());
        (key.to_owned(), route_settings(desired, own.unwrap_or(&RouteSettings::default()), throttle))
    };
    stage::Props {
        api,
        name: context.spec.stage_name().to_owned(),
        auto_deploy,
        deployment: if auto_deploy { stage::AUTOMATIC.to_owned() } else { digest },
        defaults: route_settings(desired, &RouteSettings::default(), desired.throttle.as_deref()),
        routes: desired.set_routes().into_iter().map(route).collect(),
        access_log: context.spec.access_log_group().map(|name| stage::AccessLog {
            destination: context.log_group_arn(&name),
            format: access_log_format(desired),
        }),
        variables: desired
            .variables
            .iter()
            .map(|(name, value)| (name.value.clone(), value.value.clone()))
            .collect(),
        tags: context.resource_tags("api.stage"),
    }
}

/// Returns a whole block of settings, because a route with one setting of its own inherits nothing from the stage.
fn route_settings(
    desired: &StageSpec,
    own: &RouteSettings,
    throttle: Option<&Throttle>,
) -> stage::StageRouteSettings {
    let burst = throttle.map_or(defaults::THROTTLE_BURST, |throttle| throttle.burst.value);
    stage::StageRouteSettings {
        rate: throttle.map_or(defaults::THROTTLE_RATE, |throttle| throttle.rate.value),
        burst: i32::try_from(burst).unwrap_or(i32::MAX),
        logging: logging_level(own.logging.as_deref().or(desired.logging.as_deref())).to_owned(),
        data_trace: own.data_trace.or(desired.data_trace).is_some_and(|on| on.value),
        metrics: own.metrics.or(desired.metrics).is_none_or(|on| on.value),
    }
}

fn access_log_format(desired: &StageSpec) -> String {
    match desired.access_log.as_ref().and_then(|log| log.format.as_ref()) {
        Some(format) if format.value != "json" => format.value.clone(),
        _ => stage::json_access_log_format().to_owned(),
    }
}
