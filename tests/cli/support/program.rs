//! The binary, started and listened to.
use super::empty::Cloud;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Variables that a CI or a person's shell may have set, and that the program heeds.
const HEEDED: [&str; 12] = [
    "CI",
    "NO_COLOR",
    "COLUMNS",
    "LINES",
    "TERM",
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL",
    "GITHUB_RUN_ID",
    "CI_JOB_URL",
    "BUILD_URL",
    "CLICOLOR_FORCE",
    "AWS_MAX_ATTEMPTS",
];

/// The program with `words`, which are split at spaces, on `spec` against `url`.
pub(crate) fn program(cloud: &Cloud, url: &str, spec: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copilot-infra"));
    command.args(words.split_whitespace()).arg("--endpoint-url").arg(url).arg("--file").arg(spec);
    for name in HEEDED {
        command.env_remove(name);
    }
    command.envs([
        ("AWS_ACCESS_KEY_ID", cloud.account.as_str()),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs to the end.
pub(crate) fn run(cloud: &Cloud, spec: &Path, words: &str) -> Ended {
    Started::new(&mut program(cloud, &cloud.url, spec, words)).end()
}

/// A run that is under way.
pub(crate) struct Started {
    child: Child,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

const PATIENCE: Duration = Duration::from_mins(2);

fn listen(mut from: impl Read + Send + 'static, to: &Arc<Mutex<String>>) -> std::thread::JoinHandle<()> {
    let to = Arc::clone(to);
    std::thread::spawn(move || {
        let mut part = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut part) {
            to.lock().unwrap().push_str(&String::from_utf8_lossy(&part[..count]));
        }
    })
}

impl Started {
    pub(crate) fn new(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let (out, err) = <(Arc<Mutex<String>>, Arc<Mutex<String>>)>::default();
        let readers =
            vec![listen(child.stdout.take().unwrap(), &out), listen(child.stderr.take().unwrap(), &err)];
        Self { child, out, err, readers }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the program has said `words` on stderr.
    pub(crate) fn says(&self, words: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.err.lock().unwrap().contains(words) {
            assert!(Instant::now() < end, "never said `{words}`:\n{}", self.err.lock().unwrap());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn end(mut self) -> Ended {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end {
                self.child.kill().unwrap();
                panic!("does not end:\n{}", self.err.lock().unwrap());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        self.readers.into_iter().for_each(|reader| reader.join().unwrap());
        let text = |shared: Arc<Mutex<String>>| shared.lock().unwrap().clone();
        Ended { code: status.code(), out: text(self.out), err: text(self.err) }
    }
}

impl Ended {
    /// Asserts the exit code and that stderr holds all of `words`.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in:\n{}", self.err);
        }
    }
}
