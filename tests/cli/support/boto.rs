//! The second opinion: boto3 in a Python environment of the tests' own, asked line by line.
use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use super::install::python_packages;

const BOTO3: &str = "boto3==1.44.5";
const SCRIPT: &str = include_str!("facts.py");

/// A Python process that makes calls with boto3.
pub(crate) struct Boto {
    _process: Child,
    ask: ChildStdin,
    told: BufReader<ChildStdout>,
}

impl Boto {
    /// Starts it against the cloud at `url`.
    pub(crate) fn start(url: &str, token: &str) -> Self {
        let mut process = Command::new(python_packages(&[BOTO3]).join("python"))
            .args(["-I", "-c", SCRIPT, url])
            // Not an argument: those are seen by every user of the machine.
            .env("AWS_SESSION_TOKEN", token)
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
