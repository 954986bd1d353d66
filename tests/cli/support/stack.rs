//! The local cloud, the stacks on it, and the programs around it, as a user would run them.
use copilot_infra::{
    aws::{Aws, Options},
    local::CREDENTIALS,
};
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tempfile::TempDir;

/// How many tests use the emulator just now; the last one stops it.
static USERS: Mutex<usize> = Mutex::new(0);

/// What is installed stays between runs, apart from the folder of whoever runs the tests.
pub(crate) fn cache() -> PathBuf {
    let own = std::env::var_os("COPILOT_INFRA_CACHE").map(PathBuf::from);
    own.unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR"))).join("copilot-tests")
}

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copilot-infra"));
    command.env("COPILOT_INFRA_CACHE", cache()).env("NO_COLOR", "1").env_remove("COPILOT_TOKEN");
    command.stdin(Stdio::null());
    command
}

fn users() -> MutexGuard<'static, usize> {
    USERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the emulator running.
pub(crate) struct Cloud;

impl Cloud {
    pub(crate) fn start() -> Self {
        let mut users = users();
        if *users == 0 {
            // The emulator of an earlier run that was killed may be of another version.
            assert!(program().args(["local", "stop"]).status().unwrap().success());
        }
        *users += 1;
        Self
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let mut users = users();
        *users -= 1;
        if *users == 0 {
            let _ = program().args(["local", "stop"]).output();
        }
    }
}

/// A stack of its own on the emulator.
pub(crate) struct Stack {
    pub(crate) folder: TempDir,
    pub(crate) name: String,
    _cloud: Cloud,
}

impl Stack {
    /// Writes the spec without applying it; `STACK` in it becomes the name.
    pub(crate) fn write(name: &str, spec: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("copilot.yaml"), spec.replace("STACK", name)).unwrap();
        Self { folder, name: name.to_owned(), _cloud: Cloud::start() }
    }

    /// Applies the spec.
    pub(crate) fn apply(name: &str, spec: &str) -> Self {
        let stack = Self::write(name, spec);
        let applied = stack.run(&["apply", "--yes"]);
        assert!(applied.status.success(), "{}", text(&applied));
        stack
    }

    /// Runs a command of the binary against the local cloud.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        program().arg("local").args(arguments).current_dir(self.folder.path()).output().unwrap()
    }

    /// The same with something to read on stdin.
    pub(crate) fn pipe(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = program();
        command.arg("local").args(arguments).current_dir(self.folder.path()).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Address of the stack's WebSocket, as `smoke` finds it.
    pub(crate) fn url(&self) -> String {
        let outputs = self.run(&["outputs", "Url", "--raw", "-q"]);
        let api = String::from_utf8(outputs.stdout).unwrap();
        let id = api.trim_start_matches("wss://").split('.').next().unwrap().to_owned();
        copilot_infra::local::websocket_url(&self.endpoint(), &id, "prod")
    }

    /// The emulator's endpoint.
    pub(crate) fn endpoint(&self) -> String {
        let status = String::from_utf8(self.run(&["status"]).stdout).unwrap();
        let start = status.find("http://").unwrap_or_else(|| panic!("{status}"));
        status[start..].split_whitespace().next().unwrap().to_owned()
    }

    /// Every log line, raw.
    pub(crate) fn logs(&self) -> String {
        let logs = self.run(&["logs", "--since", "1h", "--format", "json", "-q"]);
        assert!(logs.status.success(), "{}", text(&logs));
        String::from_utf8(logs.stdout).unwrap()
    }

    /// Clients of the same cloud.
    pub(crate) async fn aws(&self, credentials: (&'static str, &'static str)) -> Aws {
        let (region, endpoint_url) = (Some("us-east-1".to_owned()), Some(self.endpoint()));
        let credentials = Some(credentials);
        Aws::connect(Options { region, endpoint_url, credentials, ..Options::default() }).await.unwrap()
    }

    /// The items of a table.
    pub(crate) async fn items(&self, table: &str) -> Vec<Item> {
        let table = format!("{}-{table}", self.name);
        let aws = self.aws(CREDENTIALS).await;
        aws.dynamodb().scan().table_name(table).send().await.unwrap().items.unwrap_or_default()
    }
}

pub(crate) type Item = std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>;

/// All that a command printed.
pub(crate) fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// The events of an apply, each held to the schema that the program prints.
pub(crate) fn events(output: &Output) -> Vec<serde_json::Value> {
    let schema = program().args(["schema", "events"]).output().unwrap().stdout;
    let schema = jsonschema::draft202012::new(&serde_json::from_slice(&schema).unwrap()).unwrap();
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    let events: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in &events {
        assert!(schema.is_valid(event), "{event}");
    }
    events
}

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
pub(crate) fn user_pool() -> serde_json::Value {
    let made = Command::new("node").arg(script("tokens.mjs")).output().unwrap();
    serde_json::from_slice(&made.stdout).unwrap()
}
