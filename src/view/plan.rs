//! A plan, rendered for people.
use std::fmt::Write;

use serde_json::Value;

use super::{Style, statements};
use crate::{
    diagnostic::untrusted::untrusted,
    engine::{Action, DriftStatus, KNOWN_AFTER_KEY, LeafChange, Plan, Step, Verb},
    iam::is_statement,
    plan_document::{known_after, risk::remains, why_kept},
    pointer::Pointer,
};

/// Renders the changes with their reasons; one line if there is nothing to do.
#[must_use]
pub fn render_plan(plan: &Plan, style: Style) -> String {
    let mut out = String::new();
    for step in plan.steps.iter().filter(|step| step.action != Action::Keep) {
        draw_step(&mut out, step, style);
    }
    for kept in &plan.kept {
        let (id, why) = (untrusted(&kept.id), why_kept(kept.why));
        let _ = writeln!(out, "{} {}/{id} stays: {why}", style.dim("="), kept.kind);
    }
    for origin in &plan.other_origins {
        let origin = untrusted(origin);
        let _ = writeln!(out, "{} some of these were last applied from `{origin}`", style.yellow("!"));
    }
    for step in &plan.steps {
        if let Some(warning) = &step.warning {
            let warning = untrusted(warning);
            let _ = writeln!(out, "{} {}: {warning}", style.yellow("!"), step.address);
        }
    }
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
    if plan.is_empty() {
        let _ = writeln!(out, "No changes: what is live is what the spec says.");
    } else {
        let _ = writeln!(out, "Plan: {}.", plan_summary_text(plan));
    }
    out
}

/// Returns the counts by verb, such as `3 to create, 1 to delete`.
#[must_use]
pub fn plan_summary_text(plan: &Plan) -> String {
    let counts = Verb::ALL.map(|verb| format!("{} to {}", plan.count_steps(verb), verb.infinitive()));
    let unchanged = plan.steps.iter().filter(|step| step.action == Action::Keep && !step.left_out).count();
    let left_out = match plan.steps.iter().filter(|step| step.left_out).count() {
        0 => String::new(),
        n => format!(", {n} outside the targets"),
    };
    format!("{}, {unchanged} unchanged{left_out}", counts.join(", "))
}

fn draw_step(out: &mut String, step: &Step, style: Style) {
    let (sign, word) = match &step.action {
        Action::Keep => return,
        Action::Create { .. } => (style.green("+"), style.green("create")),
        Action::Update { .. } => (style.yellow("~"), style.yellow(&update_words(step))),
        Action::Replace { .. } => (style.red("-/+"), style.red("replace")),
        Action::Delete { .. } => (style.red("-"), style.red("delete")),
    };
    let _ = write!(out, "{sign} {} ({}) {word}", style.bold(&step.address), kind_and_name(step));
    match step.drift_status {
        Some(DriftStatus::Drifted) if step.before.is_none() => {
            out.push_str(", because it was removed in AWS");
        }
        Some(DriftStatus::Unknown) if step.before.is_none() => {
            out.push_str(", because it is new in the spec or was removed in AWS");
        }
        Some(DriftStatus::Drifted) => out.push_str(", because it changed in AWS"),
        Some(DriftStatus::Both) => out.push_str(", because the spec changed and it changed in AWS"),
        _ => {}
    }
    if let Some(loss) = step.loss() {
        let _ = write!(out, ", {}", style.red(&loss.text()));
    }
    out.push('\n');
    if let Some(remains) = remains(step) {
        let _ = writeln!(out, "    {}", untrusted(&remains));
    }
    match &step.action {
        Action::Keep | Action::Delete { .. } => return,
        Action::Create { props } => draw_props(out, props, style),
        Action::Update { changes } => draw_changes(out, step, changes, &[], style),
        Action::Replace { changes, forced_by } => draw_changes(out, step, changes, forced_by, style),
    }
    if !matches!(step.action, Action::Create { .. }) {
        statements::render_statement_changes(out, step, style);
    }
    out.push('\n');
}

/// Returns what an update does: a resource that was found by its tags alone is taken over.
fn update_words(step: &Step) -> String {
    step.takes_over
        .as_ref()
        .map_or_else(|| "update in place".to_owned(), |what| format!("take over {}", untrusted(what)))
}

/// Returns the kind of the resource and its name in AWS.
fn kind_and_name(step: &Step) -> String {
    if step.address.contains(&step.id) {
        step.kind.to_owned()
    } else {
        format!("{} `{}`", step.kind, untrusted(&step.id))
    }
}

fn draw_props(out: &mut String, props: &Value, style: Style) {
    let Value::Object(members) = props else { return };
    for (name, value) in members {
        draw_member(out, name, value, 4, style);
    }
}

/// Renders one member of a new resource, with nested objects indented.
fn draw_member(out: &mut String, name: &str, value: &Value, indent: usize, style: Style) {
    let name = untrusted(name);
    match value {
        Value::Null => {}
        Value::Object(members) if members.is_empty() => {}
        Value::Object(_) if is_statement(value) => {
            let _ = writeln!(out, "{:indent$}{name}:", "");
            for line in statements::lines(value) {
                let _ = writeln!(out, "{:indent$}  {}", "", untrusted(&line));
            }
        }
        Value::Object(members) if !members.contains_key(KNOWN_AFTER_KEY) => {
            let _ = writeln!(out, "{:indent$}{name}:", "");
            for (name, value) in members {
                draw_member(out, name, value, indent + 2, style);
            }
        }
        value => {
            let _ = writeln!(out, "{:indent$}{name}: {}", "", render_value(value, style));
        }
    }
}

fn draw_changes(out: &mut String, step: &Step, changes: &[LeafChange], forced_by: &[Pointer], style: Style) {
    for change in changes.iter().filter(|change| !statements::is_statement_change(step, change)) {
        let path = untrusted(&change.pointer.keys().collect::<Vec<_>>().join("/"));
        let line = match (&change.before, &change.after) {
            (Some(old), Some(new)) => {
                format!(
                    "{} {path}: {} -> {}",
                    style.yellow("~"),
                    render_value(old, style),
                    render_value(new, style)
                )
            }
            (None, Some(new)) => format!("{} {path}: {}", style.green("+"), render_value(new, style)),
            (Some(old), None) => format!("{} {path}: {}", style.red("-"), render_value(old, style)),
            (None, None) => continue,
        };
        let forces = if forced_by.contains(&change.pointer) {
            style.red("  forces replacement")
        } else {
            String::new()
        };
        let _ = writeln!(out, "    {line}{forces}");
    }
}

/// Renders a value in one line; unknown ones as "known after apply".
fn render_value(value: &Value, style: Style) -> String {
    match value {
        Value::Object(members) if members.contains_key(KNOWN_AFTER_KEY) => style.dim("(known after apply)"),
        value => untrusted(&known_after(value).to_string()),
    }
}
