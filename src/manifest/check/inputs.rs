//! Inputs: one source each.
use super::RuleContext;
use crate::{
    diagnostic::{Span, Spanned},
    manifest::types::Input,
};

/// The keys that are sources of a value.
const SOURCES: [&str; 5] = ["value", "env", "file", "cloudformation", "export"];

pub(super) fn check_input_sources(context: &mut RuleContext<'_>) {
    for (name, input) in context.spec.inputs.iter() {
        check_one_source(context, name, input);
        check_cloudformation_names(context, input);
        if let (Some(default), None) = (&input.default, &input.env) {
            context.report(
                "default-without-env",
                default.span,
                format!("the default of input `{}` is never used", name.value),
                "a default stands in for an unset `env`; for a fixed value write `value`",
            );
        }
    }
}

/// Checks for names that no stack and no export of CloudFormation can have (CloudFormation API reference, `Stack` and
/// `Export`).
fn check_cloudformation_names(context: &mut RuleContext<'_>, input: &Input) {
    let plain = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    if let Some(name) = input.export.as_ref().filter(|name| !plain(name, ":-")) {
        let message = format!("no export is called `{}`", name.value);
        context.report("bad-format", name.span, message, "a name has letters, digits, `:` and `-`");
    }
    let stack = input.cloudformation.as_ref().map(|from| &from.stack);
    if let Some(name) = stack.filter(|name| !plain(name, "-") && !name.starts_with("arn:")) {
        let message = format!("no stack is called `{}`", name.value);
        context.report(
            "bad-format",
            name.span,
            message,
            "a name has letters, digits and `-`; an ARN may stand for it",
        );
    }
}

fn check_one_source(context: &mut RuleContext<'_>, name: &Spanned<String>, input: &Input) {
    let sources: Vec<(&str, Span)> = [
        input.value.as_ref().map(|value| ("value", value.span)),
        input.env.as_ref().map(|env| ("env", env.span)),
        input.file.as_ref().map(|file| ("file", file.span)),
        input.cloudformation.as_ref().map(|output| ("cloudformation", output.stack.span)),
        input.export.as_ref().map(|export| ("export", export.span)),
    ]
    .into_iter()
    .flatten()
    .collect();
    match sources.as_slice() {
        [_] => {}
        [] if SOURCES.iter().any(|source| context.ids.is_written(&["inputs", name.as_str(), source])) => {}
        [] => context.report(
            "input-source",
            name.span,
            format!("input `{}` has no source", name.value),
            "give it one of `value`, `env`, `file`, `cloudformation` and `export`",
        ),
        [(first, _), (second, span), ..] => context.report(
            "input-source",
            *span,
            format!("input `{}` has several sources: `{first}` and `{second}`", name.value),
            "keep one of them",
        ),
    }
}
