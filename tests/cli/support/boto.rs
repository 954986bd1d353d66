//! The second opinion: boto3 in a Python environment of the tests' own, asked line by line.
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

const BOTO3: &str = "1.44.5";
const SCRIPT: &str = include_str!("facts.py");

/// A Python process that makes calls with boto3.
pub(crate) struct Boto {
    _process: Child,
    ask: ChildStdin,
    told: BufReader<ChildStdout>,
}

impl Boto {
    /// Starts it against the cloud at `url`, making its environment under `cache` the first time.
    pub(crate) fn start(cache: &Path, url: &str) -> Self {
        let mut process = Command::new(environment(cache))
            .args(["-I", "-c", SCRIPT, url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let (ask, told) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { _process: process, ask, told: BufReader::new(told) }
    }

    /// Asks one question.
    pub(crate) fn ask(&mut self, question: &Value) -> Result<Value, String> {
        writeln!(self.ask, "{question}").expect("Python listens");
        let mut line = String::new();
        self.told.read_line(&mut line).expect("Python answers");
        let mut answer: Value = serde_json::from_str(&line).expect("Python answers in JSON");
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["is"].take()),
        }
    }
}

/// The interpreter of an environment that holds boto3.
fn environment(cache: &Path) -> PathBuf {
    let place = cache.join(format!("boto3-{BOTO3}"));
    let python = place.join("bin/python");
    if python.exists() {
        return python;
    }
    eprintln!("installing boto3 {BOTO3}, once");
    let built = cache.join("boto3-building");
    let _ = fs::remove_dir_all(&built);
    step(Command::new("python3").args(["-I", "-m", "venv"]).arg(&built));
    let pip = ["-I", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"];
    step(Command::new(built.join("bin/python")).args(pip).arg(format!("boto3=={BOTO3}")));
    fs::rename(&built, &place).unwrap();
    python
}

fn step(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("these tests need Python 3.10: {error}"));
    assert!(
        output.status.success(),
        "cannot install boto3, which these tests read the cloud back with; the first run needs the network\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
