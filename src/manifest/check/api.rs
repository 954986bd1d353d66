//! The API: routes and the authorizer.
use super::RuleContext;
use crate::{
    diagnostic::{Spanned, suggest},
    manifest::{
        ids,
        types::{Api, FunctionAuthorizer, KeySelection},
    },
};

/// Routes that API Gateway predefines.
const PREDEFINED: [&str; 3] = ["$connect", "$disconnect", "$default"];

pub(super) fn check_api(context: &mut RuleContext<'_>) {
    let Some(api) = context.spec.api.as_ref() else { return };
    check_routes(context, api);
    check_route_pairs(context, api);
    check_authorizer(context, api);
    check_open_connect(context, api);
}

fn check_routes(context: &mut RuleContext<'_>, api: &Api) {
    for (key, route) in api.routes.iter() {
        let function = &route.function;
        if key.starts_with('$') && !PREDEFINED.contains(&key.as_str()) {
            let message = format!("`{}` is no route API Gateway knows", key.value);
            let hint = suggest::hint(key, PREDEFINED, "routes beginning with `$` are");
            context.report("unknown-route", key.span, message, hint);
        }
        let meant = format!("${}", key.value);
        if PREDEFINED.contains(&meant.as_str()) && !context.ids.routes.contains(&meant) {
            let message =
                format!("`{}` is a route like any other: no client is sent to it by itself", key.value);
            context.report("plain-route", key.span, message, format!("did you mean `{meant}`?"));
        }
        if let Some((message, hint)) =
            ids::undeclared_name("function", function, &context.ids.functions, "functions")
        {
            context.report("unknown-function", function.span, message, hint);
        }
        if let Some(respond) = route.respond.filter(|respond| respond.value && key.as_str() == "$disconnect")
        {
            let message = "nobody is left to read the answer to `$disconnect`";
            context.report("idle-response", respond.span, message, "take `respond` out");
        }
    }
    check_api_keys(context, api);
}

/// Reports what a route that needs an API key takes besides: keys are API Gateway's older API's.
fn check_api_keys(context: &mut RuleContext<'_>, api: &Api) {
    let keys = || api.routes.iter().filter_map(|(_, route)| route.api_key).filter(|key| key.value);
    if let Some(first) = keys().next() {
        let message = "keys and usage plans are made elsewhere; without them every such message is refused";
        let hint = "see `copilot-infra explain api-key`";
        context.report("api-key", first.span, message, hint);
    } else if let Some(selection) = &api.api_key_selection_expression {
        let message = "no route needs an API key";
        let hint = "say `api_key: true` on a route, or take this out";
        context.report("idle-key-selection", selection.span, message, hint);
    }
    let by_authorizer = |selection: &&Spanned<KeySelection>| selection.value == KeySelection::Authorizer;
    if let Some(selection) = api.api_key_selection_expression.as_ref().filter(by_authorizer)
        && api.function_authorizer().is_none()
        && !context.ids.is_written(&["api", "authorizer", "function"])
    {
        let message = "there is no authorizer whose answer could hold the API key";
        let hint = "add `authorizer: { function: … }`, or look for the key in the header";
        context.report("key-without-authorizer", selection.span, message, hint);
    }
}

/// Reports routes that are missing, or that are there twice in effect.
fn check_route_pairs(context: &mut RuleContext<'_>, api: &Spanned<Api>) {
    let has = |name: &str| context.ids.routes.iter().any(|key| key == name);
    let (connect, disconnect, default) = (has("$connect"), has("$disconnect"), has("$default"));
    if connect && !disconnect {
        let hint = "add a `$disconnect` route";
        context.report("no-disconnect", api.span, "nobody is told when a connection ends", hint);
    }
    if !default {
        let message = "a message that fits no route gets an error of the gateway";
        context.report("no-default", api.span, message, "add a `$default` route");
    }
    let mut seen: Vec<(String, &str)> = Vec::new();
    for key in api.routes.keys() {
        let lower = key.to_lowercase();
        if let Some((_, other)) = seen.iter().find(|(known, _)| *known == lower) {
            let message = format!("the routes `{other}` and `{}` differ in case only", key.value);
            context.report("route-case", key.span, message, "keep one of the two");
        }
        seen.push((lower, key.as_str()));
    }
}

fn check_authorizer(context: &mut RuleContext<'_>, api: &Api) {
    let Some(written) = api.authorizer.as_ref() else { return };
    if !context.ids.routes.iter().any(|key| key == "$connect") {
        let message = "the authorizer has nothing to check: there is no `$connect` route";
        context.report("authorizer-without-connect", written.span, message, "add a `$connect` route");
    }
    let Some(authorizer) = api.function_authorizer() else { return };
    let function = &authorizer.function;
    if let Some((message, hint)) =
        ids::undeclared_name("function", function, &context.ids.functions, "functions")
    {
        context.report("unknown-function", function.span, message, hint);
    }
    if let Some((key, _)) = api.routes.iter().find(|(_, route)| route.function == *function) {
        let message = format!("function `{}` is the authorizer and serves `{}`", function.value, key.value);
        context.report("authorizer-route", function.span, message, "use a function of its own");
    }
    check_identity_headers(context, authorizer);
    check_identity_variables(context, api, authorizer);
}

/// Reports an API without an authorizer: nobody checks who connects.
fn check_open_connect(context: &mut RuleContext<'_>, api: &Spanned<Api>) {
    if context.ids.is_written(&["api", "authorizer"]) {
        return;
    }
    let connect = api.routes.keys().find(|key| key.as_str() == "$connect");
    let span = connect.map_or(api.span, |key| key.span);
    let message = match connect {
        Some(_) => "anyone who knows the URL can connect: `$connect` has no authorizer",
        None => "anyone who knows the URL can connect: there is no `$connect` route that could check",
    };
    let hint = "add `authorizer: { function: … }`, or let the function check the caller itself";
    context.report("open-connect", span, message, hint);
}

/// Reports identity sources that browsers cannot send or that never exist.
///
/// With a source that never exists the gateway turns everybody away without asking the authorizer.
fn check_identity_variables(context: &mut RuleContext<'_>, api: &Api, authorizer: &FunctionAuthorizer) {
    for source in &authorizer.identity {
        let Some(name) = source.strip_prefix("stageVariables.") else { continue };
        if api.stage.variables.get(name).is_none() {
            let message = format!("the stage has no variable `{name}`, so nobody is let in");
            let hint = format!("add `{name}` to `stage.variables`, or name what a client sends");
            context.report("identity-variable", source.span, message, hint);
        }
    }
}

fn check_identity_headers(context: &mut RuleContext<'_>, authorizer: &FunctionAuthorizer) {
    for source in &authorizer.identity {
        let Some(header) = source.strip_prefix("route.request.header.") else { continue };
        let sent = ["cookie", "host", "origin", "sec-websocket-protocol", "user-agent"];
        if !sent.contains(&header.to_lowercase().as_str()) {
            let message = format!("a browser cannot send the header `{header}`");
            context.report("identity-header", source.span, message, "use `route.request.querystring.…`");
        }
    }
}
