//! The findings of `doctor`, rendered for people and for programs.
use serde::Serialize;

use super::{Page, Style, format_count};
use crate::{
    diagnostic::{Category, Diagnostic},
    doctor::{Checked, FindingLevel},
};

/// A finding as JSON.
#[derive(Serialize)]
struct Finding<'a> {
    check: &'a str,
    level: FindingLevel,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
}

impl<'a> Finding<'a> {
    fn of(level: FindingLevel, one: &'a Diagnostic) -> Self {
        Self { check: check(one), level, message: &one.message, remedy: one.hint.as_deref() }
    }
}

/// Returns the name of the check that a diagnostic belongs to.
fn check(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.category {
        Category::Check(name) => name,
        _ => "",
    }
}

/// Renders one line for each finding, with the remedy below it.
#[must_use]
pub fn render_findings(found: &[Checked], style: Style) -> Page {
    let mut page = Page::new(style);
    for (level, diagnostic) in found {
        let (check, message) = (check(diagnostic), &diagnostic.message);
        let sign = match level {
            FindingLevel::Fine => style.green("✓"),
            FindingLevel::Unknown => style.yellow("?"),
            FindingLevel::Warning => style.yellow("!"),
            FindingLevel::Problem => style.red("✗"),
        };
        page.line(format!("{sign} {check:<13} {message}"));
        if let Some(remedy) = &diagnostic.hint {
            page.line(format!("  {:<13} {} {remedy}", "", style.bold("hint:")));
        }
    }
    let count = |level: FindingLevel| found.iter().filter(|(one, _)| *one == level).count();
    let problems = format_count(count(FindingLevel::Problem), "problem");
    let warnings = format_count(count(FindingLevel::Warning), "warning");
    page.line(format!("{problems}, {warnings}, {} could not be looked at", count(FindingLevel::Unknown)));
    page
}

/// Returns all findings as JSON.
#[must_use]
pub fn findings_json(found: &[Checked]) -> String {
    let findings: Vec<_> = found.iter().map(|(level, one)| Finding::of(*level, one)).collect();
    format!("{:#}\n", serde_json::json!({ "findings": findings }))
}
