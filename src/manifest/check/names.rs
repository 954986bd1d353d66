//! Names: those made from the stack's name and an id must be valid as well, and no two resources may share one.
use std::collections::HashMap;

use super::RuleContext;
use crate::{diagnostic::Span, facts::LIMITS, manifest::defaults::LEASE_TABLE};

pub(super) fn check_names(context: &mut RuleContext<'_>) {
    check_default_function_names(context);
    check_shared_names(context);
    check_reserved_names(context);
}

fn check_default_function_names(context: &mut RuleContext<'_>) {
    let spec = context.spec;
    // A role may have as many characters, and takes the same name.
    let most = *LIMITS.function_name_length;
    for (id, function) in spec.functions.iter() {
        let name = spec.function_name(id);
        if function.name.is_none() && name.len() > most {
            context.report(
                "long-name",
                id.span,
                format!("the name `{name}` has {} characters, and a function may have {most}", name.len()),
                "give the function a shorter `name`, or choose a shorter id",
            );
        }
    }
}

fn check_shared_names(context: &mut RuleContext<'_>) {
    let spec = context.spec;
    let tables =
        spec.tables.keys().map(|id| (id.value.clone(), spec.table_name(id), spec.table_name_place(id)));
    let tables: Vec<_> = tables.collect();
    check_unique_names(context, "tables", tables);
    let functions = spec
        .functions
        .keys()
        .map(|id| (id.value.clone(), spec.function_name(id), spec.function_name_place(id)));
    let functions: Vec<_> = functions.collect();
    check_unique_names(context, "functions", functions);
    if let Some(group) = spec.access_log_group() {
        let clash = spec.functions.keys().find(|id| spec.function_log_group(id) == group);
        let span = spec.api.as_ref().and_then(|api| api.stage.access_log.as_ref()).map(|log| log.span);
        if let (Some(id), Some(span)) = (clash, span) {
            let message = format!("the access log and function `{}` share the log group `{group}`", id.value);
            context.report("shared-name", span, message, "choose another `log_group`");
        }
    }
}

fn check_unique_names(context: &mut RuleContext<'_>, kind: &str, names: Vec<(String, String, Option<Span>)>) {
    let mut seen: HashMap<String, String> = HashMap::new();
    for (id, name, span) in names {
        // A function's name is also that of its role, and IAM does not tell capitals from small letters.
        let same = if kind == "functions" { name.to_lowercase() } else { name.clone() };
        match seen.get(&same) {
            Some(first) => {
                let message = format!("the {kind} `{first}` and `{id}` share the name `{name}`");
                context.report(
                    "shared-name",
                    span.unwrap_or_default(),
                    message,
                    "give one of them another `name`",
                );
            }
            None => {
                seen.insert(same, id);
            }
        }
    }
}

/// Reports prefixes that AWS reserves, and the name of the table that all stacks share.
fn check_reserved_names(context: &mut RuleContext<'_>) {
    let spec = context.spec;
    for id in spec.tables.keys().filter(|id| spec.table_name(id) == LEASE_TABLE) {
        let message = format!("`{LEASE_TABLE}` is the table by which runs wait for each other");
        let span = spec.table_name_place(id).unwrap_or(id.span);
        context.report("reserved-name", span, message, "choose another `name`");
    }
    if let Some(alias) = spec.key.as_ref().and_then(|key| key.alias.as_ref()) {
        if alias.starts_with("aws/") {
            context.report(
                "reserved-name",
                alias.span,
                "aliases under `aws/` belong to AWS",
                "choose another alias",
            );
        }
        if let Some(rest) = alias.strip_prefix("alias/") {
            let hint = format!("write `{rest}`");
            context.report("bad-format", alias.span, "the alias is written without `alias/`", hint);
        }
    }
    let log = spec.api.as_ref().and_then(|api| api.stage.access_log.as_ref());
    if let Some(group) = log.and_then(|log| log.log_group.as_ref())
        && group.starts_with("aws/")
    {
        let message = "log groups under `aws/` belong to AWS";
        context.report("reserved-name", group.span, message, format!("write `/{}`", group.value));
    }
}
