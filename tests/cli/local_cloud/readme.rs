//! The README keeps its word: every command in it runs, in its order, and the mistake in it is told as shown.
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use copilot_infra::local::CACHE_VARIABLE;
use tempfile::TempDir;

use crate::support::{
    local_cloud::{endpoint_in, stoppable, token_in},
    program::{Run, SECRET, program},
    project::Project,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap()
}

/// The contents of every block fenced as `kind`.
fn blocks(text: &str, kind: &str) -> Vec<String> {
    let fence = format!("```{kind}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// A folder with the examples in it, and a cloud that a command of the README may stop.
struct Visitor {
    folder: TempDir,
    cache: PathBuf,
    _lock: File,
    /// The variables by which a command that is meant for AWS reaches the local cloud.
    endpoint: Vec<(&'static str, String)>,
}

impl Visitor {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(Path::new(ROOT).join("examples"), folder.path().join("examples")).unwrap();
        let (cache, lock) = stoppable();
        Self { folder, cache, _lock: lock, endpoint: Vec::new() }
    }

    fn tool(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.current_dir(self.folder.path()).env(CACHE_VARIABLE, &self.cache);
        command.env("AWS_ACCESS_KEY_ID", "123456789012").env("AWS_SECRET_ACCESS_KEY", SECRET);
        command.env("AWS_REGION", "us-east-1");
        command
    }

    /// Runs a command that is meant for AWS against the local cloud.
    fn on_aws(&mut self, arguments: &[&str]) {
        if self.endpoint.is_empty() {
            let start = ["local", "plan", "-q", "-f", "examples/minimal.yaml"];
            Run::of(&mut self.tool(&start)).exits(0);
            self.endpoint = vec![
                ("AWS_ENDPOINT_URL", endpoint_in(&self.cache)),
                ("AWS_SESSION_TOKEN", token_in(&self.cache)),
            ];
        }
        let mut command = self.tool(arguments);
        Run::of(command.envs(self.endpoint.iter().map(|(name, value)| (name, value)))).exits(0);
    }

    fn run(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["cargo", "run", "--", ref arguments @ ..] => drop(Run::of(&mut self.tool(arguments)).exits(0)),
            ["copilot-infra", ref arguments @ ..] => self.on_aws(arguments),
            ["cargo", "install", "--path", "."] => {} // this test runs the binary that it would install
            ["cargo", "test", ..] => {
                let checks = fs::read_to_string(Path::new(ROOT).join(".ci/run")).unwrap();
                assert!(checks.contains(" tests)\n"), "the tests are the last step");
                let (_, step) = checks.split_once("\ntests() {\n").unwrap();
                let (step, _) = step.split_once("\n}\n").unwrap();
                let last = step.lines().last().unwrap().trim();
                assert!(last.starts_with(line), "the checks end with `{last}`, the README says `{line}`");
            }
            _ => panic!("nobody runs `{line}`"),
        }
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        let _ = self.tool(&["local", "stop"]).output(); // nothing to stop is fine
    }
}

#[test]
fn every_command_of_the_readme_runs() {
    let mut visitor = Visitor::new();
    let blocks = blocks(&readme(), "sh");
    assert!(blocks.len() >= 4, "the README has lost its commands");
    for line in blocks.iter().flat_map(|block| block.lines()).filter(|line| !line.trim().is_empty()) {
        visitor.run(line);
    }
}

#[test]
fn the_mistake_is_told_as_the_readme_shows_it() {
    let text = fs::read_to_string(Path::new(ROOT).join("examples/minimal.yaml")).unwrap();
    let text = text.replace(" connections: read_write }", " connection: read_write }");
    let text = text.replace("$disconnect: chat,", "$disconnect: chatt,");
    let project = Project::empty();
    project.file("copilot.yaml", text);
    let run = project.run(&["validate", "-q"]).exits(65);
    let told = format!("$ copilot-infra validate -q\n{}", run.err);
    let shown = blocks(&readme(), "console");
    assert!(shown.contains(&told), "the README should show this:\n{told}");
}
