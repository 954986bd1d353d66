//! Functions: handler, environment, and whom `access` names.
use super::Context;
use std::collections::BTreeMap;

use crate::diagnostic::Severity;
use crate::spec::{
    at::At,
    defaults, ids,
    reference::Reference,
    suggest,
    template::{NamedAttr, Part, StackAttr, Template},
    types::{Function, Grant, Spec},
};

/// Bytes all names and values of a function's environment may have together.
const MAX_ENVIRONMENT: usize = 4096;
/// Names Lambda sets itself and refuses.
const RESERVED: [&str; 17] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
];

/// What the shipped handlers read and have no substitute for.
const NEEDED: [(&str, &[&str]); 5] = [
    ("websocket-handler.connectHandler", &["CONNECTIONS_TABLE_NAME"]),
    ("websocket-handler.disconnectHandler", &["CONNECTIONS_TABLE_NAME"]),
    ("websocket-handler.messageHandler", &["CONNECTIONS_TABLE_NAME", "CONVERSATIONS_TABLE_NAME"]),
    ("websocket-handler.handler", &["CONNECTIONS_TABLE_NAME", "CONVERSATIONS_TABLE_NAME"]),
    ("authorizer.handler", &["USER_POOL_ID", "USER_POOL_CLIENT_ID"]),
];

pub(super) fn check(context: &mut Context<'_>) {
    let spec = context.spec;
    if let Some(name) = &spec.function_defaults.name {
        let hint = "give each function its own `name`, or none: the default is `<stack>-<id>`";
        context.report("defaults-name", name.place, "functions cannot share one name", hint);
    }
    for function in context.written_functions() {
        reserved_environment(context, function);
        access(context, function);
        code(context, function);
    }
    one_build(context);
    for (id, function) in context.merged_functions() {
        handler(context, id, &function);
        handler_form(context, &function);
        template_runtime(context, id, &function);
        template_environment(context, id, &function);
        template_access(context, &function);
    }
    sizes(context);
}

fn handler(context: &mut Context<'_>, id: &At<String>, function: &Function) {
    let written = context.ids.written(&["functions", id, "handler"])
        || context.ids.written(&["function_defaults", "handler"]);
    if function.handler.is_none() && !function.runtime().starts_with("provided.") && !written {
        context.report(
            "missing-handler",
            id.place,
            format!("function `{}` has no handler", id.value),
            "add `handler: file.exportedFunction`; only `provided.*` runtimes do without",
        );
    }
}

/// Lambda takes any handler, and fails at the first call.
fn handler_form(context: &mut Context<'_>, function: &Function) {
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
    context.report("handler-format", handler.place, message, hint);
}

/// Whether the code ships with the tool.
fn is_shipped(function: &Function) -> bool {
    let known = |name: &At<String>| defaults::CODE_TEMPLATES.contains(&name.as_str());
    function.code.as_ref().is_none_or(|code| code.template.as_ref().is_some_and(known) && code.path.is_none())
}

/// The shipped code is told by its environment what to work with.
fn template_environment(context: &mut Context<'_>, id: &At<String>, function: &Function) {
    let Some(handler) = function.handler.as_ref().filter(|_| is_shipped(function)) else { return };
    let needed = NEEDED.iter().find(|(name, _)| *name == handler.as_str());
    let file = |handler: &str| handler.split('.').next().unwrap_or_default().to_owned();
    let known = NEEDED.iter().map(|(name, _)| *name).filter(|name| file(name) == file(handler));
    let known: Vec<&str> = known.collect();
    if needed.is_none() && !known.is_empty() {
        let message = format!("the code template has no function for the handler `{}`", handler.value);
        context.report("handler-not-found", handler.place, message, suggest::hint(handler, known, "it has"));
    }
    for name in needed.into_iter().flat_map(|(_, names)| *names) {
        let written = context.ids.written(&["functions", id, "environment", name])
            || context.ids.written(&["function_defaults", "environment", name]);
        if !written {
            let message = format!("function `{}` is not told its `{name}`, and cannot do without", id.value);
            let hint = format!("add `{name}: …` to its `environment`");
            context.report("template-environment", handler.place, message, hint);
        }
    }
}

/// The shipped code has to be allowed what it does; a raw statement may do that as well.
fn template_access(context: &mut Context<'_>, function: &Function) {
    let Some(handler) = function.handler.as_ref().filter(|_| is_shipped(function)) else { return };
    let Some((_, names)) = NEEDED.iter().find(|(name, _)| *name == handler.as_str()) else { return };
    let access = function.access.as_deref();
    // What is broken in `access` is told by itself.
    let broken = context.findings.iter().any(|finding| finding.severity == Severity::Error);
    if broken || access.is_some_and(|access| !access.statements.is_empty()) {
        return;
    }
    let place = function.access.as_ref().map_or(handler.place, |access| access.place);
    let answers = names.contains(&"CONVERSATIONS_TABLE_NAME");
    let posts = access.and_then(|access| access.connections).is_some_and(|posts| posts.value);
    if answers && !posts {
        let message = format!("`{}` answers through `@connections`, and may not", handler.value);
        context.report("template-access", place, message, "add `connections: true` to its `access`");
    }
    for name in names.iter().filter(|name| name.ends_with("_TABLE_NAME")) {
        let told = function.environment.get(name).and_then(|value| match value.0.as_slice() {
            [Part::Ref(Reference::Table(id, NamedAttr::Name), _)] => Some(id),
            _ => None,
        });
        let Some(table) = told else { continue };
        let grant = access.and_then(|access| access.tables.get(table.as_str())).map(|grant| grant.value);
        let (enough, wanted) = match grant {
            Some(Grant::ReadWrite) => (true, ""),
            Some(Grant::Write) => (!answers, "read_write"),
            Some(Grant::Read) | None => (false, if answers { "read_write" } else { "write" }),
        };
        if !enough {
            let message = format!("`{}` works with the table `{table}`, and may not", handler.value);
            let hint = format!("add `tables: {{ {table}: {wanted} }}` to its `access`");
            context.report("template-access", place, message, hint);
        }
    }
}

/// The shipped code is written for Node.js.
fn template_runtime(context: &mut Context<'_>, id: &At<String>, function: &Function) {
    let shipped = is_shipped(function);
    if let Some(runtime) =
        function.runtime.as_ref().filter(|runtime| shipped && !runtime.starts_with("nodejs"))
    {
        let message =
            format!("the code template of function `{}` does not run on `{}`", id.value, runtime.value);
        let hint = format!("write `runtime: {}`, or bring your own code", defaults::RUNTIME);
        context.report("template-runtime", runtime.place, message, hint);
    }
}

fn reserved_environment(context: &mut Context<'_>, function: &Function) {
    for (name, _) in function.environment.iter() {
        if RESERVED.contains(&name.as_str()) || name.as_str() == "LAMBDA_RUNTIME_DIR" {
            let message = format!("`{}` is set by Lambda itself", name.value);
            context.report(
                "reserved-environment",
                name.place,
                message,
                "choose another name, or read Lambda's own value",
            );
        }
    }
}

/// The sizes of all environments.
pub(super) fn sizes(context: &mut Context<'_>) {
    for (id, function) in context.merged_functions() {
        environment_size(context, id, &function);
    }
}

fn environment_size(context: &mut Context<'_>, id: &At<String>, function: &Function) {
    let (inputs, spec) = (context.inputs, context.spec);
    let size = |template: &Template| -> usize {
        let texts = template.0.iter().map(|part| match part {
            Part::Text(text) => text.len(),
            Part::Ref(Reference::Input(name), _) => inputs.get(name).map_or(0, String::len),
            Part::Ref(reference, _) => shortest(spec, reference),
        });
        texts.sum()
    };
    let total: usize = function.environment.iter().map(|(name, value)| name.len() + size(value)).sum();
    if total > MAX_ENVIRONMENT {
        let message = format!("the environment of function `{}` has {total} bytes", id.value);
        let hint = "Lambda takes 4096 for all names and values together; keep large values elsewhere";
        context.report("environment-size", id.place, message, hint);
    }
}

/// Bytes that what a reference stands for has at least, whichever the region.
fn shortest(spec: &Spec, reference: &Reference) -> usize {
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

/// What `access` names must be there.
fn access(context: &mut Context<'_>, function: &Function) {
    let Some(access) = function.access.as_ref() else { return };
    for (id, _) in access.tables.iter() {
        if let Some((message, hint)) = ids::absent("table", id, &context.ids.tables, "tables") {
            context.report("unknown-table", id.place, message, hint);
        }
    }
    if let Some(connections) =
        access.connections.filter(|connections| connections.value && !context.ids.written(&["api"]))
    {
        let message = "there is no API to post to";
        context.report(
            "connections-without-api",
            connections.place,
            message,
            "add an `api:` section, or take this out",
        );
    }
}

/// What several functions share is built in one way: the last build would decide for all of them.
fn one_build(context: &mut Context<'_>) {
    let codes = context.merged_functions();
    let codes = codes.into_iter().filter_map(|(_, function)| function.code.map(|code| code.value));
    let mut built: BTreeMap<String, String> = BTreeMap::new();
    for code in codes {
        let (Some(path), Some(build)) = (code.path, code.build) else { continue };
        let first = built.entry(path.value.clone()).or_insert_with(|| build.value.clone());
        if *first != build.value {
            let message = format!("`{}` is built in two ways", path.value);
            let hint = "say the same `build` for all who share the folder, or let each build into its own";
            context.report("two-builds", build.place, message, hint);
        }
    }
}

/// One source.
fn code(context: &mut Context<'_>, function: &Function) {
    let Some(code) = function.code.as_ref() else { return };
    match (&code.template, &code.path, &code.build) {
        (Some(_), Some(path), _) => {
            context.report(
                "code-source",
                path.place,
                "code comes from `template` or from `path`",
                "keep one of them",
            );
        }
        // Another key in their place has been reported.
        (None, None, _) if context.ids.keys_at(code.place).all(|key| key == "build") => {
            context.report(
                "code-source",
                code.place,
                "the code has no source",
                "name a `path`, or a `template`",
            );
        }
        (Some(_), None, Some(build)) => context.report(
            "code-source",
            build.place,
            "a template has a build of its own",
            "leave `build` out, or name a `path`",
        ),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::NEEDED;
    use std::{fs, path::PathBuf};

    /// The text of all modules below `folder`.
    fn text(folder: &str) -> String {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let folder = |path: &PathBuf| path.is_dir().then(|| text(path.to_str().unwrap()));
        entries.map(|path| folder(&path).unwrap_or_else(|| fs::read_to_string(path).unwrap())).collect()
    }

    #[test]
    fn what_the_templates_need_is_what_they_read() {
        for (handler, names) in NEEDED {
            let folder = if handler.starts_with("auth") { "authorizer" } else { "handlers" };
            let text = text(&format!("templates/websocket-{folder}"));
            assert!(text.contains(handler), "{handler}");
            for name in names {
                let reads = [format!("setting(world.env, '{name}')"), format!("env.{name}")];
                assert!(reads.iter().any(|read| text.contains(read)), "{name}");
            }
        }
    }
}
