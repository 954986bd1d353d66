//! One local cloud for all tests, and in it an account of its own for each.
use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use copilot_infra::local::CACHE_VARIABLE;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::boto::Boto;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_copilot-infra");
/// The secret key of every account; no output may show it.
pub(crate) const SECRET: &str = "wJalrXUtnFEMIsecretOfTheTests";

/// Where `MiniStack` answers.
pub(crate) struct Cloud {
    pub(crate) url: String,
    pub(crate) cache: PathBuf,
    boto: Mutex<Boto>,
    _watchdog: Child,
}

static CLOUD: LazyLock<Cloud> = LazyLock::new(Cloud::start);

/// The one cloud, set up by the program's own `local`.
pub(crate) fn cloud() -> &'static Cloud {
    &CLOUD
}

impl Cloud {
    fn start() -> Self {
        let cache = cache();
        fs::create_dir_all(&cache).unwrap();
        let lock = File::create(cache.join("lock")).unwrap();
        lock.lock().unwrap();
        run_local(&cache, &["plan", "-q", "-f", "examples/minimal.yaml"]);
        let watchdog = watchdog(&cache, lock);
        let told = run_local(&cache, &["status"]);
        let url = told.split_whitespace().find(|word| word.starts_with("http://")).expect(&told).to_owned();
        let boto = Mutex::new(Boto::start(&cache, &url));
        Self { url, cache, boto, _watchdog: watchdog }
    }
}

/// Not the folder of `copilot-infra local` itself: whoever runs the tests may be using that.
fn cache() -> PathBuf {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user = || set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    let cache = set(CACHE_VARIABLE).or_else(|| Some(user()?.join("copilot-infra"))).expect("a home folder");
    std::path::absolute(cache).unwrap().join("cloud-tests")
}

/// Runs `copilot-infra local …` as a user would.
pub(crate) fn run_local(cache: &Path, arguments: &[&str]) -> String {
    let output =
        Command::new(PROGRAM).arg("local").args(arguments).env(CACHE_VARIABLE, cache).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`local {}` failed:\n{error}", arguments.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// Ends the cloud after this process, however that ends: the end of its input tells. It holds the lock until
/// then, so that another run of the tests does not join a cloud that is about to go.
fn watchdog(cache: &Path, lock: File) -> Child {
    Command::new("sh")
        .args(["-c", "trap '' INT TERM; cat; \"$0\" local stop 2>&1", PROGRAM])
        .env(CACHE_VARIABLE, cache)
        .stdin(Stdio::piped())
        .stdout(lock)
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// An empty account with a working folder.
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) folder: TempDir,
    /// Where the program's calls go: the cloud, or something in front of it.
    pub(crate) url: String,
    /// Variables of the program's environment beyond the usual.
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Account {
    /// An account nobody has used before, in this run or an earlier one.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let second = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() % 100_000_000;
        let id = format!("7{second:08}{:03}", NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::tempdir().unwrap();
        Self { id, folder, url: cloud().url.clone(), variables: Vec::new() }
    }

    /// Such an account with this spec as its `copilot.yaml`.
    pub(crate) fn with(spec: &str) -> Self {
        let account = Self::new();
        account.spec(spec);
        account
    }

    /// Writes the spec.
    pub(crate) fn spec(&self, text: &str) {
        fs::write(self.folder.path().join("copilot.yaml"), text).unwrap();
    }

    /// The program in the account's folder, with nothing of the user's own configuration.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", &self.id)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(arguments, &mut self.command(arguments))
    }

    /// Applies the spec, which must work.
    pub(crate) fn apply(&self) -> Run {
        self.run(&["apply", "--yes"]).exits(0)
    }

    /// What a plan would change: addresses, and below them what of each.
    pub(crate) fn drift(&self) -> Vec<(String, Vec<String>)> {
        let plan = self.run(&["plan", "--format", "json"]).exits(0).json();
        let changes = plan["resource_changes"].as_array().unwrap().iter();
        changes
            .filter(|change| change["actions"] != json!(["no-op"]))
            .map(|change| {
                let update = change["actions"] == json!(["update"]);
                let what = change[if update { "changes" } else { "actions" }].as_array().unwrap().iter();
                let what = what.map(|one| text(if update { &one["path"] } else { one })).collect();
                (text(&change["address"]), what)
            })
            .collect()
    }

    /// Checks that nothing is left to change.
    pub(crate) fn is_settled(&self) {
        let run = self.run(&["plan", "--detailed-exitcode"]).exits(0);
        assert_eq!(run.out, "No changes: what is live is what the spec says.\n", "{run}");
    }

    /// Makes a call with boto3.
    pub(crate) fn boto(&self, service: &str, operation: &str, with: impl Into<Value>) -> Value {
        let question =
            json!({"account": self.id, "service": service, "operation": operation, "with": with.into()});
        ask(&question).unwrap_or_else(|error| panic!("{service} {operation}: {error}"))
    }

    /// Everything that stands in the account.
    pub(crate) fn facts(&self) -> Value {
        ask(&json!({"account": self.id})).unwrap_or_else(|error| panic!("{error}"))
    }
}

fn ask(question: &Value) -> Result<Value, String> {
    cloud().boto.lock().unwrap_or_else(PoisonError::into_inner).ask(question)
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string")).to_owned()
}

/// How a run of the program ended.
pub(crate) struct Run {
    pub(crate) command: String,
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Runs a command; whatever it does, it may neither panic nor show a secret.
    pub(crate) fn of(arguments: &[&str], command: &mut Command) -> Self {
        Self::ended(arguments, command.output().unwrap())
    }

    /// Reads how a command ended.
    pub(crate) fn ended(arguments: &[&str], output: std::process::Output) -> Self {
        let run = Self {
            command: arguments.join(" "),
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

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { command, code, out, err } = self;
        write!(f, "`copilot-infra {command}` ended with {code:?}\n--- stdout\n{out}\n--- stderr\n{err}")
    }
}
