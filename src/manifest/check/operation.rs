//! How functions run: timeout, concurrency, traces, logs, and whether anything calls them.
use super::RuleContext;
use crate::{
    diagnostic::{Spanned, words::format_count},
    facts::LIMITS,
    manifest::{
        defaults,
        template::{ApiAttr, Reference},
        types::{Access, Function, LogOnDelete, Route, Tracing},
    },
};

/// Longest timeout that is not reported, in seconds: the round figure above what the gateway waits, which costs a second
/// of a function at most.
const LET_THROUGH: u32 = 30;
/// Days below which logs are gone before a problem is noticed.
const SHORT_RETENTION: u32 = 14;

pub(super) fn check_operation(context: &mut RuleContext<'_>) {
    for function in context.written_functions() {
        check_tracing(context, function);
        check_new_timeout(context, function);
        check_retention(context, function.log_retention_days.as_ref());
    }
    let log = context.spec.api.as_ref().and_then(|api| api.stage.access_log.as_ref());
    check_retention(context, log.and_then(|log| log.retention_days.as_ref()));
    if let Some(log) = log {
        check_log_removal(context, log.on_delete.as_ref(), log.deletion_protection.as_ref());
    }
    for (id, function) in context.merged_functions() {
        check_log_removal(
            context,
            function.log_on_delete.as_ref(),
            function.log_deletion_protection.as_ref(),
        );
        check_long_timeout(context, id, &function);
        check_function_is_called(context, id, &function);
    }
    check_reserved_concurrency(context);
    for (_, function) in context.spec.functions.iter() {
        check_environment_grants(context, function);
    }
}

/// Reports a log that is to be removed with its source although AWS is told to refuse that.
fn check_log_removal(
    context: &mut RuleContext<'_>,
    on_delete: Option<&Spanned<LogOnDelete>>,
    protection: Option<&Spanned<bool>>,
) {
    let deletes = on_delete.is_some_and(|on_delete| on_delete.value == LogOnDelete::Delete);
    if let Some(protection) = protection.filter(|protection| deletes && protection.value) {
        let message = "the log is to be removed with its source, and AWS is to refuse that";
        context.report("protected-log", protection.span, message, "keep one of the two");
    }
}

/// Reports a timeout above the gateway's: the function may run longer, but its return value is lost.
fn check_long_timeout(context: &mut RuleContext<'_>, id: &Spanned<String>, function: &Function) {
    let Some(timeout) = function.timeout.filter(|timeout| timeout.value > LET_THROUGH) else { return };
    let Some(api) = context.spec.api.as_ref() else { return };
    // Nobody waits for the answer to `$disconnect`.
    let awaited =
        |(key, route): (&Spanned<String>, &Route)| route.function == *id && key.as_str() != "$disconnect";
    let authorizes = api.function_authorizer().is_some_and(|authorizer| authorizer.function == *id);
    let responds = api.routes.iter().any(|(_, route)| route.function == *id && route.responds());
    let posts = function.access.as_ref().is_some_and(|access| access.posts());
    // Whoever connects cannot be posted to yet. A function that has other routes as well may need the time for those.
    let routes = || api.routes.iter().filter(|(_, route)| route.function == *id).map(|(key, _)| key.as_str());
    let connects = routes().any(|key| key == "$connect") && routes().all(|key| key.ends_with("connect"));
    if authorizes || connects || responds || (api.routes.iter().any(awaited) && !posts) {
        let message = format!(
            "function `{}` may run {} s, but the gateway waits {} s for its answer",
            id.value, timeout.value, *LIMITS.gateway_wait_seconds
        );
        let hint = if authorizes {
            "lower it: whoever connects waits for the authorizer"
        } else if connects {
            "lower it: nobody can be answered through `@connections` before `$connect` has let them in"
        } else if posts {
            "lower it: a route with `respond` is answered in that time or not at all"
        } else {
            "lower it, or answer through `@connections` (`access.connections: true`)"
        };
        context.report("gateway-timeout", timeout.span, message, hint);
    }
}

/// Warns of a timeout that not every region is known to take.
fn check_new_timeout(context: &mut RuleContext<'_>, function: &Function) {
    let everywhere = *LIMITS.function_timeout_everywhere;
    if let Some(timeout) = function.timeout.filter(|timeout| timeout.value > everywhere) {
        let message =
            format!("{} s are more than the {everywhere} s that Lambda takes everywhere", timeout.value);
        let hint = format!("stay at {everywhere} s unless your region is known to take more");
        context.report("new-timeout", timeout.span, message, hint);
    }
}

fn check_tracing(context: &mut RuleContext<'_>, function: &Function) {
    if let Some(tracing) = function.tracing.filter(|tracing| tracing.value == Tracing::Passthrough) {
        let message = "the callers of these functions start no traces, so there are none";
        context.report("no-tracing", tracing.span, message, "write `tracing: active`");
    }
}

fn check_retention(context: &mut RuleContext<'_>, days: Option<&Spanned<u32>>) {
    if let Some(days) = days.filter(|days| days.value < SHORT_RETENTION) {
        let message = format!("after {} nothing tells what happened", format_count(days.value, "day"));
        let hint = format!(
            "keep logs {SHORT_RETENTION} days or longer; the default is {}",
            defaults::LOG_RETENTION_DAYS
        );
        context.report("short-log-retention", days.span, message, hint);
    }
}

fn check_reserved_concurrency(context: &mut RuleContext<'_>) {
    for function in context.written_functions() {
        if let Some(reserved) = function.reserved_concurrency.filter(|reserved| reserved.value == 0) {
            let hint = "take it out, or give it a number above 0";
            context.report("concurrency-zero", reserved.span, "Lambda will refuse every call", hint);
        }
    }
    let most = *LIMITS.function_concurrency_reserved;
    let mut total = 0_u32;
    for (_, function) in context.merged_functions() {
        let Some(reserved) = function.reserved_concurrency else { continue };
        let before = total;
        total = total.saturating_add(reserved.value);
        if total > most && before <= most {
            let message = format!("{total} executions are reserved, and an account has {most} by default");
            context.report(
                "concurrency-quota",
                reserved.span,
                message,
                "reserve less, or have the quota raised first",
            );
        }
    }
}

fn check_function_is_called(context: &mut RuleContext<'_>, id: &Spanned<String>, function: &Function) {
    let api = context.spec.api.as_ref();
    let routed = api.is_some_and(|api| {
        let authorizes = api.function_authorizer().is_some_and(|authorizer| authorizer.function == *id);
        authorizes || api.routes.iter().any(|(_, route)| route.function == *id)
    });
    let named =
        |reference: &Reference| matches!(reference, Reference::Function(name, _) if *name == id.value);
    let invoked = context.merged_functions().iter().any(|(_, other)| invokes(other, id));
    if !routed && !invoked && function.callers.is_empty() && !context.ids.references.iter().any(named) {
        let message = format!("nothing calls function `{}`", id.value);
        context.report(
            "unused-function",
            id.span,
            message,
            "name it in `api.routes`, say its `callers`, or take it out",
        );
    }
}

/// Returns whether `function` may invoke the function of this stack called `id`.
fn invokes(function: &Function, id: &str) -> bool {
    let named =
        |access: &Spanned<Access>| access.functions.iter().any(|(named, _)| named.literal() == Some(id));
    function.access.as_ref().is_some_and(named)
}

/// Compares a function's environment with its grants: the environment shows what the code will use.
fn check_environment_grants(context: &mut RuleContext<'_>, function: &Function) {
    let spec = context.spec;
    // What a role that exists allows is not known.
    if function.role.is_some() || spec.function_defaults.role.is_some() {
        return;
    }
    let access = function.access.as_ref().or(spec.function_defaults.access.as_ref());
    // What statements allow is not looked into.
    if access.is_some_and(|access| !access.statements.is_empty() || !access.allow.is_empty()) {
        return;
    }
    // A table that does not exist has been reported; most likely it is the one that is missed here.
    let misspelt =
        access.is_some_and(|access| access.tables.keys().any(|id| !context.ids.tables.contains(&id.value)));
    for (name, value) in function.environment.iter() {
        for (reference, span) in value.references() {
            let missing = match reference {
                Reference::Table(id, _)
                    if !misspelt && access.is_none_or(|access| access.tables.get(id).is_none()) =>
                {
                    format!("access.tables: {{ {id}: read }}")
                }
                Reference::Api(ApiAttr::ManagementEndpoint)
                    if access.is_none_or(|access| access.connection_verbs().is_empty()) =>
                {
                    "access.connections: true".to_owned()
                }
                _ => continue,
            };
            let message = format!("`{}` names what the function may not use", name.value);
            context.report("environment-access", span, message, format!("add `{missing}`, or take it out"));
        }
    }
}
