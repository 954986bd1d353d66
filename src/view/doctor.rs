//! What `doctor` found, for people and for programs.
use std::fmt::Write;

use super::{Style, counted};
use crate::doctor::{Finding, Level};

/// One line for each finding, the remedy under it.
#[must_use]
pub fn text(found: &[Finding], style: Style) -> String {
    let mut out = String::new();
    for Finding { check, level, message, remedy } in found {
        let sign = match level {
            Level::Fine => style.green("✓"),
            Level::Unknown => style.yellow("?"),
            Level::Warning => style.yellow("!"),
            Level::Problem => style.red("✗"),
        };
        let _ = writeln!(out, "{sign} {check:<13} {message}");
        if let Some(remedy) = remedy {
            let _ = writeln!(out, "  {:<13} {} {remedy}", "", style.bold("hint:"));
        }
    }
    let count = |level: Level| found.iter().filter(|one| one.level == level).count();
    let problems = counted(count(Level::Problem), "problem");
    let warnings = counted(count(Level::Warning), "warning");
    let _ = writeln!(out, "{problems}, {warnings}, {} could not be looked at", count(Level::Unknown));
    out
}

/// All findings.
#[must_use]
pub fn json(found: &[Finding]) -> String {
    format!("{:#}\n", serde_json::json!({ "findings": found }))
}
