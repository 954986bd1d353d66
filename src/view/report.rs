//! How a run ended, for people.
use std::{fmt::Write, time::Duration};

use super::{Style, trouble};
use crate::{
    diagnostic::SourceFile,
    engine::{Outcome, Report, Step, Verb},
    untrusted::untrusted,
};

/// A duration as people say it: `0.4s`, `12s`, `3m05s`.
#[must_use]
pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        whole @ 10..60 => format!("{whole}s"),
        whole => format!("{}m{:02}s", whole / 60, whole % 60),
    }
}

/// One line for a run that did everything.
#[must_use]
pub fn complete(report: &Report, took: Duration) -> String {
    let count = |verb: Verb| report.steps.iter().filter(|(step, _)| step.action.verb() == Some(verb)).count();
    let counts: Vec<_> = Verb::ALL
        .into_iter()
        .filter(|verb| count(*verb) > 0)
        .map(|verb| format!("{} {}", count(verb), verb.done()))
        .collect();
    format!("Done in {}: {}.", seconds(took), counts.join(", "))
}

/// What was done and what was not, after a run that stopped part-way; then each failure at its line of the spec.
#[must_use]
pub fn partial(report: &Report, source: &SourceFile, style: Style) -> String {
    let mut out = String::new();
    section(&mut out, "done", report, |step, outcome| {
        matches!(outcome, Outcome::Done(_)).then(|| {
            let verb = step.action.verb().map_or("kept", Verb::done);
            format!("{} {} {verb}", style.green("✓"), step.address)
        })
    });
    section(&mut out, "not done", report, |step, outcome| match outcome {
        Outcome::Done(_) => None,
        Outcome::Failed(error) => Some(format!("{} {}", style.red("✗"), trouble::briefly(step, error))),
        Outcome::Skipped(why) => {
            Some(format!("{} {} not tried: {}", style.yellow("-"), step.address, untrusted(why)))
        }
    });
    let failures = trouble::run(report, source, style);
    if !failures.is_empty() {
        let _ = writeln!(out, "\n{failures}\n");
    }
    out
}

fn section(out: &mut String, title: &str, report: &Report, line: impl Fn(&Step, &Outcome) -> Option<String>) {
    let lines: Vec<_> = report.steps.iter().filter_map(|(step, outcome)| line(step, outcome)).collect();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "{title}:");
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
}
