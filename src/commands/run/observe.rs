//! Reports the progress of a run: to the terminal on stderr, and as events on stdout where a program reads them.
use std::{
    io::Stdout,
    time::{Duration, Instant},
};

use crate::{
    aws::Aws,
    commands::session::Session,
    diagnostic::SourceFile,
    engine::{Observer, Report, StepEvent, Task},
    plan_document,
    ui::Ui,
    view::{events::EventStream, progress::Progress},
};

/// Emits the first event, with stack, account and region, if a program reads events on stdout.
pub(in crate::commands) fn emit_first_event(session: &Session<'_>) {
    if let Some(events) = &session.ui().events {
        let Aws { account, region, .. } = &session.aws;
        let stack = session.loaded.spec.stack.value.clone();
        events.emit_version(Some(stack), Some(account.clone()), Some(region.clone()));
    }
}

/// Emits the summary of a run that has nothing to change.
pub(in crate::commands) fn emit_empty_summary(ui: &Ui) {
    if let Some(events) = &ui.events {
        events.emit_summary(&[], Duration::ZERO, |_| None);
    }
}

/// Reports the progress of a run to stderr, and as events to stdout where a program reads them.
pub(in crate::commands) struct RunObserver<'a> {
    pub(super) progress: Progress,
    events: Option<&'a EventStream<Stdout>>,
    /// The next step after a run that stopped part-way.
    pub(in crate::commands) again: String,
}

const AGAIN: &str = "The same command again carries on from here.";

impl<'a> RunObserver<'a> {
    /// Starts to observe. On a terminal the tree is drawn from now on, so every question must have been asked.
    pub(in crate::commands) fn new(ui: &'a Ui, tasks: Vec<Task>) -> Self {
        let progress = Progress::new(ui.is_live(), ui.is_quiet(), ui.err, tasks);
        Self { progress, events: ui.events.as_ref(), again: AGAIN.to_owned() }
    }

    /// Runs `run`, with recurring events about the resources still in progress.
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

    /// Reports how the run ended.
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
