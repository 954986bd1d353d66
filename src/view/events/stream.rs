//! Writes the events of a run to a stream.
use std::{
    collections::BTreeMap,
    convert::Infallible,
    io::Write,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use super::{ApplyEvent, EventLine, VERSION};
use crate::{
    diagnostic::{Failure, untrusted::untrusted_json},
    engine::{Observer, Outcome, Step, StepEvent as ObservedEvent, Verb},
    plan_document::SourcePosition,
    time::timestamp,
    view::outputs::OutputValues,
};

/// Interval between two events about a resource that is in progress.
const BEAT: Duration = Duration::from_secs(10);

struct RunningStep {
    action: Verb,
    since: Instant,
    waiting_for: Option<String>,
}

/// Writes events to a stream.
pub struct EventStream<W> {
    out: Mutex<W>,
    begun: AtomicBool,
    running: Mutex<BTreeMap<String, RunningStep>>,
}

impl<W: Write> EventStream<W> {
    /// Writes to `out`, one line for each event.
    pub fn new(out: W) -> Self {
        Self { out: Mutex::new(out), begun: AtomicBool::new(false), running: Mutex::default() }
    }

    /// Returns what was written to.
    #[cfg(test)]
    pub(in crate::view) fn into_inner(self) -> W {
        self.out.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Emits the version, and stack, account and region once they are known; only the first call does anything.
    pub fn emit_version(&self, stack: Option<String>, account: Option<String>, region: Option<String>) {
        if !self.begun.swap(true, Ordering::SeqCst) {
            self.emit(ApplyEvent::Version {
                format_version: VERSION.to_owned(),
                tool_version: env!("CARGO_PKG_VERSION").to_owned(),
                stack,
                account,
                region,
            });
        }
    }

    /// Emits the failure of the run.
    pub fn emit_failure(&self, failure: &Failure) {
        self.emit_version(None, None, None);
        self.emit(failure.into());
    }

    /// Writes one event. A reader that has closed the stream does not stop a run.
    pub fn emit(&self, event: ApplyEvent) {
        let line = EventLine { time: timestamp(SystemTime::now()), event };
        if let Ok(text) = serde_json::to_string(&line) {
            let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(out, "{}", untrusted_json(&text)).and_then(|()| out.flush());
        }
    }

    /// Emits recurring events about the resources in progress, until it is dropped.
    #[expect(clippy::disallowed_methods, reason = "it ends with the run that it tells of")]
    pub async fn emit_progress_forever(&self) -> Infallible {
        loop {
            tokio::time::sleep(BEAT).await;
            self.emit_progress();
        }
    }

    fn emit_progress(&self) {
        let lines: Vec<ApplyEvent> =
            self.lock_running().iter().map(|(address, one)| one.progress_event(address)).collect();
        for event in lines {
            self.emit(event);
        }
    }

    /// Emits the summary of the run, given the result of each step.
    pub fn emit_summary(
        &self,
        steps: &[(Step, Outcome)],
        took: Duration,
        place: impl Fn(&str) -> Option<SourcePosition>,
    ) {
        let count = |is: fn(&Outcome) -> bool| steps.iter().filter(|(_, outcome)| is(outcome)).count();
        let failed = steps.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        let places = failed.filter_map(|(step, _)| Some((step.address.clone(), place(&step.address)?)));
        self.emit(ApplyEvent::Summary {
            complete: steps.iter().all(|(_, outcome)| matches!(outcome, Outcome::Done(_))),
            done: count(|outcome| matches!(outcome, Outcome::Done(_))),
            failed: count(|outcome| matches!(outcome, Outcome::Failed(_))),
            skipped: count(|outcome| matches!(outcome, Outcome::Skipped(_))),
            elapsed_seconds: took.as_secs_f64(),
            places: places.collect(),
        });
    }

    /// Emits the outputs.
    pub fn emit_outputs(&self, outputs: &OutputValues) {
        self.emit(ApplyEvent::Outputs { values: outputs.iter().cloned().collect() });
    }

    fn lock_running(&self) -> MutexGuard<'_, BTreeMap<String, RunningStep>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunningStep {
    fn progress_event(&self, address: &str) -> ApplyEvent {
        ApplyEvent::Progress {
            address: address.to_owned(),
            action: self.action,
            elapsed_seconds: self.since.elapsed().as_secs_f64(),
            waiting_for: self.waiting_for.clone(),
        }
    }
}

impl<W: Write + Send> Observer for EventStream<W> {
    fn on(&self, event: &ObservedEvent<'_>) {
        let address = |address: &str| address.to_owned();
        let event = match event {
            ObservedEvent::Started { address: at, verb } => {
                let one = RunningStep { action: *verb, since: Instant::now(), waiting_for: None };
                self.lock_running().insert(address(at), one);
                ApplyEvent::Started { address: address(at), action: *verb }
            }
            ObservedEvent::Waiting { address: at, what } => {
                let mut running = self.lock_running();
                let Some(one) = running.get_mut(*at) else { return };
                if one.waiting_for.as_deref() == Some(*what) {
                    return;
                }
                one.waiting_for = Some((*what).to_owned());
                ApplyEvent::Waiting { address: address(at), waiting_for: (*what).to_owned() }
            }
            ObservedEvent::Done { address: at, verb, took } => {
                self.lock_running().remove(*at);
                let elapsed_seconds = took.as_secs_f64();
                ApplyEvent::Done { address: address(at), action: *verb, elapsed_seconds }
            }
            ObservedEvent::Failed { address: at, verb, error } => {
                self.lock_running().remove(*at);
                ApplyEvent::Failed {
                    address: address(at),
                    action: *verb,
                    error: (&error.diagnostic()).into(),
                }
            }
            ObservedEvent::Skipped { address: at, verb, why } => {
                ApplyEvent::Skipped { address: address(at), action: *verb, reason: (*why).to_owned() }
            }
        };
        self.emit(event);
    }
}
