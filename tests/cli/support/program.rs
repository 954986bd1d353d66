//! The program under test: started, listened to, and how it ended.
use std::{
    cell::Cell,
    env, fmt,
    io::Read,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The built program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_copilot-infra");
/// The secret key of every account; no output may show it.
pub(crate) const SECRET: &str = "wJalrXUtnFEMIsecretOfTheTests";
/// Longer than anything that a test waits for.
const PATIENCE: Duration = Duration::from_mins(2);

/// Variables that a CI or a person's shell may have set, and that the program heeds, by the beginning of their names.
const HEEDED: [&str; 12] = [
    "AWS_",
    "BUILDKITE_",
    "BUILD_URL",
    "CI",
    "CLICOLOR",
    "COLUMNS",
    "COPILOT_",
    "GITHUB_",
    "LINES",
    "NO_COLOR",
    "RUST_LOG",
    "TERM",
];

/// The day of all runs.
pub(crate) const TODAY: &str = "2026-11-29";

/// The program with nothing of the caller's configuration.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    isolate(&mut command).args(arguments);
    command
}

/// Keeps the caller's configuration from a command.
pub(crate) fn isolate(command: &mut Command) -> &mut Command {
    let heeded = |name: &str| HEEDED.iter().any(|start| name.starts_with(start));
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(heeded)) {
        command.env_remove(name);
    }
    command.envs([
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        // What is said of dates is the same on every day.
        ("COPILOT_INFRA_TODAY", TODAY),
    ]);
    command.stdin(Stdio::null())
}

/// Runs the program without a cloud.
pub(crate) fn run(arguments: &[&str]) -> Run {
    Run::of(&mut program(arguments))
}

/// How a run of the program ended.
pub(crate) struct Run {
    command: String,
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self::ended(command, output)
    }

    /// Reads how a command ended; whatever it did, it may neither panic nor show a secret.
    pub(crate) fn ended(command: &Command, output: Output) -> Self {
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        let run = Self {
            command: words.join(" "),
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        for stream in [&run.out, &run.err] {
            assert!(!stream.contains(SECRET), "a secret is shown: {run}");
            assert!(!stream.contains("panicked"), "{run}");
            assert!(!stream.contains('\x1b'), "colour without a terminal: {run}");
        }
        run
    }

    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Checks that stderr says all of `words`.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not said: {self}");
        }
        self
    }

    /// Checks that stdout is empty: there is no result.
    #[track_caller]
    pub(crate) fn without_result(self) -> Self {
        assert_eq!(self.out, "", "{self}");
        self
    }

    /// All that was printed.
    pub(crate) fn text(&self) -> String {
        [&*self.out, &self.err].concat()
    }

    /// The result as JSON Lines.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self}"));
        self.out.lines().map(line).collect()
    }

    /// The result as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, code, out, err } = self;
        write!(f, "`copilot-infra {command}` ended with {code:?}\n--- stdout\n{out}\n--- stderr\n{err}")
    }
}

/// A run that is under way; it ends with the test at the latest.
pub(crate) struct Running {
    command: Command,
    child: Child,
    streams: [Stream; 2],
}

/// What came out of a stream so far, and how much of that has been waited for.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    heard: Cell<usize>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn of(mut from: impl Read + Send + 'static) -> Self {
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        let to = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut part) {
                to.lock().unwrap().extend(&part[..count]);
            }
        });
        Self { bytes, heard: Cell::new(0), reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// Whether `words` have come since those that were waited for before.
    fn hears(&self, words: &str) -> bool {
        let (text, from) = (self.text(), self.heard.get());
        let found = text[from..].find(words);
        self.heard.set(found.map_or(from, |at| from + at + words.len()));
        found.is_some()
    }

    fn end(&mut self) -> Vec<u8> {
        self.reader.take().into_iter().for_each(|reader| reader.join().unwrap());
        std::mem::take(&mut self.bytes.lock().unwrap())
    }
}

impl Running {
    /// Starts a command.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self { command, child, streams: [Stream::of(out), Stream::of(err)] }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the program says `words` on stderr, after those that were waited for before.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        self.waits_for(&self.streams[1], words);
    }

    /// Waits until the program prints `words` on stdout, after those that were waited for before.
    #[track_caller]
    pub(crate) fn prints(&self, words: &str) {
        self.waits_for(&self.streams[0], words);
    }

    /// The first line on stdout, as soon as it is whole.
    #[track_caller]
    pub(crate) fn first_line(&self) -> String {
        self.prints("\n");
        self.streams[0].text().lines().next().unwrap_or_default().to_owned()
    }

    #[track_caller]
    fn waits_for(&self, stream: &Stream, words: &str) {
        let end = Instant::now() + PATIENCE;
        while !stream.hears(words) {
            let [out, err] = self.streams.each_ref().map(Stream::text);
            assert!(Instant::now() < end, "`{words}` never came:\n--- stdout\n{out}\n--- stderr\n{err}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn end(mut self) -> Run {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "does not end:\n{}", self.streams[1].text());
            thread::sleep(Duration::from_millis(20));
        };
        let [stdout, stderr] = self.streams.each_mut().map(Stream::end);
        Run::ended(&self.command, Output { status, stdout, stderr })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
