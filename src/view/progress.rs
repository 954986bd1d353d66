//! The progress of a run while it goes on: a tree on a terminal, one line for each event elsewhere.
use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::{Page, Style, tree::ProgressTree};
use crate::{
    aws::Error,
    engine::{Observer, StepEvent, Task, Verb},
    view::report::format_duration,
};

/// Draws events on stderr.
pub struct Progress {
    style: Style,
    quiet: bool,
    screen: Option<LiveScreen>,
    running: Mutex<BTreeMap<String, RunningTask>>,
}

struct RunningTask {
    verb: Verb,
    waits_for: Option<String>,
}

/// The tree on a terminal, redrawn with every tick.
struct LiveScreen {
    bar: ProgressBar,
    tree: Arc<Mutex<ProgressTree>>,
}

/// Interval between two redraws of the tree.
const TICK: Duration = Duration::from_millis(120);
/// Columns and lines of a terminal that does not report its size.
const SIZE: (usize, usize) = (80, 24);

impl Progress {
    /// Draws a tree of `tasks` if `live`, else prints lines; only failures if `quiet`.
    #[must_use]
    pub fn new(live: bool, quiet: bool, style: Style, tasks: Vec<Task>) -> Self {
        let screen = live.then(|| LiveScreen::new(ProgressTree::new(tasks, Instant::now())));
        Self { style, quiet, screen, running: Mutex::default() }
    }

    /// Returns the resources in progress, and what each of them waits for.
    #[must_use]
    pub fn in_flight(&self) -> Vec<String> {
        let running = lock_mutex(&self.running);
        let line = |(address, one): (&String, &RunningTask)| match &one.waits_for {
            Some(what) => format!("{} {address}, waiting for {what}", one.verb.present_participle()),
            None => format!("{} {address}", one.verb.present_participle()),
        };
        running.iter().map(line).collect()
    }

    /// Prints a message that is not about one resource, whatever else is drawn.
    pub fn print_notice(&self, text: &str) {
        self.print_line(&format!("{} {text}", self.style.yellow("!")));
    }

    /// Removes the tree from the screen.
    pub fn finish(&self) {
        if let Some(screen) = &self.screen {
            screen.bar.finish_and_clear();
        }
    }

    fn print_line(&self, text: &str) {
        match &self.screen {
            Some(screen) if !screen.bar.is_finished() => {
                screen.bar.println(Page::of_line(self.style, text).as_str().trim_end());
            }
            // With stderr closed there is nobody left to report to.
            _ => drop(write!(std::io::stderr().lock(), "{}", Page::of_line(self.style, text))),
        }
    }

    fn update_tree(&self, change: impl FnOnce(&mut ProgressTree)) {
        if let Some(screen) = &self.screen {
            change(&mut lock_mutex(&screen.tree));
            screen.bar.tick();
        }
    }

    fn start_task(&self, address: &str, verb: Verb) {
        lock_mutex(&self.running).insert(address.to_owned(), RunningTask { verb, waits_for: None });
        self.update_tree(|tree| tree.start_task(address, Instant::now()));
        if self.screen.is_none() && !self.quiet {
            self.print_line(&format!("{} {address}", verb.present_participle()));
        }
    }

    fn note_wait(&self, address: &str, what: &str) {
        let verb = {
            let mut running = lock_mutex(&self.running);
            let Some(one) = running.get_mut(address) else { return };
            if one.waits_for.as_deref() == Some(what) {
                return;
            }
            one.waits_for = Some(what.to_owned());
            one.verb
        };
        self.update_tree(|tree| tree.note_wait(address, what));
        if self.screen.is_none() && !self.quiet {
            self.print_line(&format!("{} {address}: waiting for {what}", verb.present_participle()));
        }
    }

    fn end_task(&self, address: &str, took: Option<Duration>, text: &str, always: bool) {
        lock_mutex(&self.running).remove(address);
        self.update_tree(|tree| tree.end_task(address, took));
        if always || !self.quiet {
            self.print_line(text);
        }
    }
}

impl LiveScreen {
    fn new(tree: ProgressTree) -> Self {
        let tree = Arc::new(Mutex::new(tree));
        let bar = ProgressBar::new_spinner();
        let drawn = Arc::clone(&tree);
        let draw = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            let (columns, rows) = terminal_size();
            // The spinner and a space come before the first line. The last column stays free, because some terminals
            // break the line there.
            let lines = lock_mutex(&drawn).render_lines(
                Instant::now(),
                columns.saturating_sub(3),
                rows.saturating_sub(3),
            );
            let _ = out.write_str(&lines.join("\n")); // it writes to memory
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {tree}") {
            bar.set_style(style.with_key("tree", draw));
        }
        bar.enable_steady_tick(TICK);
        Self { bar, tree }
    }
}

/// Returns the columns and lines to draw in: those of `COLUMNS`, else those of the terminal.
#[expect(clippy::disallowed_methods, reason = "the width may change while the tree is drawn")]
fn terminal_size() -> (usize, usize) {
    let terminal = terminal_size::terminal_size_of(std::io::stderr());
    let (columns, rows) = terminal.map_or(SIZE, |(columns, rows)| (columns.0.into(), rows.0.into()));
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    // More columns than the terminal has would break the lines.
    (told.filter(|told| (20..=columns).contains(told)).unwrap_or(columns), rows)
}

fn lock_mutex<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Observer for Progress {
    fn on(&self, event: &StepEvent<'_>) {
        let style = self.style;
        match event {
            StepEvent::Started { address, verb } => self.start_task(address, *verb),
            StepEvent::Waiting { address, what } => self.note_wait(address, what),
            StepEvent::Done { address, verb, took } => {
                let text = format!(
                    "{} {} {address} ({})",
                    style.green("✓"),
                    verb.past_participle(),
                    format_duration(*took)
                );
                self.end_task(address, Some(*took), &text, false);
            }
            StepEvent::Failed { address, verb, error } => {
                self.end_task(address, None, &draw_failure(address, *verb, error, style), true);
            }
            StepEvent::Skipped { address, why, .. } => {
                let text = format!("{} {address} not tried: {why}", style.yellow("-"));
                self.end_task(address, None, &text, false);
            }
        }
    }
}

/// Formats the failure of one resource in one line; an operation that an interrupt aborted is no failure.
fn draw_failure(address: &str, verb: Verb, error: &Error, style: Style) -> String {
    if error.is_interrupt() {
        return format!("{} {address}: {error}", style.yellow("!"));
    }
    format!("{} {} {address} failed: {error}", style.red("✗"), verb.present_participle())
}
