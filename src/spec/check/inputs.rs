//! Inputs: one source each.
use super::Context;
use crate::spec::{
    at::{At, Place},
    types::Input,
};

/// The keys a value may come from.
const SOURCES: [&str; 4] = ["value", "env", "cloudformation", "export"];

pub(super) fn check(context: &mut Context<'_>) {
    for (name, input) in context.spec.inputs.iter() {
        one_source(context, name, input);
        if let (Some(default), None) = (&input.default, &input.env) {
            context.report(
                "default-without-env",
                default.place,
                format!("the default of input `{}` is never used", name.value),
                "a default stands in for an unset `env`; for a fixed value write `value`",
            );
        }
    }
}

fn one_source(context: &mut Context<'_>, name: &At<String>, input: &Input) {
    let sources: Vec<(&str, Place)> = [
        input.value.as_ref().map(|value| ("value", value.place)),
        input.env.as_ref().map(|env| ("env", env.place)),
        input.cloudformation.as_ref().map(|output| ("cloudformation", output.stack.place)),
        input.export.as_ref().map(|export| ("export", export.place)),
    ]
    .into_iter()
    .flatten()
    .collect();
    match sources.as_slice() {
        [_] => {}
        [] if SOURCES.iter().any(|source| context.ids.written(&["inputs", name.as_str(), source])) => {}
        [] => context.report(
            "input-source",
            name.place,
            format!("input `{}` has no source", name.value),
            "give it one of `value`, `env`, `cloudformation` and `export`",
        ),
        [(first, _), (second, place), ..] => context.report(
            "input-source",
            *place,
            format!("input `{}` has several sources: `{first}` and `{second}`", name.value),
            "keep one of them",
        ),
    }
}
