//! Functions: handler, environment, and the targets that `access` names.
use std::{collections::BTreeMap, path::Path};

use super::RuleContext;
use crate::{
    diagnostic::Spanned,
    facts::{ENUMS, LIMITS},
    manifest::{
        ids,
        reference::Reference,
        template::{NamedAttr, StackAttr, Template, TemplatePart},
        types::{Code, Function, Spec},
    },
    package,
};

pub(super) fn check_functions(context: &mut RuleContext<'_>) {
    let spec = context.spec;
    if let Some(name) = &spec.function_defaults.name {
        let hint = "give each function its own `name`, or none: the default is `<stack>-<id>`";
        context.report("defaults-name", name.span, "functions cannot share one name", hint);
    }
    for function in context.written_functions() {
        check_reserved_environment(context, function);
        check_access_targets(context, function);
        check_code_source(context, function);
    }
    check_shared_builds(context);
    for (id, function) in context.merged_functions() {
        check_handler(context, id, &function);
        check_handler_form(context, &function);
    }
    check_environment_sizes(context);
}

fn check_handler(context: &mut RuleContext<'_>, id: &Spanned<String>, function: &Function) {
    let written = context.ids.is_written(&["functions", id, "handler"])
        || context.ids.is_written(&["function_defaults", "handler"]);
    if function.handler.is_none() && !function.runtime().starts_with("provided.") && !written {
        context.report(
            "missing-handler",
            id.span,
            format!("function `{}` has no handler", id.value),
            "add `handler: file.exportedFunction`; only `provided.*` runtimes do without",
        );
    }
}

/// Checks the form of a handler: Lambda accepts any, and fails at the first call.
fn check_handler_form(context: &mut RuleContext<'_>, function: &Function) {
    let Some(handler) = function.handler.as_ref() else { return };
    let dotted = handler.rsplit_once('.').is_some_and(|(file, name)| !file.is_empty() && !name.is_empty());
    let runtime = function.runtime();
    let hint = match runtime {
        _ if runtime.starts_with("nodejs") && !dotted => {
            "write `file.exportedFunction`, the file without `.js`"
        }
        _ if runtime.starts_with("python") && !dotted => "write `module.function`, the module without `.py`",
        _ if runtime.starts_with("ruby") && !dotted => "write `file.method`, the file without `.rb`",
        // An assembly that is executable is named alone (Lambda guide, "Define Lambda function handler in C#").
        _ if runtime.starts_with("dotnet") && handler.contains(':') && !handler.contains("::") => {
            "write `Assembly::Namespace.Type::Method`"
        }
        _ => return,
    };
    let message = format!("`{}` is no handler of `{runtime}`", handler.value);
    context.report("handler-format", handler.span, message, hint);
}

fn check_reserved_environment(context: &mut RuleContext<'_>, function: &Function) {
    for (name, _) in function.environment.iter() {
        if ENUMS.reserved_environment_names.contains(&name.value) {
            let message = format!("`{}` is set by Lambda itself", name.value);
            context.report(
                "reserved-environment",
                name.span,
                message,
                "choose another name, or read Lambda's own value",
            );
        }
    }
}

/// Checks the size of every environment.
pub(super) fn check_environment_sizes(context: &mut RuleContext<'_>) {
    for (id, function) in context.merged_functions() {
        check_environment_size(context, id, &function);
    }
}

fn check_environment_size(context: &mut RuleContext<'_>, id: &Spanned<String>, function: &Function) {
    let (inputs, spec) = (context.inputs, context.spec);
    let size = |template: &Template| -> usize {
        let texts = template.0.iter().map(|part| match part {
            TemplatePart::Text(text) => json_length(text),
            TemplatePart::Ref(Reference::Input(name), _) => {
                inputs.get(name).map_or(0, |text| json_length(text))
            }
            TemplatePart::Ref(reference, _) => shortest_reference(spec, reference),
        });
        texts.sum()
    };
    // Lambda measures the JSON text, which its refusal quotes ("exceeded the 4KB limit. String measured: {…}",
    // github-aws-runners/terraform-aws-github-runner#3594): each variable has four quotes, a colon, and a comma or, for the last one, the second brace.
    let members = function.environment.iter().map(|(name, value)| name.len() + size(value) + 6);
    let total = members.sum::<usize>() + 1;
    if total > *LIMITS.function_environment_bytes {
        let message = format!("the environment of function `{}` has {total} bytes as JSON", id.value);
        let hint = "Lambda takes 4096 for all names and values, quotes included; keep large values elsewhere";
        context.report("environment-size", id.span, message, hint);
    }
}

/// Returns the size of a text inside the quotes of a JSON string, in bytes.
fn json_length(text: &str) -> usize {
    serde_json::Value::from(text).to_string().len().saturating_sub(2)
}

/// Returns the minimum size, in bytes and in any region, of the text that a reference stands for.
fn shortest_reference(spec: &Spec, reference: &Reference) -> usize {
    let arn = |service: &str, rest: &str, name: usize| {
        format!("arn:aws:{service}:us-east-1:000000000000:{rest}").len() + name
    };
    match reference {
        Reference::Stack(StackAttr::Name) => spec.stack.len(),
        Reference::Stack(StackAttr::Account) => "000000000000".len(),
        Reference::Stack(StackAttr::Region) => "us-east-1".len(),
        Reference::Table(id, NamedAttr::Name) => spec.table_name(id).len(),
        Reference::Table(id, NamedAttr::Arn) => arn("dynamodb", "table/", spec.table_name(id).len()),
        Reference::Function(id, NamedAttr::Name) => spec.function_name(id).len(),
        Reference::Function(id, NamedAttr::Arn) => arn("lambda", "function:", spec.function_name(id).len()),
        _ => 0,
    }
}

/// Checks that the targets of `access` exist.
fn check_access_targets(context: &mut RuleContext<'_>, function: &Function) {
    let Some(access) = function.access.as_ref() else { return };
    for (id, _) in access.tables.iter() {
        if let Some((message, hint)) = ids::undeclared_name("table", id, &context.ids.tables, "tables") {
            context.report("unknown-table", id.span, message, hint);
        }
    }
    if let Some(connections) = &access.connections
        && !connections.value.0.is_empty()
        && !context.ids.is_written(&["api"])
    {
        let message = "there is no API to post to";
        context.report(
            "connections-without-api",
            connections.span,
            message,
            "add an `api:` section, or take this out",
        );
    }
}

/// Checks that functions which share code build it in the same way: the last build would decide for all of them.
fn check_shared_builds(context: &mut RuleContext<'_>) {
    let codes = context.merged_functions();
    let codes = codes.into_iter().filter_map(|(_, function)| function.code.map(|code| code.value));
    let mut built: BTreeMap<String, String> = BTreeMap::new();
    for code in codes {
        let (Some(path), Some(build)) = (code.path, code.build) else { continue };
        let first = built.entry(path.value.clone()).or_insert_with(|| build.value.clone());
        if *first != build.value {
            let message = format!("`{}` is built in two ways", path.value);
            let hint = "say the same `build` for all who share the folder, or let each build into its own";
            context.report("two-builds", build.span, message, hint);
        }
    }
}

/// Checks that a function's code has exactly one source.
fn check_code_source(context: &mut RuleContext<'_>, function: &Function) {
    let Some(code) = function.code.as_ref() else { return };
    match (&code.template, &code.path, &code.build) {
        (Some(_), Some(path), _) => {
            context.report(
                "code-source",
                path.span,
                "code comes from `template` or from `path`",
                "keep one of them",
            );
        }
        // Another key in their place has been reported.
        (None, None, _)
            if context.ids.keys_at(code.span).all(|key| ["build", "build_env", "exclude"].contains(&key)) =>
        {
            context.report(
                "code-source",
                code.span,
                "the code has no source",
                "name a `path`, or a `template`",
            );
        }
        (Some(_), None, Some(build)) => context.report(
            "code-source",
            build.span,
            "a template has a build of its own",
            "leave `build` out, or name a `path`",
        ),
        _ => check_code_helpers(context, code),
    }
}

/// Checks that `exclude` and `build_env` have something to work on.
fn check_code_helpers(context: &mut RuleContext<'_>, code: &Code) {
    let is_archive = code.path.as_ref().is_some_and(|path| package::is_archive(Path::new(path.as_str())));
    if let Some(first) = code.exclude.first().filter(|_| code.template.is_some() || is_archive) {
        let what = if is_archive { "an archive goes up as it is" } else { "a template is packed whole" };
        let hint = "leave `exclude` out, or name a folder";
        context.report("code-source", first.span, what, hint);
    }
    if let Some(first) = code.build_env.first().filter(|_| code.build.is_none()) {
        let hint = "leave `build_env` out, or add a `build`";
        context.report("code-source", first.span, "there is no build to see it", hint);
    }
}
