//! The steps of a smoke test, rendered for people and for programs.
use super::{Page, Style, report::format_duration};
use crate::smoke::{CheckOutcome, SmokeCheck, has_failed};

/// Renders one step in a line, and the next step after a failure in another.
#[must_use]
pub fn render_step(step: &SmokeCheck, style: Style) -> Page {
    let (sign, detail) = match &step.outcome {
        CheckOutcome::Passed(detail) => (style.green("✓"), detail),
        CheckOutcome::Skipped(why) => (style.yellow("-"), why),
        CheckOutcome::Failed(why) => (style.red("✗"), why),
    };
    let time = format_duration(step.took);
    let line = format!("{sign} {:<18} {time:>6}  {}", step.name, style.dim(detail));
    let mut page = Page::of_line(style, line);
    if let Some(hint) = step.hint {
        page.line(format!("{} {hint}", style.bold("hint:")));
    }
    page
}

/// Returns all steps, and whether the smoke test passed, as JSON.
#[must_use]
pub fn steps_json(steps: &[SmokeCheck]) -> String {
    format!("{:#}\n", serde_json::json!({ "passed": !has_failed(steps), "steps": steps }))
}
