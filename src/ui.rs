//! The interface of a command to everything besides AWS: the terminal, and the signals that come from it.
use std::{
    io::{self, BufRead, IsTerminal, Stdout, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
        mpsc,
    },
    time::Duration,
};

use crate::{
    aws::{Interrupt, Trigger, Urgency, interrupt_pair},
    cli::GlobalArgs,
    diagnostic::{ExitCode, Failure, untrusted::untrusted_json},
    view::{Page, Style, events::EventStream},
};

/// No signal has come yet; else the value says which one came first.
const NONE: u8 = 0;
const INTERRUPTED: u8 = 1;
const TERMINATED: u8 = 2;

/// How long a run has after the second signal to say what was in flight and to give its lease back.
const LAST_WORDS: Duration = Duration::from_millis(1500);

/// How long the end of a process may take to let GitHub's runner take commands again.
const FENCE: Duration = Duration::from_millis(100);

/// How much is printed on stderr while a command works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verbosity {
    /// Only failures.
    Quiet,
    /// A line for each event.
    Lines,
    /// A tree of what is in progress, redrawn again and again for the person who watches.
    Live,
}

/// The terminal of one run, and its stop signal.
pub struct Ui {
    verbosity: Verbosity,
    /// Whether there is somebody who can be asked.
    pub is_interactive: bool,
    /// Whether the output goes to GitHub Actions, which shows annotated errors at their lines.
    is_github: bool,
    fence: Arc<CommandFence>,
    /// Colours of results on stdout.
    pub out: Style,
    /// Colours of messages on stderr.
    pub err: Style,
    /// The stream of events to a program on stdout; none where stdout carries a result for people.
    pub events: Option<EventStream<Stdout>>,
    /// The request to stop the run.
    pub interrupt: Interrupt,
    has_stdout: AtomicBool,
    has_annotated_error: AtomicBool,
    trigger: Arc<Trigger>,
    code: Arc<AtomicU8>,
}

impl Ui {
    /// Detects who reads the output and who can be asked, and starts to listen for signals.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is where the terminal is known from")]
    pub fn new(global: &GlobalArgs) -> Self {
        let (trigger, interrupt) = interrupt_pair();
        let code = Arc::new(AtomicU8::new(NONE));
        let trigger = Arc::new(trigger);
        let fence = Arc::new(CommandFence::default());
        listen_for_signals(Arc::clone(&trigger), Arc::clone(&code), Arc::clone(&fence));
        let (stdout, stderr) = (io::stdout().is_terminal(), io::stderr().is_terminal());
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
            is_interactive: io::stdin().is_terminal() && stderr && !ci && !global.no_input,
            is_github: std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true"),
            fence,
            out: Style(stdout && !plain && !dumb),
            err: Style(stderr && !plain && !dumb),
            events: None,
            interrupt,
            has_stdout: AtomicBool::new(false),
            has_annotated_error: AtomicBool::new(false),
            trigger,
            code,
        }
    }

    /// Returns whether only failures are printed.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Returns whether a person watches stderr: the progress is then drawn live instead of line by line.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.verbosity == Verbosity::Live
    }

    /// Returns whether a result has been printed on stdout.
    #[must_use]
    pub fn has_stdout(&self) -> bool {
        self.has_stdout.load(Ordering::Relaxed)
    }

    /// Requests to finish what is in progress and to start nothing new, as the first signal does; the next one aborts
    /// at once.
    pub fn wind_down(&self) {
        if !self.interrupt.is_raised() {
            self.trigger.raise_urgency();
        }
    }

    /// Clears a Ctrl-C that was meant for less than the whole run; returns false if the signal was not a Ctrl-C.
    #[must_use]
    pub fn forget_interrupt(&self) -> bool {
        let forgiven =
            self.code.compare_exchange(INTERRUPTED, NONE, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if forgiven {
            self.trigger.reset();
        }
        forgiven
    }

    /// Returns the exit code of the signal that came, if one did.
    #[must_use]
    pub fn signal(&self) -> Option<ExitCode> {
        match self.code.load(Ordering::SeqCst) {
            NONE => None,
            TERMINATED => Some(ExitCode::Terminated),
            _ => Some(ExitCode::Interrupted),
        }
    }

    /// Runs work that may safely be aborted, unless a signal comes before it is done.
    ///
    /// # Errors
    /// A signal came.
    pub async fn or_interrupted<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            done = work => Ok(done),
            () = self.interrupt.wait_for_urgency(Urgency::Finish) => Err(self.interrupted()),
        }
    }

    /// Returns the failure of what the signal aborted; that of Ctrl-C if none came.
    #[must_use]
    pub fn interrupted(&self) -> Failure {
        Failure::signal(self.signal().unwrap_or(ExitCode::Interrupted))
    }

    /// Keeps GitHub Actions from taking a command out of anything but annotations, until [`Self::lower_fence`].
    pub fn raise_fence(&self) {
        if self.is_github {
            self.fence.raise();
        }
    }

    /// Lets GitHub Actions take commands again, for what the step runs afterwards.
    pub fn lower_fence(&self) {
        self.fence.lower();
    }

    /// Writes a result for people to stdout.
    ///
    /// # Errors
    /// As [`Self::print_exact`].
    pub fn print_stdout(&self, page: &Page) -> Result<(), Failure> {
        self.print_exact(page.as_str())
    }

    /// Writes a result in JSON to stdout.
    ///
    /// # Errors
    /// As [`Self::print_exact`].
    pub fn print_json(&self, text: &str) -> Result<(), Failure> {
        self.print_exact(&untrusted_json(text))
    }

    /// Writes a result for programs to stdout, as it is.
    ///
    /// A reader that has closed the stream is no failure of the command; a full disk is.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn print_exact(&self, text: &str) -> Result<(), Failure> {
        self.has_stdout.fetch_or(!text.is_empty(), Ordering::Relaxed);
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|error| Failure::failed(format!("cannot write the result: {error}"))),
        }
    }

    /// Writes a line to stderr, unless only failures are printed.
    pub fn print_status(&self, line: &str) {
        if !self.is_quiet() {
            self.print_error(line);
        }
    }

    /// Writes lines to stderr, unless only failures are printed.
    pub fn print_status_page(&self, page: &Page) {
        if !self.is_quiet() {
            self.print_error_page(page);
        }
    }

    /// Writes a line to stderr in any case.
    pub fn print_error(&self, line: &str) {
        self.print_error_page(&Page::of_line(self.err, line));
    }

    /// Writes lines to stderr in any case.
    pub fn print_error_page(&self, page: &Page) {
        // With stderr closed there is nobody left to report to.
        let _ = write!(io::stderr().lock(), "{page}");
    }

    /// Prints annotations for GitHub Actions, which reads them on stderr too.
    pub fn print_github_annotations(&self, annotations: &[String]) {
        if !self.is_github || annotations.is_empty() {
            return;
        }
        let has_error = annotations.iter().any(|one| one.starts_with("::error "));
        self.has_annotated_error.fetch_or(has_error, Ordering::Relaxed);
        let fenced = self.fence.lower();
        for one in annotations {
            let _ = writeln!(io::stderr().lock(), "{one}");
        }
        if fenced {
            self.fence.raise();
        }
    }

    /// Returns whether an error has been annotated for GitHub Actions.
    #[must_use]
    pub fn has_annotated_error(&self) -> bool {
        self.has_annotated_error.load(Ordering::Relaxed)
    }

    /// Asks the user to type `yes`; false at the end of input or on an interrupt.
    pub async fn confirm(&self, question: &str) -> bool {
        let answer = self.ask_line(&format!("{question} Only `yes` is taken:")).await;
        answer.is_some_and(|line| line.trim() == "yes")
    }

    /// Asks the user for a line; none on an interrupt.
    pub async fn ask_line(&self, question: &str) -> Option<String> {
        let question = Page::of_line(self.err, question);
        let _ = write!(io::stderr().lock(), "{} ", question.as_str().trim_end());
        let answer = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).map(|_| line)
        });
        tokio::select! {
            answer = answer => answer.ok()?.ok(),
            () = self.interrupt.wait_for_urgency(Urgency::Finish) => {
                self.print_error("");
                None
            }
        }
    }
}

/// Tells GitHub's runner to take no commands out of what is printed ("Workflow commands for GitHub Actions", "Stopping and
/// starting workflow commands"). The runner reads both streams for commands, so one of them is enough.
#[derive(Default)]
struct CommandFence(Mutex<Option<String>>);

impl CommandFence {
    fn raise(&self) {
        // Nobody who reads the log may know the next one.
        let token = format!("{:032x}", fastrand::u128(..));
        let _ = writeln!(io::stderr().lock(), "::stop-commands::{token}");
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
    }

    /// Returns whether it was raised.
    fn lower(&self) -> bool {
        let token = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(token) = &token {
            let _ = writeln!(io::stderr().lock(), "::{token}::");
        }
        token.is_some()
    }
}

/// Lowers a fence on a thread of its own: the run may be stuck while it holds stderr.
fn lower_within(fence: &Arc<CommandFence>, limit: Duration) {
    let (done, lowered) = mpsc::channel();
    let fence = Arc::clone(fence);
    std::thread::spawn(move || {
        fence.lower();
        done.send(())
    });
    let _ = lowered.recv_timeout(limit);
}

/// Converts SIGINT and SIGTERM to stop requests of rising urgency.
///
/// It listens on a thread of its own, so that the second signal ends the process even while the thread of the run is
/// busy or blocked.
fn listen_for_signals(trigger: Arc<Trigger>, code: Arc<AtomicU8>, fence: Arc<CommandFence>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    let entered = runtime.enter();
    let Ok(signals) = signals() else {
        return; // without a handler the system's own stays: the process ends at once
    };
    drop(entered);
    let listen = move || runtime.block_on(raise_on_signals(signals, &trigger, &code, &fence));
    // Without the thread nothing would hear the signals; what starts no thread does not start a run either.
    drop(std::thread::Builder::new().name("signals".to_owned()).spawn(listen));
}

#[cfg(unix)]
type Signals = (tokio::signal::unix::Signal, tokio::signal::unix::Signal);
/// Ctrl-C, and the console that is closed or a session that ends.
#[cfg(windows)]
type Signals = (tokio::signal::windows::CtrlC, tokio::signal::windows::CtrlClose);

#[cfg(unix)]
fn signals() -> io::Result<Signals> {
    use tokio::signal::unix::{SignalKind, signal};
    Ok((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
}

#[cfg(windows)]
fn signals() -> io::Result<Signals> {
    Ok((tokio::signal::windows::ctrl_c()?, tokio::signal::windows::ctrl_close()?))
}

/// Raises the urgency at each signal; from the second one on, the run has [`LAST_WORDS`] to end by itself.
async fn raise_on_signals(
    (mut int, mut term): Signals,
    trigger: &Trigger,
    code: &AtomicU8,
    fence: &Arc<CommandFence>,
) {
    let mut end = None;
    loop {
        let out_of_time = async {
            match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        let which = tokio::select! {
            _ = int.recv() => INTERRUPTED,
            _ = term.recv() => TERMINATED,
            () = out_of_time => end_process(code, fence),
        };
        // The first signal determines the exit code.
        let _ = code.compare_exchange(NONE, which, Ordering::SeqCst, Ordering::SeqCst);
        trigger.raise_urgency();
        match (trigger.urgency(), end) {
            (Urgency::Now, None) => end = Some(tokio::time::Instant::now() + LAST_WORDS),
            (Urgency::Now, Some(_)) => end_process(code, fence),
            _ => {}
        }
    }
}

/// Ends the process without waiting for the run.
fn end_process(code: &AtomicU8, fence: &Arc<CommandFence>) -> ! {
    lower_within(fence, FENCE);
    let code =
        if code.load(Ordering::SeqCst) == TERMINATED { ExitCode::Terminated } else { ExitCode::Interrupted };
    std::process::exit(code.number().into())
}
