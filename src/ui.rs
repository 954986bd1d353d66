//! What a command may touch besides AWS: the terminal, and the signals that come from it.
use std::{
    io::{BufRead, IsTerminal, Stdout, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
};

use tokio::signal::unix::{SignalKind, signal};

use crate::{
    aws::{Interrupt, Trigger, Urgency, interrupt_pair},
    cli::GlobalArgs,
    diagnostic::{ExitCode, Failure},
    view::{Style, events::EventStream},
};

/// Which signal came first; none has yet.
const NONE: u8 = 0;
const INTERRUPTED: u8 = 1;
const TERMINATED: u8 = 2;

/// How much is told on stderr while a command works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verbosity {
    /// Failures alone.
    Quiet,
    /// A line for each thing that happens.
    Lines,
    /// What runs is drawn again and again, for the person who watches.
    Live,
}

/// The terminal of one run, and the wish to stop it.
pub struct Ui {
    verbosity: Verbosity,
    /// Whether somebody can be asked.
    pub is_interactive: bool,
    /// Whether GitHub Actions reads what is said, and shows errors at their lines.
    is_github: bool,
    /// Colours of results on stdout.
    pub out: Style,
    /// Colours of messages on stderr.
    pub err: Style,
    /// A program that reads on stdout, as events, what happens; none where stdout has a result for people.
    pub events: Option<EventStream<Stdout>>,
    /// The wish to stop.
    pub interrupt: Interrupt,
    has_stdout: AtomicBool,
    annotated: AtomicBool,
    trigger: Arc<Trigger>,
    code: Arc<AtomicU8>,
}

impl Ui {
    /// Finds out who reads and who can be asked; must be called within a runtime, since it starts to listen for signals.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is where the terminal is known from")]
    pub fn new(global: &GlobalArgs) -> Self {
        let (trigger, interrupt) = interrupt_pair();
        let code = Arc::new(AtomicU8::new(NONE));
        let trigger = Arc::new(trigger);
        listen_for_signals(Arc::clone(&trigger), &code);
        let (stdout, stderr) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let plain = global.no_color || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let ci = std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false");
        Self {
            verbosity: if global.quiet {
                Verbosity::Quiet
            } else if stderr && !ci && !dumb {
                Verbosity::Live
            } else {
                Verbosity::Lines
            },
            is_interactive: std::io::stdin().is_terminal() && stderr && !ci && !global.no_input,
            is_github: std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true"),
            out: Style(stdout && !plain && !dumb),
            err: Style(stderr && !plain && !dumb),
            events: None,
            interrupt,
            has_stdout: AtomicBool::new(false),
            annotated: AtomicBool::new(false),
            trigger,
            code,
        }
    }

    /// Whether only failures are told.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Whether a person watches stderr: what runs is drawn live instead of line by line.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.verbosity == Verbosity::Live
    }

    /// Whether a result stands on stdout.
    #[must_use]
    pub fn has_stdout(&self) -> bool {
        self.has_stdout.load(Ordering::Relaxed)
    }

    /// Asks to finish what runs and to start nothing new, as the first signal does; the next one ends at once.
    pub fn wind_down(&self) {
        if !self.interrupt.is_raised() {
            self.trigger.raise_urgency();
        }
    }

    /// Forgets a Ctrl-C that was meant for less than the whole run; false if it was no Ctrl-C that came.
    #[must_use]
    pub fn forget_interrupt(&self) -> bool {
        let forgiven =
            self.code.compare_exchange(INTERRUPTED, NONE, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if forgiven {
            self.trigger.reset();
        }
        forgiven
    }

    /// The exit code of the signal that came, if one did.
    #[must_use]
    pub fn signal(&self) -> Option<ExitCode> {
        match self.code.load(Ordering::SeqCst) {
            NONE => None,
            TERMINATED => Some(ExitCode::Terminated),
            _ => Some(ExitCode::Interrupted),
        }
    }

    /// Does what nothing is lost by breaking off, unless a signal comes before it is done.
    ///
    /// # Errors
    /// The signal.
    pub async fn or_interrupted<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            done = work => Ok(done),
            () = self.interrupt.wait_for_urgency(Urgency::Finish) => Err(self.interrupted()),
        }
    }

    /// The failure of what the signal broke off; Ctrl-C's if none came.
    #[must_use]
    pub fn interrupted(&self) -> Failure {
        Failure::signal(self.signal().unwrap_or(ExitCode::Interrupted))
    }

    /// Writes a result to stdout.
    ///
    /// A reader that has gone away is no failure of ours; a full disk is.
    ///
    /// # Errors
    /// What the system says.
    pub fn print_stdout(&self, text: &str) -> Result<(), Failure> {
        self.has_stdout.fetch_or(!text.is_empty(), Ordering::Relaxed);
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|error| Failure::failed(format!("cannot write the result: {error}"))),
        }
    }

    /// Writes a message to stderr, unless only failures are wanted.
    pub fn print_status(&self, text: &str) {
        if !self.is_quiet() {
            self.print_error(text);
        }
    }

    /// Writes a message to stderr in any case.
    pub fn print_error(&self, text: &str) {
        // With stderr gone there is nobody left to tell.
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Passes annotations to GitHub Actions, which reads them on stderr too.
    pub fn print_github_annotations(&self, annotations: &[String]) {
        if self.is_github {
            self.annotated.fetch_or(!annotations.is_empty(), Ordering::Relaxed);
            for one in annotations {
                self.print_error(one);
            }
        }
    }

    /// Whether GitHub Actions has been passed an annotation.
    #[must_use]
    pub fn has_annotated(&self) -> bool {
        self.annotated.load(Ordering::Relaxed)
    }

    /// Asks for the word `yes`; false at the end of input or on an interrupt.
    pub async fn confirm(&self, question: &str) -> bool {
        let _ = write!(std::io::stderr().lock(), "{question} Only `yes` is taken: ");
        let answer = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line).map(|_| line)
        });
        tokio::select! {
            answer = answer => matches!(answer, Ok(Ok(line)) if line.trim() == "yes"),
            () = self.interrupt.wait_for_urgency(Urgency::Finish) => {
                self.print_error("");
                false
            }
        }
    }
}

/// Turns SIGINT and SIGTERM into a rising urgency.
fn listen_for_signals(trigger: Arc<Trigger>, code: &Arc<AtomicU8>) {
    let code = Arc::clone(code);
    let (Ok(mut int), Ok(mut term)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return; // without a handler the system's own stays: the process ends at once
    };
    tokio::spawn(async move {
        loop {
            let which = tokio::select! {
                _ = int.recv() => INTERRUPTED,
                _ = term.recv() => TERMINATED,
            };
            // The first signal names the exit code.
            let _ = code.compare_exchange(NONE, which, Ordering::SeqCst, Ordering::SeqCst);
            trigger.raise_urgency();
        }
    });
}
