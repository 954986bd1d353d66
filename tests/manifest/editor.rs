//! What an editor makes of the schema: the YAML language server reads the examples and the cases through it.
//!
//! It is installed with npm, the first time over the network; `COPILOT_INFRA_CACHE` keeps it between runs.
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
};

use serde_json::{Value, json};

use super::cases::{self, Case};

/// The server that most editors use; the version is pinned because its messages are its own.
const SERVER: &str = "yaml-language-server@2.0.0";
const MODELINE: &str = "# yaml-language-server: $schema=./copilot.schema.json\n";
/// Rules that a schema can tell.
const RULES: [&str; 10] = [
    "unknown-key",
    "missing-key",
    "missing-value",
    "wrong-type",
    "unknown-value",
    "out-of-range",
    "bad-length",
    "bad-format",
    "duplicate-item",
    "one-of",
];

/// Bad specs that no schema tells as we do, and why.
const DIFFERENT: [(&str, &str); 3] = [
    ("name-alias-prefixed", "the pattern of an alias allows what begins with `alias/`"),
    ("range-concurrency-huge", "AWS names no upper limit, only numbers end somewhere"),
    ("type-version-float", "1.0 is an integer in JSON Schema"),
];

/// Runs the program without an environment, which may change what it says.
fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_copilot-infra")).env_clear().args(arguments).output().unwrap()
}

/// A running server.
struct Server {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// Installs the server if need be, starts it, and shakes hands.
    fn start(cache: &Path) -> Self {
        let folder = cache.join("editor-tests");
        let program = folder.join("node_modules/yaml-language-server/bin/yaml-language-server");
        if !program.exists() {
            fs::create_dir_all(&folder).unwrap();
            let mut npm = Command::new("npm");
            npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix"]);
            let installed = npm.arg(&folder).arg(SERVER).output().unwrap();
            assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
        }
        let mut node = Command::new("node");
        node.arg(program).arg("--stdio").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = node.spawn().unwrap();
        let (input, output) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        let mut server = Self { process, input, output };
        server.send(&json!({"id": 1, "method": "initialize", "params": {
            "processId": null, "rootUri": null, "capabilities": {"workspace": {"configuration": true}}
        }}));
        server.until(|message| message["id"] == 1 && message.get("result").is_some());
        server.send(&json!({"method": "initialized", "params": {}}));
        server
    }

    fn send(&mut self, message: &Value) {
        let mut message = message.clone();
        message["jsonrpc"] = "2.0".into();
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server has gone");
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Answers what the server asks until the message that is waited for comes.
    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.receive();
            if message.get("method").is_some() && message.get("id").is_some() {
                let settings = json!({"validate": true, "schemaStore": {"enable": false}});
                let items = message["params"]["items"].as_array();
                let answer = items.map(|items| {
                    items
                        .iter()
                        .map(|item| if item["section"] == "yaml" { settings.clone() } else { Value::Null })
                        .collect()
                });
                self.send(&json!({"id": message["id"], "result": answer.map_or(Value::Null, Value::Array)}));
            } else if wanted(&message) {
                return message;
            }
        }
    }

    /// Opens a file and returns what is marked in it.
    fn findings(&mut self, path: &Path) -> Vec<Value> {
        let uri = format!("file://{}", path.display());
        let text = fs::read_to_string(path).unwrap();
        self.send(&json!({"method": "textDocument/didOpen", "params": {
            "textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        }}));
        let message = self.until(|message| {
            message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri.as_str()
        });
        message["params"]["diagnostics"].as_array().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Lines, from 1, that the editor marks, with what it says there.
fn marked(findings: &[Value]) -> BTreeMap<u64, String> {
    let lines = findings.iter().map(|finding| {
        (
            finding["range"]["start"]["line"].as_u64().unwrap() + 1,
            finding["message"].as_str().unwrap().to_owned(),
        )
    });
    lines.collect()
}

/// Lines that we mark for something a schema can tell.
fn ours(path: &Path) -> BTreeSet<u64> {
    let output = run(&["validate", "-f", path.to_str().unwrap(), "--format", "json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = found["diagnostics"].as_array().unwrap();
    let told = found.iter().filter(|one| RULES.contains(&one["rule"].as_str().unwrap()));
    told.filter_map(|one| one["line"].as_u64()).collect()
}

/// Whether the same lines are marked; of a mapping or list we mark the key, the editor what begins in the next line.
fn agree(ours: &BTreeSet<u64>, theirs: &BTreeMap<u64, String>) -> bool {
    let below = |line: &u64| theirs.contains_key(line) || theirs.contains_key(&(line + 1));
    let above = |line: &u64| ours.contains(line) || ours.contains(&(line - 1));
    ours.iter().all(below) && theirs.keys().all(above)
}

/// Specs whose flaws a schema can tell, by the beginning of their names.
fn cases() -> impl Iterator<Item = Case> {
    let kinds = ["key-unknown", "key-missing", "type-", "value-", "name-", "range-"];
    cases::all().filter(move |case| kinds.iter().any(|kind| case.name.starts_with(kind)))
}

#[test]
fn an_editor_finds_what_we_find() {
    let folder = tempfile::tempdir().unwrap();
    let cache = env::var_os("COPILOT_INFRA_CACHE").map_or(folder.path().to_owned(), PathBuf::from);
    fs::write(folder.path().join("copilot.schema.json"), run(&["schema"]).stdout).unwrap();
    let mut server = Server::start(&cache);

    for name in ["examples/omnitrack-copilot.yaml", "examples/minimal.yaml", "templates/copilot.yaml"] {
        let path = folder.path().join(Path::new(name).file_name().unwrap());
        let text = fs::read_to_string(name).unwrap();
        let line = if text.starts_with(MODELINE) { "" } else { MODELINE };
        fs::write(&path, format!("{line}{text}")).unwrap();
        assert_eq!(server.findings(&path), Vec::<Value>::new(), "{name}");
    }

    let (mut compared, mut differences) = (0, Vec::new());
    for case in cases() {
        let path = folder.path().join(format!("{}.yaml", case.name));
        fs::write(&path, [MODELINE.as_bytes(), &case.spec].concat()).unwrap();
        let (ours, theirs) = (ours(&path), marked(&server.findings(&path)));
        compared += 1;
        let excused = DIFFERENT.iter().any(|(name, _)| *name == case.name);
        if agree(&ours, &theirs) == excused {
            differences.push(format!("{}: we mark {ours:?}, the editor {theirs:?}", case.name));
        }
    }
    assert!(compared >= 80, "only {compared}");
    assert!(differences.is_empty(), "{}:\n{}", differences.len(), differences.join("\n"));
}
