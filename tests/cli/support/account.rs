//! An account of its own for each test, in the shared cloud.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use aws_credential_types::Credentials;
use copilot_infra::aws::{Aws, ConnectOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    local_cloud::cloud,
    program::{Run, SECRET, program},
};

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

    /// Writes a spec of the stack `shop` that goes on with `rest`, and returns its path.
    pub(crate) fn shop(&self, name: &str, rest: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, format!("version: 1\nstack: shop\n{rest}")).unwrap();
        path
    }

    /// The program in the account's folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command
            .current_dir(self.folder.path())
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", &self.id)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_SESSION_TOKEN", &cloud().token)
            .env("AWS_REGION", "us-east-1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// The program with `words`, which are split at spaces, on one of several specs; its calls go to `url`.
    pub(crate) fn command_on(&self, url: &str, spec: &Path, words: &str) -> Command {
        let words: Vec<_> = words.split_whitespace().collect();
        let mut command = self.command(&words);
        command.arg("--endpoint-url").arg(url).arg("--file").arg(spec);
        command
    }

    /// Runs the program with `words` on one of several specs.
    pub(crate) fn run_on(&self, spec: &Path, words: &str) -> Run {
        Run::of(&mut self.command_on(&self.url, spec, words))
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
        // What holds data and has left the spec stays, and is told before.
        let said = run.out.lines().filter(|line| !line.is_empty() && !line.starts_with("= "));
        assert!(said.eq(["No changes: what is live is what the spec says."]), "{run}");
    }

    /// Makes a call with boto3.
    pub(crate) fn boto(&self, service: &str, operation: &str, with: impl Into<Value>) -> Value {
        let question =
            json!({"account": self.id, "service": service, "operation": operation, "with": with.into()});
        cloud().ask(&question).unwrap_or_else(|error| panic!("{service} {operation}: {error}"))
    }

    /// Everything that stands in the account.
    pub(crate) fn facts(&self) -> Value {
        cloud().ask(&json!({"account": self.id})).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Asks the cloud through the program's own clients.
    pub(crate) fn ask<T>(&self, question: impl AsyncFnOnce(&Aws) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { question(&self.aws().await).await })
    }

    /// The program's own clients.
    pub(crate) async fn aws(&self) -> Aws {
        connect(&self.url, &self.id).await
    }

    /// Names of all tables, sorted.
    pub(crate) fn tables(&self) -> Vec<String> {
        let answer = self.ask(async |aws| aws.dynamodb().list_tables().send().await.unwrap());
        let mut names = answer.table_names.unwrap_or_default();
        names.sort();
        names
    }
}

/// Clients of the cloud at `url`, in an account or, with another key id, in the one of `local`.
pub(crate) async fn connect(url: &str, key_id: &str) -> Aws {
    let (region, endpoint_url) = (Some("us-east-1".to_owned()), Some(url.to_owned()));
    let credentials = Some(Credentials::new(key_id, SECRET, Some(cloud().token.clone()), None, "test"));
    let options = ConnectOptions { region, endpoint_url, credentials, ..ConnectOptions::default() };
    Aws::connect(options).await.unwrap()
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string")).to_owned()
}
