//! A folder with a spec, and credentials of nobody.
use std::{fs, path::PathBuf, process::Command};

use tempfile::TempDir;

use super::program::{Run, program};

/// What follows the head of a spec: two tables.
pub(crate) const TABLES: &str = "tables:\n  items: { partition_key: { name: id, type: S } }\n  orders: { partition_key: { name: id, type: S } }\n";

/// The folder in which the program runs.
pub(crate) struct Project {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
    unset: Vec<&'static str>,
}

impl Project {
    /// Without a spec.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new(), unset: Vec::new() }
    }

    /// With a spec of the stack `shop` that goes on with `rest`.
    pub(crate) fn on(rest: &str) -> Self {
        let project = Self::empty();
        project.file("copilot.yaml", format!("version: 1\nstack: shop\n{rest}"));
        project
    }

    /// With one variable more.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Without a variable that is set by itself, or for the tests.
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.unset.push(name);
        self
    }

    /// Writes a file beside the spec and returns its path.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Where a file of the folder is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program in the folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.current_dir(self.folder.path()).envs([
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_MAX_ATTEMPTS", "1"),
            // Nobody answers there.
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ]);
        for name in &self.unset {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program; it may tell nothing of the SDK's insides.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let run = Run::of(&mut self.command(arguments));
        for inside in ["Request {", "SdkBody", "interceptor", "Some("] {
            assert!(!run.err.contains(inside), "{run}");
        }
        run
    }
}
