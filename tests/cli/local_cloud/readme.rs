//! The README keeps its word: every command in it runs, in its order, and the mistake in it is told as shown.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const BINARY: &str = env!("CARGO_BIN_EXE_copilot-infra");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap()
}

/// The contents of every block fenced as `kind`.
fn blocks(text: &str, kind: &str) -> Vec<String> {
    let fence = format!("```{kind}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// A folder of its own with the examples in it, and the tool that works there on a cloud of its own.
struct Visitor {
    folder: tempfile::TempDir,
    cache: PathBuf,
    endpoint: Option<String>,
}

impl Visitor {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = || folder.path().join("cache");
        let cache =
            std::env::var_os("COPILOT_INFRA_CACHE").map_or_else(own, PathBuf::from).join("readme-tests");
        std::os::unix::fs::symlink(Path::new(ROOT).join("examples"), folder.path().join("examples")).unwrap();
        Self { folder, cache, endpoint: None }
    }

    fn tool(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments).current_dir(self.folder.path()).env("COPILOT_INFRA_CACHE", &self.cache);
        command.env("AWS_ACCESS_KEY_ID", "123456789012").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("AWS_REGION", "us-east-1");
        command
    }

    fn succeeds(mut command: Command) -> String {
        let output = command.output().unwrap();
        let [out, err] =
            [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert!(output.status.success(), "{command:?} ended with {}:\n{out}\n{err}", output.status);
        out
    }

    /// Runs a command that is meant for AWS against the local cloud.
    fn on_aws(&mut self, arguments: &[&str]) {
        let endpoint = self.endpoint.get_or_insert_with(|| {
            let starter = self.folder.path().join("examples/minimal.yaml");
            let mut start = Command::new(BINARY);
            start.args(["local", "plan", "-q", "-f"]).arg(starter).env("COPILOT_INFRA_CACHE", &self.cache);
            Self::succeeds(start);
            let mut status = Command::new(BINARY);
            status.args(["local", "status"]).env("COPILOT_INFRA_CACHE", &self.cache);
            let status = Self::succeeds(status);
            status.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned()
        });
        let endpoint = endpoint.clone();
        let mut command = self.tool(arguments);
        command.env("AWS_ENDPOINT_URL", endpoint);
        Self::succeeds(command);
    }

    fn run(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["cargo", "run", "--", ref arguments @ ..] => drop(Self::succeeds(self.tool(arguments))),
            ["copilot-infra", ref arguments @ ..] => self.on_aws(arguments),
            ["cargo", "install", "--path", "."] => {} // this test runs the binary that it would install
            ["cargo", "test", ..] => {
                let checks = fs::read_to_string(Path::new(ROOT).join(".ci/run")).unwrap();
                let last = checks.trim_end().lines().last().unwrap();
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
    let mut visitor = Visitor::new();
    // Its end must not stop the cloud of the other test.
    visitor.cache = visitor.folder.path().join("cache");
    fs::write(visitor.folder.path().join("copilot.yaml"), text).unwrap();
    let output = visitor.tool(&["validate", "-q"]).output().unwrap();
    assert_eq!(output.status.code(), Some(65));
    let told = format!("$ copilot-infra validate -q\n{}", String::from_utf8(output.stderr).unwrap());
    let shown = blocks(&readme(), "console");
    assert!(shown.contains(&told), "the README should show this:\n{told}");
}
