//! Functions on the code templates: environment, permissions and runtime of the shipped handlers.
use super::RuleContext;
use crate::{
    diagnostic::{Severity, Spanned, suggest},
    manifest::{
        defaults,
        reference::Reference,
        template::{NamedAttr, TemplatePart},
        types::{Access, Function, Grant},
    },
};

/// Environment variables that the shipped handlers require.
const NEEDED: [(&str, &[&str]); 5] = [
    ("websocket-handler.connectHandler", &["CONNECTIONS_TABLE_NAME"]),
    ("websocket-handler.disconnectHandler", &["CONNECTIONS_TABLE_NAME"]),
    ("websocket-handler.messageHandler", &["CONNECTIONS_TABLE_NAME", "CONVERSATIONS_TABLE_NAME"]),
    ("websocket-handler.handler", &["CONNECTIONS_TABLE_NAME", "CONVERSATIONS_TABLE_NAME"]),
    ("authorizer.handler", &["USER_POOL_ID", "USER_POOL_CLIENT_ID"]),
];

pub(super) fn check_templates(context: &mut RuleContext<'_>) {
    for (id, function) in context.merged_functions() {
        check_template_runtime(context, id, &function);
        check_template_environment(context, id, &function);
        check_template_access(context, &function);
    }
}

/// Returns whether the code ships with the tool.
fn is_shipped(function: &Function) -> bool {
    let known = |name: &Spanned<String>| defaults::CODE_TEMPLATES.contains(&name.as_str());
    function.code.as_ref().is_none_or(|code| code.template.as_ref().is_some_and(known) && code.path.is_none())
}

/// Checks the environment variables that the shipped code requires.
fn check_template_environment(context: &mut RuleContext<'_>, id: &Spanned<String>, function: &Function) {
    let Some(handler) = function.handler.as_ref().filter(|_| is_shipped(function)) else { return };
    let needed = NEEDED.iter().find(|(name, _)| *name == handler.as_str());
    let file = |handler: &str| handler.split('.').next().unwrap_or_default().to_owned();
    let known = NEEDED.iter().map(|(name, _)| *name).filter(|name| file(name) == file(handler));
    let known: Vec<&str> = known.collect();
    if needed.is_none() && !known.is_empty() {
        let message = format!("the code template has no function for the handler `{}`", handler.value);
        context.report("handler-not-found", handler.span, message, suggest::hint(handler, known, "it has"));
    }
    for name in needed.into_iter().flat_map(|(_, names)| *names) {
        let written = context.ids.is_written(&["functions", id, "environment", name])
            || context.ids.is_written(&["function_defaults", "environment", name]);
        if !written {
            let message = format!("function `{}` is not told its `{name}`, and cannot do without", id.value);
            let hint = format!("add `{name}: …` to its `environment`");
            context.report("template-environment", handler.span, message, hint);
        }
    }
}

/// Checks the permissions that the shipped code requires; a raw statement, or a role that exists, may grant them as well.
fn check_template_access(context: &mut RuleContext<'_>, function: &Function) {
    let judged = is_shipped(function) && function.role.is_none();
    let Some(handler) = function.handler.as_ref().filter(|_| judged) else { return };
    let Some((_, names)) = NEEDED.iter().find(|(name, _)| *name == handler.as_str()) else { return };
    let access = function.access.as_deref();
    // Errors in `access` are reported by other rules.
    let broken = context.findings.iter().any(|finding| finding.severity == Severity::Error);
    if broken || access.is_some_and(|access| !access.statements.is_empty() || !access.allow.is_empty()) {
        return;
    }
    let span = function.access.as_ref().map_or(handler.span, |access| access.span);
    let answers = names.contains(&"CONVERSATIONS_TABLE_NAME");
    let posts = access.is_some_and(Access::posts);
    if answers && !posts {
        let message = format!("`{}` answers through `@connections`, and may not", handler.value);
        context.report("template-access", span, message, "add `connections: true` to its `access`");
    }
    for name in names.iter().filter(|name| name.ends_with("_TABLE_NAME")) {
        let told = function.environment.get(name).and_then(|value| match value.0.as_slice() {
            [TemplatePart::Ref(Reference::Table(id, NamedAttr::Name), _)] => Some(id),
            _ => None,
        });
        let Some(table) = told else { continue };
        let grant = access.and_then(|access| access.tables.get(table.as_str())).map(|grant| grant.value);
        let (enough, wanted) = match grant {
            Some(Grant::ReadWrite | Grant::ScanWrite) => (true, ""),
            Some(Grant::Write) => (!answers, "read_write"),
            Some(Grant::Read) | None => (false, if answers { "read_write" } else { "write" }),
            Some(Grant::Scan) => (false, "scan_write"),
        };
        if !enough {
            let message = format!("`{}` works with the table `{table}`, and may not", handler.value);
            let hint = format!("add `tables: {{ {table}: {wanted} }}` to its `access`");
            context.report("template-access", span, message, hint);
        }
    }
}

/// Checks the runtime: the shipped code is written for Node.js.
fn check_template_runtime(context: &mut RuleContext<'_>, id: &Spanned<String>, function: &Function) {
    let shipped = is_shipped(function);
    if let Some(runtime) =
        function.runtime.as_ref().filter(|runtime| shipped && !runtime.starts_with("nodejs"))
    {
        let message =
            format!("the code template of function `{}` does not run on `{}`", id.value, runtime.value);
        let hint = format!("write `runtime: {}`, or bring your own code", defaults::RUNTIME);
        context.report("template-runtime", runtime.span, message, hint);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::NEEDED;

    /// Returns the text of all modules below `folder`.
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
                let reads = [format!("setting(services.env, '{name}')"), format!("env.{name}")];
                assert!(reads.iter().any(|read| text.contains(read)), "{name}");
            }
        }
    }
}
