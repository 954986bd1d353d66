//! The result of a run, rendered for people.
use std::time::Duration;

use super::{Page, Style};
use crate::{
    aws::Error,
    diagnostic::{SourceFile, render::text},
    engine::{Outcome, Report, Step, Verb},
    plan_document::risk::remains,
};

/// Formats a duration for people: `0.4s`, `12s`, `3m05s`.
#[must_use]
pub fn format_duration(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        whole @ 10..60 => format!("{whole}s"),
        whole => format!("{}m{:02}s", whole / 60, whole % 60),
    }
}

/// Renders one line about a run that did everything.
#[must_use]
pub fn complete_summary(report: &Report, took: Duration) -> String {
    let count = |verb: Verb| report.steps.iter().filter(|(step, _)| step.action.verb() == Some(verb)).count();
    let counts: Vec<_> = Verb::ALL
        .into_iter()
        .filter(|verb| count(*verb) > 0)
        .map(|verb| format!("{} {}", count(verb), verb.past_participle()))
        .collect();
    format!("Done in {}: {}.", format_duration(took), counts.join(", "))
}

/// Returns what AWS keeps of everything that was deleted or replaced, line by line.
#[must_use]
pub fn remains_of(report: &Report) -> Vec<String> {
    let done = report.steps.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Done(_)));
    done.filter_map(|(step, _)| Some(format!("{}: {}", step.address, remains(step)?))).collect()
}

/// Renders what was done and what was not after a run that stopped part-way, then each failure at its line of the spec.
#[must_use]
pub fn partial_report(report: &Report, source: &SourceFile, style: Style) -> Page {
    let mut page = Page::new(style);
    write_section(&mut page, "done", report, |step, outcome| {
        matches!(outcome, Outcome::Done(_)).then(|| {
            let verb = step.action.verb().map_or("kept", Verb::past_participle);
            format!("{} {} {verb}", style.green("✓"), step.address)
        })
    });
    write_section(&mut page, "not done", report, |step, outcome| match outcome {
        Outcome::Done(_) => None,
        Outcome::Failed(error) => Some(format!("{} {}", style.red("✗"), briefly(step, error))),
        Outcome::Skipped(why) => Some(format!("{} {} not tried: {}", style.yellow("-"), step.address, why)),
    });
    let failures = text::draw(Some(source), &report.diagnostics(), style);
    if !failures.is_empty() {
        page.blank();
        page.append(&failures);
        page.blank();
    }
    if report.lost_credentials() {
        page.line(SESSION_ENDED);
    }
    page
}

/// What follows from credentials that ran out during the run.
const SESSION_ENDED: &str =
    "Your session ended: what AWS has begun goes on without it. Sign in and run the same command again.";

/// Summarizes the failure of one step in a few words, for a list.
fn briefly(step: &Step, error: &Error) -> String {
    let why = match error {
        Error::Service { code, .. } => code.clone(),
        _ if error.is_interrupt() => error.to_string(),
        _ => "failed".to_owned(),
    };
    format!("{}: {why}", step.address)
}

fn write_section(
    page: &mut Page,
    title: &str,
    report: &Report,
    line: impl Fn(&Step, &Outcome) -> Option<String>,
) {
    let lines: Vec<_> = report.steps.iter().filter_map(|(step, outcome)| line(step, outcome)).collect();
    if lines.is_empty() {
        return;
    }
    page.line(format!("{title}:"));
    for line in lines {
        page.line(format!("  {line}"));
    }
}
