//! Who is told what happens in a run: whoever reads stderr, and perhaps a program on stdout.
use std::{
    io::Stdout,
    time::{Duration, Instant},
};

use crate::{
    aws::Aws,
    commands::session::Session,
    diagnostic::SourceFile,
    engine::{Observer, Report, StepEvent, Task},
    ui::Ui,
    view::{events::EventStream, plan_document, progress::Progress},
};

/// Begins to tell a program on stdout, if one listens; the first event says who and where.
pub(in crate::commands) fn emit_first_event(session: &Session<'_>) {
    if let Some(events) = &session.ui().events {
        let Aws { account, region, .. } = &session.aws;
        let stack = session.loaded.spec.stack.value.clone();
        events.emit_version(Some(stack), Some(account.clone()), Some(region.clone()));
    }
}

/// Tells a program that all is as it should be already.
pub(in crate::commands) fn emit_empty_summary(ui: &Ui) {
    if let Some(events) = &ui.events {
        events.emit_summary(&[], Duration::ZERO, |_| None);
    }
}

/// Who is told what happens: whoever reads stderr, and perhaps a program on stdout.
pub(in crate::commands) struct RunObserver<'a> {
    pub(super) progress: Progress,
    events: Option<&'a EventStream<Stdout>>,
    /// What to do after a run that stopped part-way.
    pub(in crate::commands) again: String,
}

const AGAIN: &str = "The same command again carries on from here.";

impl<'a> RunObserver<'a> {
    /// Begins to watch. On a terminal the tree is drawn from now on, so every question must have been asked.
    pub(in crate::commands) fn new(ui: &'a Ui, tasks: Vec<Task>) -> Self {
        let progress = Progress::new(ui.is_live(), ui.is_quiet(), ui.err, tasks);
        Self { progress, events: ui.events.as_ref(), again: AGAIN.to_owned() }
    }

    /// Lets `run` go on, telling a program again and again what still runs.
    pub(super) async fn over(&self, run: impl Future<Output = Report>) -> Report {
        let beat = async {
            match self.events {
                Some(events) => events.emit_progress_forever().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            report = run => report,
            never = beat => match never {},
        }
    }

    /// Tells how it ended.
    pub(super) fn end(&self, report: &Report, began: Instant, source: &SourceFile) {
        let span = |address: &str| {
            let step = report.steps.iter().map(|(step, _)| step).find(|step| step.address == address)?;
            Some(plan_document::SourcePosition::of(source, step.span?))
        };
        if let Some(events) = self.events {
            events.emit_summary(&report.steps, began.elapsed(), span);
        }
    }
}

impl Observer for RunObserver<'_> {
    fn on(&self, event: &StepEvent<'_>) {
        self.progress.on(event);
        if let Some(events) = self.events {
            events.on(event);
        }
    }
}
