//! The steps of a smoke test, rendered for people and for programs.
use super::{Style, report::format_duration};
use crate::smoke::{CheckOutcome, SmokeCheck, has_failed};

/// Renders one step in a line, and the next step after a failure in another.
#[must_use]
pub fn render_step(step: &SmokeCheck, style: Style) -> String {
    let (sign, detail) = match &step.outcome {
        CheckOutcome::Passed(detail) => (style.green("✓"), detail),
        CheckOutcome::Skipped(why) => (style.yellow("-"), why),
        CheckOutcome::Failed(why) => (style.red("✗"), why),
    };
    let hint = step.hint.map(|hint| format!("{} {hint}\n", style.bold("hint:"))).unwrap_or_default();
    format!("{sign} {:<18} {:>6}  {}\n{hint}", step.name, format_duration(step.took), style.dim(detail))
}

/// Returns all steps, and whether the smoke test passed, as JSON.
#[must_use]
pub fn steps_json(steps: &[SmokeCheck]) -> String {
    format!("{:#}\n", serde_json::json!({ "passed": !has_failed(steps), "steps": steps }))
}
