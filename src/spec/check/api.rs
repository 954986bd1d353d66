//! The API: routes, authorizer, stage.
use super::Context;
use crate::spec::{
    at::At,
    ids, suggest,
    types::{AccessLog, Api, Stage},
};

/// Routes API Gateway itself knows.
const PREDEFINED: [&str; 3] = ["$connect", "$disconnect", "$default"];
/// Seconds the gateway waits for a function (quota of WebSocket APIs, not raisable).
const GATEWAY_WAITS: u32 = 29;

pub(super) fn check(context: &mut Context<'_>) {
    let Some(api) = context.spec.api.as_ref() else { return };
    routes(context, api);
    authorizer(context, api);
    long_timeouts(context, api);
    stage(context, &api.stage);
    if let Some(log) = api.stage.access_log.as_ref() {
        access_log(context, log);
    }
}

fn routes(context: &mut Context<'_>, api: &Api) {
    for (key, function) in api.routes.iter() {
        if key.starts_with('$') && !PREDEFINED.contains(&key.as_str()) {
            let message = format!("`{}` is no route API Gateway knows", key.value);
            let hint = suggest::hint(key, PREDEFINED, "routes beginning with `$` are");
            context.error("unknown-route", key.place, message, hint);
        }
        if let Some((message, hint)) = ids::absent("function", function, &context.ids.functions, "functions")
        {
            context.error("unknown-function", function.place, message, hint);
        }
    }
}

fn authorizer(context: &mut Context<'_>, api: &Api) {
    let connect = api.routes.keys().find(|key| key.as_str() == "$connect");
    match (api.authorizer.as_ref(), connect) {
        (Some(authorizer), connect) => {
            let function = &authorizer.function;
            if let Some((message, hint)) =
                ids::absent("function", function, &context.ids.functions, "functions")
            {
                context.error("unknown-function", function.place, message, hint);
            }
            if connect.is_none() && !context.ids.routes.iter().any(|key| key == "$connect") {
                let message = "the authorizer has nothing to check: there is no `$connect` route";
                context.error(
                    "authorizer-without-connect",
                    authorizer.place,
                    message,
                    "add a `$connect` route",
                );
            }
        }
        (None, Some(connect)) if !context.ids.written(&["api", "authorizer"]) => context.warn(
            "open-connect",
            connect.place,
            "anyone who knows the URL can connect: `$connect` has no authorizer",
            "add `authorizer: { function: … }`, or let the function check the caller itself",
        ),
        _ => {}
    }
}

/// A function may run longer than the gateway waits, but then its return value is lost.
fn long_timeouts(context: &mut Context<'_>, api: &Api) {
    let spec = context.spec;
    for (id, function) in spec.functions.iter() {
        let Some(timeout) = function.timeout.as_ref().or(spec.function_defaults.timeout.as_ref()) else {
            continue;
        };
        if timeout.value > GATEWAY_WAITS && api.routes.iter().any(|(_, routed)| routed == id) {
            let message = format!(
                "function `{}` may run {} s, but the gateway waits {GATEWAY_WAITS} s",
                id.value, timeout.value
            );
            let hint = "later answers must go through `@connections` (`access.connections: true`)";
            context.warn("gateway-timeout", timeout.place, message, hint);
        }
    }
}

fn stage(context: &mut Context<'_>, stage: &Stage) {
    for (route, _) in stage.route_throttles.iter() {
        if let Some((message, hint)) = ids::absent("route", route, &context.ids.routes, "api.routes") {
            context.error("unknown-route", route.place, message, hint);
        }
    }
    for (name, value) in stage.variables.iter() {
        if value.is_empty() || !value.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/?#&=,".contains(c))
        {
            let message = format!("the stage variable `{}` has a value API Gateway refuses", name.value);
            context.error("bad-format", value.place, message, "use letters, digits and `-._~:/?#&=,`");
        }
    }
    if let Some(trace) = stage.data_trace.filter(|trace| trace.value) {
        context.warn(
            "data-trace",
            trace.place,
            "the contents of all messages are written to the logs",
            "use it for debugging only: messages may hold personal data",
        );
    }
}

fn access_log(context: &mut Context<'_>, log: &At<AccessLog>) {
    let Some(format) = log.format.as_ref().filter(|format| format.as_str() != "json") else { return };
    let id = ["$context.requestId", "$context.extendedRequestId"];
    if format.trim_end().contains(['\n', '\r']) || format.ends_with('\n') {
        let message = "an access-log format is one line, without a line break at its end";
        context.error("access-log-format", format.place, message, "write it as `>-` block, or in quotes");
    }
    if !id.iter().any(|id| format.contains(id)) {
        let message =
            "an access-log format must contain `$context.requestId` or `$context.extendedRequestId`";
        let hint =
            suggest::nearest(format, ["json"]).map_or("add one of them, or write `json`", |_| "write `json`");
        context.error("access-log-format", format.place, message, hint);
    }
}
