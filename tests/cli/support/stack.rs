//! A stack of its own for each test, in the one account that `copilot-infra local` works in.
use std::{
    collections::HashMap,
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use aws_sdk_dynamodb::types::AttributeValue;
use copilot_infra::aws::Aws;
use tempfile::TempDir;

use super::{account::connect, local_cloud::cloud, program::Run};

/// A stack, with its working folder.
pub(crate) struct Stack {
    pub(crate) folder: TempDir,
    pub(crate) name: String,
    /// Variables of the program's environment beyond the usual.
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Stack {
    /// Writes the spec without applying it; `STACK` in it becomes the name.
    pub(crate) fn write(name: &str, spec: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stack = Self { folder, name: name.to_owned(), variables: Vec::new() };
        stack.spec(spec);
        stack
    }

    /// Applies the spec.
    pub(crate) fn apply(name: &str, spec: &str) -> Self {
        let stack = Self::write(name, spec);
        stack.run(&["apply", "--yes"]).exits(0);
        stack
    }

    /// Writes another spec.
    pub(crate) fn spec(&self, text: &str) {
        fs::write(self.path("copilot.yaml"), text.replace("STACK", &self.name)).unwrap();
    }

    /// Where a file of the working folder is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command of the binary against the local cloud.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = cloud().local(arguments);
        command.current_dir(self.folder.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// The same with something to read on stdin.
    pub(crate) fn pipe(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Run::ended(&command, output)
    }

    /// Address of the stack's WebSocket, as `smoke` finds it.
    pub(crate) fn url(&self) -> String {
        let api = self.run(&["outputs", "Url", "--raw", "-q"]).exits(0).out;
        let id = api.trim_start_matches("wss://").split('.').next().unwrap().to_owned();
        copilot_infra::local::websocket_url(&cloud().url, &id, "prod")
    }

    /// Every log line, raw.
    pub(crate) fn logs(&self) -> String {
        self.run(&["logs", "--since", "1h", "--format", "json", "-q"]).exits(0).out
    }

    /// Clients of the same account.
    pub(crate) async fn aws(&self) -> Aws {
        connect(&cloud().url, "test").await
    }

    /// The items of a table.
    pub(crate) async fn items(&self, table: &str) -> Vec<Item> {
        let table = format!("{}-{table}", self.name);
        let aws = self.aws().await;
        aws.dynamodb().scan().table_name(table).send().await.unwrap().items.unwrap_or_default()
    }
}

/// An item of a table.
pub(crate) type Item = HashMap<String, AttributeValue>;
