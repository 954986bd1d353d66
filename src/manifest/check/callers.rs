//! Who may call a function beside the API.
use std::sync::LazyLock;

use regex_lite::Regex;

use super::{RenderedTemplate, RuleContext};
use crate::{diagnostic::Spanned, manifest::types::Caller};

/// Pattern of a source: region and account without wildcards (Lambda API reference, `AddPermission`: `SourceArn`).
static SOURCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^arn:aws[a-z-]*:[a-zA-Z0-9-]+:([a-z]{2,}(-[a-z]+)+-[0-9])?:([0-9]{12})?:.+$")
        .expect("a valid pattern")
});
/// Services that never ask a function's policy: Lambda fetches from the first with the function's role (Lambda guide,
/// "How Lambda processes records from stream and queue-based event sources"), the others call with a role of their own
/// (guides of EventBridge Scheduler, EventBridge Pipes and Step Functions).
const BY_ROLE: [&str; 7] = ["dynamodb", "kafka", "kinesis", "pipes", "scheduler", "sqs", "states"];

pub(super) fn check_callers(context: &mut RuleContext<'_>) {
    for function in context.written_functions() {
        for caller in &function.callers {
            check_identity(context, caller);
            check_source(context, caller);
            check_service(context, caller);
        }
    }
}

fn check_identity(context: &mut RuleContext<'_>, caller: &Spanned<Caller>) {
    // A key that is written and wrong has been reported.
    let has = |key| context.ids.keys_at(caller.span).any(|written| written == key);
    let written = context.ids.keys_at(caller.span).count();
    match (has("service"), has("source"), has("account")) {
        (false, true, _) => {
            let hint = "add the `service` that calls in its name, such as `events.amazonaws.com`";
            context.report("caller-identity", caller.span, "a source calls through a service", hint);
        }
        (false, false, false) if written == 0 => {
            let hint =
                "write `{ service: events.amazonaws.com, source: ARN }` or `{ account: \"123456789012\" }`";
            context.report("caller-identity", caller.span, "this names no caller", hint);
        }
        (true, false, false) => {
            let service = caller.service.as_ref().map_or("this service", |service| service.as_str());
            let message = format!("anybody could let `{service}` call the function");
            context.report(
                "open-caller",
                caller.span,
                message,
                "add the `source`, or at least the `account`",
            );
        }
        _ => {}
    }
}

fn check_source(context: &mut RuleContext<'_>, caller: &Caller) {
    let Some(source) = &caller.source else { return };
    let said = context.render_known(source).filter(|said| !SOURCE.is_match(&said.text));
    if let Some(RenderedTemplate { shown, .. }) = said {
        let message = format!("`{shown}` is no ARN that Lambda takes for a source");
        let hint = "it looks like `arn:aws:events:us-east-1:123456789012:rule/tick`, with wildcards in the last part alone";
        context.report("caller-source", source.span, message, hint);
    }
}

fn check_service(context: &mut RuleContext<'_>, caller: &Caller) {
    let Some(service) = &caller.service else { return };
    let name = service.split('.').next().unwrap_or_default();
    if BY_ROLE.contains(&name) {
        let message = format!("`{}` never asks the policy of a function", service.value);
        let hint = match name {
            "pipes" | "scheduler" | "states" => "let the role that it calls with invoke the function",
            _ => "let the function's role read from it: Lambda fetches with that",
        };
        context.report("idle-caller", service.span, message, hint);
    }
}
