//! Raw IAM statements: shown loudly, and taken literally.
use serde_json::Value;

use super::Context;
use crate::spec::{
    at::{At, Place},
    template::NAMESPACES,
    types::Function,
};

pub(super) fn check(context: &mut Context<'_>) {
    let spec = context.spec;
    for function in std::iter::once(&spec.function_defaults).chain(spec.functions.iter().map(|(_, f)| f)) {
        statements(context, function);
    }
}

fn statements(context: &mut Context<'_>, function: &Function) {
    let Some(access) = function.access.as_ref() else { return };
    if let Some(first) = access.statements.first() {
        context.warn(
            "raw-statements",
            first.place,
            "raw IAM statements are passed on unchecked",
            "prefer the other keys of `access`, which grant no more than is needed",
        );
    }
    for statement in &access.statements {
        complete(context, statement);
        literal(context, &statement.value, statement.place);
    }
}

/// IAM wants an action and a resource in every statement.
fn complete(context: &mut Context<'_>, statement: &At<Value>) {
    for (one, other) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        if statement.value.get(one).is_some() == statement.value.get(other).is_some() {
            let message = format!("an IAM statement needs either `{one}` or `{other}`");
            context.error("bad-statement", statement.place, message, format!("add `{one}`"));
        }
    }
}

/// `${…}` is a policy variable there; one that looks like our reference is a mistake.
fn literal(context: &mut Context<'_>, value: &Value, place: Place) {
    match value {
        Value::String(text) => {
            let ours = NAMESPACES.iter().find(|namespace| text.contains(&format!("${{{namespace}.")));
            if let Some(namespace) = ours {
                context.error(
                    "bad-statement",
                    place,
                    format!("`${{{namespace}.…}}` is not replaced in raw statements"),
                    "write the ARN itself: `${…}` is a policy variable of IAM there",
                );
            }
        }
        Value::Array(items) => items.iter().for_each(|item| literal(context, item, place)),
        Value::Object(entries) => entries.values().for_each(|item| literal(context, item, place)),
        _ => {}
    }
}
