//! The execution of a plan.
use std::time::Instant;

use super::{lease::LeaseGuard, observe::RunObserver, supervise::supervise};
use crate::{
    commands::{partial, session::Session, unchanged},
    diagnostic::{Failure, render::github},
    engine::{self, ExecutablePlan, Report},
    ui::Ui,
    view::report,
};

/// Executes a plan and reports how it went.
pub(in crate::commands) async fn execute(
    session: &Session<'_>,
    work: ExecutablePlan,
    watch: &RunObserver<'_>,
    held: Option<&LeaseGuard<'_>>,
) -> Result<Report, Failure> {
    let (ui, cx, source) = (session.ui(), session.cx(), &session.loaded.source);
    let began = Instant::now();
    let run = watch.over(engine::apply_plan(work, &cx, session.invocation.global.parallel, watch));
    let Some(report) = supervise(ui, run, &watch.progress, held).await else {
        return Err(aborted_failure(ui, watch));
    };
    watch.end(&report, began, source);
    let remains = report::remains_of(&report);
    if report.is_complete() {
        ui.print_status(&report::complete_summary(&report, began.elapsed()));
        for line in &remains {
            ui.print_status(line);
        }
        return Ok(report);
    }
    ui.print_error_page(&report::partial_report(&report, source, ui.err));
    for line in &remains {
        ui.print_error(line);
    }
    ui.print_github_annotations(&github::annotations(Some(source), &report.diagnostics()));
    ui.print_error(&watch.again);
    match ui.signal() {
        Some(code) => Err(Failure::signal(code)),
        None if cx.run.has_written() || report.only_waits() => Err(partial()),
        None => Err(unchanged()),
    }
}

/// Returns the failure after the second stop signal, and prints which operations may be half done.
fn aborted_failure(ui: &Ui, watch: &RunObserver<'_>) -> Failure {
    let flying = watch.progress.in_flight();
    ui.print_error("ended at once; in flight were:");
    for line in &flying {
        ui.print_error(&format!("  {line}"));
    }
    ui.print_error(&watch.again);
    ui.interrupted()
}
