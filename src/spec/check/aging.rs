//! Runtimes and models near or past their end.
use super::Context;
use crate::spec::{at::At, suggest, template::Template, types::Function};

/// The day the tables below were written, from the runtime lifecycle AWS publishes and the model cards of Bedrock.
pub(in crate::spec) const AS_OF: &str = "2026-11-22";

/// A runtime's end.
struct Runtime {
    name: &'static str,
    deprecated: &'static str,
    no_create: &'static str,
    no_update: &'static str,
}

/// What takes the place of every older Node.js.
const NODE_SUCCESSOR: &str = "nodejs24.x";
const RUNTIMES: [Runtime; 5] = [
    runtime("nodejs16.x", "2024-06-12", "2027-02-01", "2027-03-03"),
    runtime("nodejs18.x", "2025-09-01", "2027-02-01", "2027-03-03"),
    runtime("nodejs20.x", "2026-04-30", "2027-02-01", "2027-03-03"),
    runtime("nodejs22.x", "2027-04-30", "2027-06-01", "2027-07-01"),
    runtime(NODE_SUCCESSOR, "2028-04-30", "2028-06-01", "2028-07-01"),
];

const fn runtime(
    name: &'static str,
    deprecated: &'static str,
    no_create: &'static str,
    no_update: &'static str,
) -> Runtime {
    Runtime { name, deprecated, no_create, no_update }
}

/// Other runtimes Lambda knows; none has an end in the table.
const OTHERS: [&str; 22] = [
    "nodejs26.x",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "java8.al2",
    "java11",
    "java17",
    "java21",
    "java25",
    "dotnet6",
    "dotnet8",
    "dotnet9",
    "dotnet10",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "ruby3.5",
    "provided.al2",
    "provided.al2023",
];

/// Models and since when they are at their end.
const MODELS: [(&str, &str); 2] = [
    ("anthropic.claude-3-5-sonnet-20240620-v1:0", "has been at its end of life since 2026-03-01"),
    ("anthropic.claude-3-5-sonnet-20241022-v2:0", "is assumed to be at its end of life"),
];
/// An inference profile that takes their place.
const MODEL_SUCCESSOR: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

pub(super) fn check(context: &mut Context<'_>) {
    let spec = context.spec;
    for function in std::iter::once(&spec.function_defaults).chain(spec.functions.iter().map(|(_, f)| f)) {
        if let Some(runtime) = function.runtime.as_ref() {
            old_runtime(context, runtime);
        }
        models(context, function);
    }
}

fn old_runtime(context: &mut Context<'_>, runtime: &At<String>) {
    let Some(known) = RUNTIMES.iter().find(|known| known.name == runtime.as_str()) else {
        return unknown_runtime(context, runtime);
    };
    if known.deprecated > context.today {
        return;
    }
    let message = format!(
        "`{}` has been deprecated since {}: no new functions from {}, no updates from {}",
        known.name, known.deprecated, known.no_create, known.no_update
    );
    let hint = match known.name {
        NODE_SUCCESSOR => "move to the newest Node.js runtime of Lambda".to_owned(),
        _ => format!("move to `{NODE_SUCCESSOR}`"),
    };
    context.warn("old-runtime", runtime.place, message, hint);
}

/// AWS may know newer ones, so this is only a warning.
fn unknown_runtime(context: &mut Context<'_>, runtime: &At<String>) {
    if OTHERS.contains(&runtime.as_str()) {
        return;
    }
    let known = RUNTIMES.iter().map(|known| known.name).chain(OTHERS);
    let hint = match suggest::nearest(runtime, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the newest Node.js known here is `{NODE_SUCCESSOR}`"),
    };
    let message = format!("`{}` was no runtime of Lambda on {AS_OF}", runtime.value);
    context.warn("unknown-runtime", runtime.place, message, hint);
}

fn models(context: &mut Context<'_>, function: &Function) {
    for model in function.access.iter().flat_map(|access| &access.models) {
        old_model(context, model);
    }
}

fn old_model(context: &mut Context<'_>, model: &At<Template>) {
    let Some(id) = model.literal() else { return };
    if let Some((_, since)) = MODELS.iter().find(|(name, _)| id.ends_with(name)) {
        let hint = format!("move to a Claude Sonnet 4.5 inference profile such as `{MODEL_SUCCESSOR}`");
        context.warn("old-model", model.place, format!("the model `{id}` {since}"), hint);
    }
}
