//! One resource with all its changes, in a collapsed section.
use serde_json::Value;

use super::escape::{escape_html, longest_run, plain_text, push_code_line};
use crate::{engine::Verb, plan_document::ResourceChange, pointer::Pointer};

/// Renders one resource as a collapsed section.
pub(super) fn render_detail(change: &ResourceChange) -> String {
    let body = render_body(change);
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    let title = format!(
        "{} {} <code>{}</code>",
        change.verb().map_or("keep", Verb::infinitive),
        escape_html(&change.kind),
        escape_html(&change.id)
    );
    let span = change.place.as_ref().map(|at| format!(" ({}:{})", escape_html(&at.file), at.line));
    let warning = change.warning.as_ref().map(|warning| format!("> {}\n\n", plain_text(warning)));
    format!(
        "<details><summary><code>{}</code>: {title}{}</summary>\n\n{}{fence}diff\n{body}{fence}\n\n</details>\n",
        escape_html(&change.address),
        span.unwrap_or_default(),
        warning.unwrap_or_default(),
    )
}

fn render_body(change: &ResourceChange) -> String {
    let mut out = String::new();
    if change.changes.is_empty() {
        let (sign, doc, unknown) = match change.verb() {
            Some(Verb::Delete) => ('-', &change.before, &Value::Null),
            _ => ('+', &change.after, &change.after_unknown),
        };
        write_members(&mut out, sign, "", doc.as_ref().unwrap_or(&Value::Null));
        write_unknowns(&mut out, "", unknown);
    }
    for leaf in &change.changes {
        let keys: Vec<String> = Pointer::from(&*leaf.path).keys().collect();
        let (path, forced) = (keys.join("/"), change.replace_paths.contains(&keys));
        if let Some(before) = &leaf.before {
            push_code_line(&mut out, &format!("- {path}: {before}"));
        }
        let note = if forced { "  # forces replacement" } else { "" };
        match &leaf.after {
            _ if leaf.unknown => push_code_line(&mut out, &format!("+ {path}: (known after apply){note}")),
            Some(after) => push_code_line(&mut out, &format!("+ {path}: {after}{note}")),
            None if forced => push_code_line(&mut out, &format!("+ {path}: none{note}")),
            None => {}
        }
    }
    out
}

fn write_members(out: &mut String, sign: char, at: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Object(all) => {
            all.iter().for_each(|(key, value)| write_members(out, sign, &join_pointer(at, key), value));
        }
        value => push_code_line(out, &format!("{sign} {at}: {value}")),
    }
}

fn write_unknowns(out: &mut String, at: &str, shape: &Value) {
    match shape {
        Value::Bool(true) => push_code_line(out, &format!("+ {at}: (known after apply)")),
        Value::Object(all) => {
            all.iter().for_each(|(key, shape)| write_unknowns(out, &join_pointer(at, key), shape));
        }
        _ => {}
    }
}

fn join_pointer(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}/{key}") }
}
