//! What is going on, while it goes on: bars on a terminal, one line for each event elsewhere.
use super::Style;
use crate::{
    engine::{Event, Observer, Verb},
    view::report::seconds,
};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Draws events on stderr.
pub struct Progress {
    style: Style,
    quiet: bool,
    bars: Option<MultiProgress>,
    running: Mutex<BTreeMap<String, Running>>,
}

struct Running {
    verb: Verb,
    bar: Option<ProgressBar>,
    waits_for: Option<String>,
}

/// How often a bar moves.
const TICK: Duration = Duration::from_millis(120);

impl Progress {
    /// Draws bars if `live`, else lines; failures alone if `quiet`.
    #[must_use]
    pub fn new(live: bool, quiet: bool, style: Style) -> Self {
        Self { style, quiet, bars: live.then(MultiProgress::new), running: Mutex::default() }
    }

    /// What is being worked on now, and what each waits for.
    #[must_use]
    pub fn in_flight(&self) -> Vec<String> {
        let running = self.running();
        let line = |(address, one): (&String, &Running)| match &one.waits_for {
            Some(what) => format!("{} {address}, waiting for {what}", doing(one.verb)),
            None => format!("{} {address}", doing(one.verb)),
        };
        running.iter().map(line).collect()
    }

    /// Says something that is not about one resource, whatever else is drawn.
    pub fn notice(&self, text: &str) {
        self.line(&format!("{} {text}", self.style.yellow("!")));
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, text: &str) {
        match &self.bars {
            Some(bars) => drop(bars.println(text)),
            // With stderr gone there is nobody left to tell.
            None => drop(writeln!(std::io::stderr().lock(), "{text}")),
        }
    }

    fn start(&self, address: &str, verb: Verb) {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {wide_msg} {elapsed:.dim}") {
                bar.set_style(style);
            }
            bar.set_message(format!("{} {address}", doing(verb)));
            bar.enable_steady_tick(TICK);
            bar
        });
        if bar.is_none() && !self.quiet {
            self.line(&format!("{} {address}", doing(verb)));
        }
        self.running().insert(address.to_owned(), Running { verb, bar, waits_for: None });
    }

    fn wait(&self, address: &str, what: &str) {
        let mut running = self.running();
        let Some(one) = running.get_mut(address) else { return };
        if one.waits_for.as_deref() == Some(what) {
            return;
        }
        one.waits_for = Some(what.to_owned());
        let text = format!("{} {address}: waiting for {what}", doing(one.verb));
        match &one.bar {
            Some(bar) => bar.set_message(text),
            None if !self.quiet => self.line(&text),
            None => {}
        }
    }

    fn end(&self, address: &str, text: &str, always: bool) {
        if let Some(Running { bar: Some(bar), .. }) = self.running().remove(address) {
            bar.finish_and_clear();
        }
        if always || !self.quiet {
            self.line(text);
        }
    }
}

impl Observer for Progress {
    fn on(&self, event: &Event<'_>) {
        let style = self.style;
        match event {
            Event::Started { address, verb } => self.start(address, *verb),
            Event::Waiting { address, what } => self.wait(address, what),
            Event::Done { address, verb, took } => {
                let text = format!("{} {} {address} ({})", style.green("✓"), done(*verb), seconds(*took));
                self.end(address, &text, false);
            }
            Event::Failed { address, error, .. } if error.is_interrupt() => {
                self.end(address, &format!("{} {address}: {error}", style.yellow("!")), true);
            }
            Event::Failed { address, verb, error } => {
                let text = format!("{} {} {address} failed: {error}", style.red("✗"), doing(*verb));
                self.end(address, &text, true);
            }
            Event::Skipped { address, why, .. } => {
                self.end(address, &format!("{} {address} not tried: {why}", style.yellow("-")), false);
            }
        }
    }
}

/// A verb while it is carried out.
#[must_use]
pub fn doing(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "creating",
        Verb::Update => "updating",
        Verb::Replace => "replacing",
        Verb::Delete => "deleting",
    }
}

/// A verb once it is carried out.
#[must_use]
pub fn done(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "created",
        Verb::Update => "updated",
        Verb::Replace => "replaced",
        Verb::Delete => "deleted",
    }
}
