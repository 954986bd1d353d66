//! A plan, rendered for people.
use serde_json::Value;

use super::{Page, Style, statements};
use crate::{
    engine::{Action, DriftStatus, KNOWN_AFTER_KEY, LeafChange, Plan, Step, Verb},
    iam::is_statement,
    plan_document::{known_after, risk::remains, why_kept},
    pointer::Pointer,
};

/// Renders the changes with their reasons; one line if there is nothing to do.
#[must_use]
pub fn render_plan(plan: &Plan, style: Style) -> Page {
    let mut page = Page::new(style);
    for step in plan.steps.iter().filter(|step| step.action != Action::Keep) {
        draw_step(&mut page, step, style);
    }
    for kept in &plan.kept {
        page.line(format!("{} {}/{} stays: {}", style.dim("="), kept.kind, kept.id, why_kept(kept.why)));
    }
    for origin in &plan.other_origins {
        page.line(format!("{} some of these were last applied from `{origin}`", style.yellow("!")));
    }
    for step in &plan.steps {
        if let Some(warning) = &step.warning {
            page.line(format!("{} {}: {warning}", style.yellow("!"), step.address));
        }
    }
    if !page.is_empty() && !page.ends_blank() {
        page.blank();
    }
    page.line(if plan.is_empty() {
        "No changes: what is live is what the spec says.".to_owned()
    } else {
        format!("Plan: {}.", plan_summary_text(plan))
    });
    page
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

fn draw_step(page: &mut Page, step: &Step, style: Style) {
    let (sign, word) = match &step.action {
        Action::Keep => return,
        Action::Create { .. } => (style.green("+"), style.green("create")),
        Action::Update { .. } => (style.yellow("~"), style.yellow(&update_words(step))),
        Action::Replace { .. } => (style.red("-/+"), style.red("replace")),
        Action::Delete { .. } => (style.red("-"), style.red("delete")),
    };
    let loss = step.loss().map(|loss| format!(", {}", style.red(&loss.text()))).unwrap_or_default();
    page.line(format!(
        "{sign} {} ({}) {word}{}{loss}",
        style.bold(&step.address),
        kind_and_name(step),
        drift_words(step)
    ));
    if let Some(remains) = remains(step) {
        page.line(format!("    {remains}"));
    }
    match &step.action {
        Action::Keep | Action::Delete { .. } => return,
        Action::Create { props } => draw_props(page, props, style),
        Action::Update { changes } => draw_changes(page, step, changes, &[], style),
        Action::Replace { changes, forced_by } => draw_changes(page, step, changes, forced_by, style),
    }
    if !matches!(step.action, Action::Create { .. }) {
        statements::render_statement_changes(page, step, style);
    }
    page.blank();
}

/// Returns why a step is there, if not for the spec alone.
fn drift_words(step: &Step) -> &'static str {
    match step.drift_status {
        Some(DriftStatus::Drifted) if step.before.is_none() => ", because it was removed in AWS",
        Some(DriftStatus::Unknown) if step.before.is_none() => {
            ", because it is new in the spec or was removed in AWS"
        }
        Some(DriftStatus::Drifted) => ", because it changed in AWS",
        Some(DriftStatus::Both) => ", because the spec changed and it changed in AWS",
        _ => "",
    }
}

/// Returns what an update does: a resource that was found by its tags alone is taken over.
fn update_words(step: &Step) -> String {
    step.takes_over.as_ref().map_or_else(|| "update in place".to_owned(), |what| format!("take over {what}"))
}

/// Returns the kind of the resource and its name in AWS.
fn kind_and_name(step: &Step) -> String {
    if step.address.contains(&step.id) {
        step.kind.to_owned()
    } else {
        format!("{} `{}`", step.kind, step.id)
    }
}

fn draw_props(page: &mut Page, props: &Value, style: Style) {
    let Value::Object(members) = props else { return };
    for (name, value) in members {
        draw_member(page, name, value, 4, style);
    }
}

/// Renders one member of a new resource, with nested objects indented.
fn draw_member(page: &mut Page, name: &str, value: &Value, indent: usize, style: Style) {
    match value {
        Value::Null => {}
        Value::Object(members) if members.is_empty() => {}
        Value::Object(_) if is_statement(value) => {
            page.line(format!("{:indent$}{name}:", ""));
            for line in statements::lines(value) {
                page.line(format!("{:indent$}  {line}", ""));
            }
        }
        Value::Object(members) if !members.contains_key(KNOWN_AFTER_KEY) => {
            page.line(format!("{:indent$}{name}:", ""));
            for (name, value) in members {
                draw_member(page, name, value, indent + 2, style);
            }
        }
        value => page.line(format!("{:indent$}{name}: {}", "", render_value(value, style))),
    }
}

fn draw_changes(page: &mut Page, step: &Step, changes: &[LeafChange], forced_by: &[Pointer], style: Style) {
    for change in changes.iter().filter(|change| !statements::is_statement_change(step, change)) {
        let path = change.pointer.keys().collect::<Vec<_>>().join("/");
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
        page.line(format!("    {line}{forces}"));
    }
}

/// Renders a value in one line; unknown ones as "known after apply".
fn render_value(value: &Value, style: Style) -> String {
    match value {
        Value::Object(members) if members.contains_key(KNOWN_AFTER_KEY) => style.dim("(known after apply)"),
        value => known_after(value).to_string(),
    }
}
