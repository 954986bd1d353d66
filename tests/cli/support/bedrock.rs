//! A Bedrock and a user pool of the tests' own.
use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/support").join(name)
}

/// A Bedrock that does what the question says.
pub(crate) struct Bedrock {
    child: Child,
    pub(crate) url: String,
}

impl Bedrock {
    pub(crate) fn start() -> Self {
        let mut command = Command::new("node");
        command.arg(script("bedrock.mjs")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("Node runs the functions of the local cloud");
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { child, url: format!("http://127.0.0.1:{}", port.trim()) }
    }
}

impl Drop for Bedrock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Keys and tokens of a user pool that exists nowhere else.
pub(crate) fn user_pool() -> Value {
    let made = Command::new("node").arg(script("tokens.mjs")).output().unwrap();
    serde_json::from_slice(&made.stdout).unwrap()
}
