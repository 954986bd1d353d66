//! The format of the stage's access log.
use super::RuleContext;
use crate::{
    diagnostic::{Spanned, suggest},
    facts::{ENUMS, LIMITS},
};

/// Prefixes of variables that continue with a name of the user's, or of the caller's identity.
const FREE: [&str; 3] = ["authorizer.", "identity.", "waf."];

pub(super) fn check_access_log(context: &mut RuleContext<'_>) {
    let log = context.spec.api.as_ref().and_then(|api| api.stage.access_log.as_ref());
    let Some(format) = log.and_then(|log| log.format.as_ref()) else { return };
    if format.as_str() != "json" {
        check_log_format(context, format);
        check_log_variables(context, format);
    }
}

fn check_log_format(context: &mut RuleContext<'_>, format: &Spanned<String>) {
    let most = *LIMITS.access_log_format_bytes;
    if format.len() > most {
        let message = format!("the access log's format has {} bytes", format.len());
        context.report("bad-length", format.span, message, format!("use {most} bytes at most"));
    }
    if format.contains(['\n', '\r']) {
        let message = "an access-log format is one line, without a line break at its end";
        context.report("access-log-format", format.span, message, "write it as `>-` block, or in quotes");
    }
    if !format.contains("$context.requestId") && !format.contains("$context.extendedRequestId") {
        let message =
            "an access-log format must contain `$context.requestId` or `$context.extendedRequestId`";
        let near = suggest::nearest(format, ["json"]);
        let hint = near.map_or("add one of them, or write `json`", |_| "did you mean `json`?");
        return context.report("access-log-format", format.span, message, hint);
    }
    if !format.contains("$context.connectionId") {
        let message = "the access log does not say which connection a line is about";
        context.report("access-log-connection", format.span, message, "add `$context.connectionId`");
    }
    // Variables without quotes stand for numbers or texts, so the whole is parsed with a number for each.
    if serde_json::from_str::<serde_json::Value>(&fill_variables(format)).is_ok_and(|value| value.is_object())
    {
        return;
    }
    context.report("access-log-structure", format.span, "the access log is no JSON", "write `format: json`");
}

/// Returns the format with a number in place of each variable.
fn fill_variables(format: &str) -> String {
    let mut out = String::new();
    let mut parts = format.split("$context.");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push('0');
        out.push_str(part.get(leading_name(part).len()..).unwrap_or_default());
    }
    out
}

/// Returns the name that a text begins with.
fn leading_name(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || ".-_".contains(c))).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches('.')
}

/// Returns the variables that an access log may have, without `$context.`.
fn known() -> impl Iterator<Item = &'static str> {
    ENUMS.access_log_variables.iter().map(String::as_str)
}

fn check_log_variables(context: &mut RuleContext<'_>, format: &Spanned<String>) {
    for part in format.split("$context.").skip(1) {
        let name = leading_name(part);
        let free = FREE.iter().any(|start| name.starts_with(start) && name.len() > start.len());
        if !free && !known().any(|known| known == name) {
            let message = format!("API Gateway knows no `$context.{name}`");
            let hint = match suggest::nearest(name, known()) {
                Some(near) => format!("did you mean `$context.{near}`?"),
                None => "it would be logged as `-`: take it out".to_owned(),
            };
            context.report("access-log-variable", format.span, message, hint);
        }
    }
}
