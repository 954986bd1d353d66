//! A plan as Markdown, for the comment that a pipeline leaves on a pull request.
//!
//! Whatever the plan, the text stays below GitHub's limit for a comment: resources are left out whole, the least
//! risky first, and the text says how many. The first line is a marker that no reader sees, so that a pipeline
//! finds the comment it left before and replaces it.
mod detail;
mod escape;

use std::fmt::Write;

use detail::render_detail;
use escape::{clip_plain_text, clip_text, code_span, plain_text};
use serde_json::Value;

use super::format_count;
use crate::{
    engine::Verb,
    iam::compare::StatementChange,
    plan_document::{PlanDocument, ResourceChange, risk::Risk},
};

/// Maximum number of characters of a comment on GitHub.
pub const LIMIT: usize = 65_536;
/// Share of the limit, in percent, that the table of resources may fill, and then the permissions as well; the rest is
/// for details.
const TABLE: usize = 45;
const PERMISSIONS: usize = 70;
/// Characters reserved for the sentences that say what was left out.
const RESERVE: usize = 1_000;

/// Renders a plan as Markdown.
#[must_use]
pub fn render_plan_comment(plan: &PlanDocument) -> String {
    let mut todo: Vec<&ResourceChange> = plan.pending_changes().collect();
    todo.sort_by_key(|one| risk_rank(one));
    let foot = render_footer(plan);
    let mut page =
        BoundedPage { room: LIMIT - RESERVE - foot.chars().count().min(LIMIT / 2), ..BoundedPage::default() };
    page.push_text(&render_head(plan));
    page.push_text(&render_refusals(plan));
    if !todo.is_empty() {
        render_table(&mut page, &todo);
        render_permissions(&mut page, &todo);
        render_details(&mut page, &todo);
    }
    page.push_text(&foot);
    page.text
}

/// Returns the marker that starts every comment about `stack`; the text that follows it may differ.
#[must_use]
pub fn comment_marker(stack: &str) -> String {
    format!("<!-- copilot-infra:plan stack={} ", marker_word(stack))
}

/// Returns a word that cannot end the marker.
fn marker_word(text: &str) -> String {
    text.chars().filter(|sign| sign.is_ascii_alphanumeric() || "-_.:".contains(*sign)).collect()
}

/// Returns the sort key of a change by its risk; the riskiest sorts first.
fn risk_rank(change: &ResourceChange) -> (u8, u8) {
    let risk = change.risk.iter().map(|note| note.risk as u8).min().unwrap_or(u8::MAX);
    let verb = match change.verb() {
        Some(Verb::Replace) => 0,
        Some(Verb::Delete) => 1,
        Some(Verb::Update) => 2,
        Some(Verb::Create) | None => 3,
    };
    (risk, verb)
}

/// Text that grows up to a limit.
#[derive(Default)]
struct BoundedPage {
    text: String,
    length: usize,
    /// Maximum number of characters.
    room: usize,
}

impl BoundedPage {
    fn push_text(&mut self, text: &str) {
        self.text.push_str(text);
        self.length += text.chars().count();
    }

    /// Adds a piece if the whole text then fills no more than `percent` of the room.
    fn push_if_fits(&mut self, piece: &str, percent: usize) -> bool {
        let fits = self.length + piece.chars().count() <= self.room * percent / 100;
        if fits {
            self.push_text(piece);
        }
        fits
    }
}

fn render_head(plan: &PlanDocument) -> String {
    let digest = marker_word(&plan.digests.plan);
    let mut out = format!("{}digest={digest} -->\n", comment_marker(&plan.stack));
    let what = if plan.choices.drift_only { "drift" } else { "plan" };
    let _ = writeln!(
        out,
        "### copilot-infra {what}: {} in {}, account {}\n",
        code_span(&plan.stack),
        plain_text(&plan.region),
        plain_text(&plan.account)
    );
    let _ = writeln!(out, "{}\n", render_headline(plan));
    out
}

fn render_headline(plan: &PlanDocument) -> String {
    let summary = &plan.summary;
    if !plan.refusals.is_empty() {
        return format!("⛔ **Cannot be applied**: {}.", format_count(plan.refusals.len(), "refusal"));
    }
    if plan.pending_changes().next().is_none() {
        let (same, how) = if plan.choices.drift_only {
            ("No drift", "as last applied")
        } else {
            ("No changes", "as the spec says")
        };
        return format!("✅ **{same}**: {} {how}.", format_count(summary.unchanged, "resource"));
    }
    let counts = [
        (summary.create, "to create"),
        (summary.update, "to update"),
        (summary.replace, "to replace"),
        (summary.delete, "to delete"),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let mut risks: Vec<_> =
        plan.pending_changes().flat_map(|one| one.risk.iter().map(|note| note.risk)).collect();
    risks.sort_unstable();
    risks.dedup();
    // The worst risk comes first.
    let sign = risks.first().map_or("🔵", |risk| risk.symbol());
    let words: Vec<_> = risks.into_iter().map(Risk::label).collect();
    let risks = if words.is_empty() { String::new() } else { format!(" — **{}**", words.join(", ")) };
    let drift = match summary.drift {
        0 => String::new(),
        n => format!("; {n} of them drifted"),
    };
    format!("{sign} **{}**, {} unchanged{drift}{risks}", counts.join(", "), summary.unchanged)
}

fn render_refusals(plan: &PlanDocument) -> String {
    let mut out = String::new();
    let shown = plan.refusals.iter().take(20);
    for one in shown {
        let _ = writeln!(
            out,
            "- {}: {} — {}",
            code_span(&one.address),
            clip_plain_text(&plain_text(&one.reason), 400),
            clip_plain_text(&plain_text(&one.remedy), 400)
        );
    }
    if plan.refusals.len() > 20 {
        let _ = writeln!(out, "- … and {} more", plan.refusals.len() - 20);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn render_table(page: &mut BoundedPage, todo: &[&ResourceChange]) {
    page.push_text("| | resource | why | risk |\n|---|---|---|---|\n");
    let shown = todo.iter().take_while(|change| page.push_if_fits(&render_row(change), TABLE)).count();
    page.push_text(&left_out_note(todo.len() - shown, "resource", "this table"));
    page.push_text("\n");
}

fn render_row(change: &ResourceChange) -> String {
    let sign = match change.verb() {
        Some(Verb::Create) => "➕ create",
        Some(Verb::Update) => "🔄 update",
        Some(Verb::Replace) => "♻️ **replace**",
        Some(Verb::Delete) | None => "➖ **delete**",
    };
    let risk = change.risk.iter();
    let risk: Vec<_> = risk
        .map(|note| format!("{} {}: {}", note.risk.symbol(), note.risk.label(), plain_text(&note.why)))
        .collect();
    format!(
        "| {sign} | {} {} | {} | {} |\n",
        code_span(&change.address),
        plain_text(&change.kind),
        clip_plain_text(&plain_text(&change.reasons.join("; ")), 300),
        clip_plain_text(&risk.join("<br>"), 400)
    )
}

fn left_out_note(n: usize, what: &str, span: &str) -> String {
    match n {
        0 => String::new(),
        n => {
            format!(
                "\n_{} left out of {span} for length; the plan itself has them all._\n",
                format_count(n, what)
            )
        }
    }
}

fn render_permissions(page: &mut BoundedPage, todo: &[&ResourceChange]) {
    let having: Vec<_> = todo.iter().filter(|change| !change.statements.is_empty()).collect();
    if having.is_empty() {
        return;
    }
    page.push_text("#### Permissions\n\n| | policy | statement |\n|---|---|---|\n");
    let shown = having
        .iter()
        .take_while(|change| page.push_if_fits(&render_statement_rows(change), PERMISSIONS))
        .count();
    page.push_text(&left_out_note(having.len() - shown, "resource", "this table"));
    page.push_text("\n");
}

fn render_statement_rows(change: &ResourceChange) -> String {
    let mut out = String::new();
    for statement in &change.statements {
        let StatementChange { policy, sid, before, after, widens } = statement;
        let wide = if *widens { " ⚠️" } else { "" };
        let at = format!("{} {}", code_span(&change.address), code_span(&format!("{policy}/{sid}")));
        for (sign, side) in [("➖", before), ("➕", after)] {
            if let Some(side) = side {
                let wide = if sign == "➕" || after.is_none() { wide } else { "" };
                let _ = writeln!(
                    out,
                    "| {sign}{wide} | {at} | {} |",
                    code_span(&clip_text(&statement_sentence(side), 1_500))
                );
            }
        }
    }
    out
}

/// Renders a policy statement in one line: effect, principal, actions, resources, condition.
fn statement_sentence(statement: &Value) -> String {
    let text = |key: &str| statement.get(key).map(join_values);
    let mut words = vec![text("Effect").unwrap_or_default()];
    for (key, lead) in [
        ("Principal", ""),
        ("NotPrincipal", "all but "),
        ("Action", ""),
        ("NotAction", "all but "),
        ("Resource", "on "),
        ("NotResource", "on all but "),
        ("Condition", "if "),
    ] {
        words.extend(text(key).map(|value| format!("{lead}{value}")));
    }
    words.join(" ")
}

fn join_values(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(join_values).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn render_details(page: &mut BoundedPage, todo: &[&ResourceChange]) {
    page.push_text("#### Details\n\n");
    // A long detail must not keep out the short ones that follow it.
    let shown = todo.iter().filter(|change| page.push_if_fits(&render_detail(change), 100)).count();
    page.push_text(&left_out_note(todo.len() - shown, "resource", "the details"));
}

fn render_footer(plan: &PlanDocument) -> String {
    let mut out = String::new();
    for kept in plan.kept.iter().take(20) {
        let _ = writeln!(
            out,
            "- {} stays: {}",
            code_span(&format!("{}/{}", kept.kind, clip_text(&kept.id, 200))),
            plain_text(&kept.why)
        );
    }
    if plan.kept.len() > 20 {
        let _ = writeln!(out, "- … and {} more stay", plan.kept.len() - 20);
    }
    let _ = write!(
        out,
        "\n<sub>copilot-infra {} · {} · plan {}</sub>\n",
        plain_text(&plan.tool_version),
        plain_text(&plan.created),
        code_span(plan.digests.plan.get(..19).unwrap_or_default())
    );
    out
}
