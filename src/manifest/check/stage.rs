//! The stage: throttles, logs, metrics, variables.
use super::RuleContext;
use crate::{
    diagnostic::words,
    facts::LIMITS,
    manifest::{
        ids,
        types::{Logging, Stage, Throttle},
    },
};

pub(super) fn check_stage(context: &mut RuleContext<'_>) {
    let Some(api) = context.spec.api.as_ref() else { return };
    let stage = &api.stage;
    check_throttles(context, stage);
    check_stage_variables(context, stage);
    check_observability(context, stage);
}

fn check_throttles(context: &mut RuleContext<'_>, stage: &Stage) {
    for route in stage.route_throttles.keys().chain(stage.route_settings.keys()) {
        if let Some((message, hint)) = ids::undeclared_name("route", route, &context.ids.routes, "api.routes")
        {
            context.report("unknown-route", route.span, message, hint);
        }
    }
    for (key, settings) in stage.route_settings.iter() {
        if let Some(throttle) = &settings.throttle
            && stage.route_throttles.get(key).is_some()
        {
            let message = format!("the route `{}` has two throttles", key.value);
            context.report("two-throttles", throttle.span, message, "take it out of `route_throttles`");
        }
    }
    let routes = stage.route_settings.iter().filter_map(|(_, settings)| settings.throttle.as_ref());
    let own = stage.throttle.iter().chain(routes).map(|throttle| &throttle.value);
    for throttle in own.chain(stage.route_throttles.iter().map(|(_, throttle)| throttle)) {
        check_throttle_quota(context, throttle);
    }
}

fn check_throttle_quota(context: &mut RuleContext<'_>, throttle: &Throttle) {
    let hint = "use less, or have the quota raised first";
    let (most_rate, most_burst) = (*LIMITS.gateway_requests_per_second, *LIMITS.gateway_burst);
    if throttle.rate.value > most_rate {
        let message = format!(
            "{} requests/s are above the {most_rate} an account has by default",
            words::format_number(throttle.rate.value)
        );
        context.report("throttle-quota", throttle.rate.span, message, hint);
    }
    if throttle.burst.value > most_burst {
        let message = format!(
            "a burst of {} is above the {most_burst} an account has by default",
            throttle.burst.value
        );
        context.report("throttle-quota", throttle.burst.span, message, hint);
    }
}

fn check_stage_variables(context: &mut RuleContext<'_>, stage: &Stage) {
    let (longest_name, longest_value) =
        (*LIMITS.stage_variable_name_length, *LIMITS.stage_variable_value_length);
    for (name, value) in stage.variables.iter() {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=,".contains(c);
        if name.len() > longest_name {
            let message = format!("the stage variable's name has {} characters", name.len());
            context.report("stage-variable", name.span, message, format!("use {longest_name} at most"));
        }
        if value.is_empty() || !value.chars().all(allowed) {
            let message = format!("the stage variable `{}` has a value API Gateway refuses", name.value);
            context.report("stage-variable", value.span, message, "use letters, digits and `-._~:/?#&=,`");
        } else if value.len() > longest_value {
            let message =
                format!("the value of the stage variable `{}` has {} characters", name.value, value.len());
            context.report("stage-variable", value.span, message, format!("use {longest_value} at most"));
        }
    }
}

fn check_observability(context: &mut RuleContext<'_>, stage: &Stage) {
    let routes = || stage.route_settings.iter().map(|(_, settings)| settings);
    let traces = stage.data_trace.into_iter().chain(routes().filter_map(|route| route.data_trace));
    for trace in traces.filter(|trace| trace.value) {
        let hint = "use it for debugging only: messages may hold personal data";
        context.report(
            "data-trace",
            trace.span,
            "the contents of all messages are written to the logs",
            hint,
        );
    }
    let levels = stage.logging.into_iter().chain(routes().filter_map(|route| route.logging));
    for logging in levels.filter(|logging| logging.value == Logging::Off) {
        let message = "errors before a function is called are logged nowhere";
        context.report("execution-log-off", logging.span, message, "write `logging: error`");
    }
    let metrics = stage.metrics.into_iter().chain(routes().filter_map(|route| route.metrics));
    for metrics in metrics.filter(|metrics| !metrics.value) {
        let message = "there are no metrics for single routes";
        context.report("no-metrics", metrics.span, message, "take it out: metrics are on by default");
    }
    if stage.access_log.is_none() && !context.ids.is_written(&["api", "stage", "access_log"]) {
        let Some(api) = context.spec.api.as_ref() else { return };
        let message = "nothing tells who connected and what was answered";
        context.report("no-access-log", api.span, message, "add `stage: { access_log: {} }`");
    }
}
