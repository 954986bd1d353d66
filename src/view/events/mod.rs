//! What happens while a plan is carried out, as JSON, one event on each line of stdout.
use super::{model::Position, outputs::Outputs};
use crate::{
    aws::Error,
    engine::{Event as Seen, Observer, Outcome, Report, Verb},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    convert::Infallible,
    io::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Version of the format: the first number changes when a reader must change too.
pub const VERSION: &str = "1.0";
/// How often a resource that is worked on is told of again.
const BEAT: Duration = Duration::from_secs(10);

/// One line.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Line {
    /// When, in UTC after RFC 3339.
    pub time: String,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What is being done to a resource.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Made.
    Create,
    /// Changed in place.
    Update,
    /// Removed and made anew.
    Replace,
    /// Removed.
    Delete,
}

impl From<Verb> for Action {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Create => Self::Create,
            Verb::Update => Self::Update,
            Verb::Replace => Self::Replace,
            Verb::Delete => Self::Delete,
        }
    }
}

/// An event of `apply` or `destroy`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Always the first line.
    Version {
        /// Version of this format, such as `1.0`; readers refuse another first number.
        format_version: String,
        /// Version of the tool.
        tool_version: String,
        /// Name of the stack.
        stack: String,
        /// Account.
        account: String,
        /// Region.
        region: String,
    },
    /// Work on a resource began.
    Started {
        /// Resource.
        address: String,
        /// What is done to it.
        action: Action,
    },
    /// It waits for something of AWS.
    Waiting {
        /// Resource.
        address: String,
        /// For what.
        waiting_for: String,
    },
    /// It is still being worked on; every ten seconds.
    Progress {
        /// Resource.
        address: String,
        /// What is done to it.
        action: Action,
        /// For how long, in seconds.
        elapsed_seconds: f64,
        /// What it waits for, if it does.
        waiting_for: Option<String>,
    },
    /// It is as planned.
    Done {
        /// Resource.
        address: String,
        /// What was done to it.
        action: Action,
        /// How long it took, in seconds.
        elapsed_seconds: f64,
    },
    /// It failed, or was broken off.
    Failed {
        /// Resource.
        address: String,
        /// What was to be done to it.
        action: Action,
        /// Why.
        error: Problem,
    },
    /// It was not tried.
    Skipped {
        /// Resource.
        address: String,
        /// What was to be done to it.
        action: Action,
        /// Why not.
        reason: String,
    },
    /// How it all ended; comes once, after everything above.
    Summary {
        /// Whether everything planned was done.
        complete: bool,
        /// Steps that were done.
        done: usize,
        /// Steps that failed.
        failed: usize,
        /// Steps that were not tried.
        skipped: usize,
        /// How long it took, in seconds.
        elapsed_seconds: f64,
        /// Places in the spec of what failed, by address.
        places: BTreeMap<String, Position>,
    },
    /// The outputs; comes last, after a run that did everything.
    Outputs {
        /// Values by name.
        values: BTreeMap<String, String>,
    },
}

/// Why a step failed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// In words.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// AWS's operation, such as `dynamodb:CreateTable`, if AWS refused it.
    pub operation: Option<String>,
    /// AWS's error code.
    pub code: Option<String>,
    /// AWS's id of the request.
    pub request_id: Option<String>,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let (operation, code, request_id) = match error {
            Error::Service { operation, code, request_id, .. } => {
                (Some((*operation).to_owned()), Some(code.clone()), request_id.clone())
            }
            _ => (None, None, None),
        };
        Self { message: error.to_string(), hint: error.hint(), operation, code, request_id }
    }
}

struct Running {
    action: Action,
    since: Instant,
    waiting_for: Option<String>,
}

/// Writes events to a stream.
pub struct Events<W> {
    out: Mutex<W>,
    running: Mutex<BTreeMap<String, Running>>,
}

impl<W: Write> Events<W> {
    /// Writes to `out`, one line for each event.
    pub fn new(out: W) -> Self {
        Self { out: Mutex::new(out), running: Mutex::default() }
    }

    /// Writes one event. A reader that has gone away does not stop a run.
    pub fn tell(&self, event: Event) {
        let line = Line { time: super::model::now(), event };
        if let Ok(text) = serde_json::to_string(&line) {
            let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(out, "{text}").and_then(|()| out.flush());
        }
    }

    /// Tells of what runs again and again, until it is dropped.
    pub async fn beat(&self) -> Infallible {
        loop {
            tokio::time::sleep(BEAT).await;
            self.progress();
        }
    }

    fn progress(&self) {
        let lines: Vec<Event> = self.running().iter().map(|(address, one)| one.event(address)).collect();
        for event in lines {
            self.tell(event);
        }
    }

    /// Tells how it all ended.
    pub fn summary(&self, report: &Report, took: Duration, place: impl Fn(&str) -> Option<Position>) {
        let count = |is: fn(&Outcome) -> bool| report.steps.iter().filter(|(_, outcome)| is(outcome)).count();
        let failed = report.steps.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        let places = failed.filter_map(|(step, _)| Some((step.address.clone(), place(&step.address)?)));
        self.tell(Event::Summary {
            complete: report.is_complete(),
            done: count(|outcome| matches!(outcome, Outcome::Done(_))),
            failed: count(|outcome| matches!(outcome, Outcome::Failed(_))),
            skipped: count(|outcome| matches!(outcome, Outcome::Skipped(_))),
            elapsed_seconds: took.as_secs_f64(),
            places: places.collect(),
        });
    }

    /// Tells the outputs.
    pub fn outputs(&self, outputs: &Outputs) {
        self.tell(Event::Outputs { values: outputs.iter().cloned().collect() });
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn event(&self, address: &str) -> Event {
        Event::Progress {
            address: address.to_owned(),
            action: self.action,
            elapsed_seconds: self.since.elapsed().as_secs_f64(),
            waiting_for: self.waiting_for.clone(),
        }
    }
}

impl<W: Write + Send> Observer for Events<W> {
    fn on(&self, event: &Seen<'_>) {
        let address = |address: &str| address.to_owned();
        let event = match event {
            Seen::Started { address: at, verb } => {
                let one = Running { action: (*verb).into(), since: Instant::now(), waiting_for: None };
                self.running().insert(address(at), one);
                Event::Started { address: address(at), action: (*verb).into() }
            }
            Seen::Waiting { address: at, what } => {
                let mut running = self.running();
                let Some(one) = running.get_mut(*at) else { return };
                if one.waiting_for.as_deref() == Some(*what) {
                    return;
                }
                one.waiting_for = Some((*what).to_owned());
                Event::Waiting { address: address(at), waiting_for: (*what).to_owned() }
            }
            Seen::Done { address: at, verb, took } => {
                self.running().remove(*at);
                let elapsed_seconds = took.as_secs_f64();
                Event::Done { address: address(at), action: (*verb).into(), elapsed_seconds }
            }
            Seen::Failed { address: at, verb, error } => {
                self.running().remove(*at);
                Event::Failed { address: address(at), action: (*verb).into(), error: (*error).into() }
            }
            Seen::Skipped { address: at, verb, why } => {
                Event::Skipped { address: address(at), action: (*verb).into(), reason: (*why).to_owned() }
            }
        };
        self.tell(event);
    }
}
