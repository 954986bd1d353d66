//! The program under test in a folder and a stack of its own, on one local cloud for all tests.
use copilot_infra::{
    aws::{Aws, Options},
    local::{CACHE_VARIABLE, CREDENTIALS},
};
use jsonschema::Validator;
use serde_json::Value;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};
use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_copilot-infra");

/// How many tests use the local cloud now; the last one stops it.
static USERS: Mutex<usize> = Mutex::new(0);

/// The local cloud of all tests.
pub(crate) struct Cloud {
    cache: PathBuf,
}

impl Cloud {
    /// Not the folder of `copilot-infra local` itself: whoever runs the tests may be using that.
    pub(crate) fn new() -> Self {
        let own = || PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let cache = env::var_os(CACHE_VARIABLE).map_or_else(own, PathBuf::from);
        let cache = std::path::absolute(cache).unwrap().join("formats-tests");
        *USERS.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Self { cache }
    }

    pub(crate) fn stack(&self, name: &str) -> Stack<'_> {
        Stack {
            cloud: self,
            name: name.to_owned(),
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("local").env(CACHE_VARIABLE, &self.cache).env_remove("GITHUB_ACTIONS");
        command
    }

    /// Clients of the same cloud, for what happens behind the program's back.
    pub(crate) async fn aws(&self) -> Aws {
        let told = self.command().arg("status").output().unwrap().stdout;
        let told = String::from_utf8(told).unwrap();
        let url = told.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        let options = Options {
            region: Some("us-east-1".into()),
            endpoint_url: Some(url.to_owned()),
            credentials: Some(CREDENTIALS),
            ..Options::default()
        };
        Aws::connect(options).await.unwrap()
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let mut users = USERS.lock().unwrap_or_else(PoisonError::into_inner);
        *users -= 1;
        if *users == 0 {
            let _ = self.command().arg("stop").output();
        }
    }
}

/// A stack with its working folder.
pub(crate) struct Stack<'a> {
    cloud: &'a Cloud,
    pub(crate) name: String,
    pub(crate) folder: TempDir,
    /// Environment of every run.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Stack<'_> {
    /// Writes the spec: a table, a function behind an API, and whatever `edit` makes of it.
    pub(crate) fn spec(&self, edit: impl FnOnce(String) -> String) {
        let text = format!(
            "version: 1\nstack: {}\nregion: us-east-1\n\
             tables:\n  talks:\n    partition_key: {{ name: id, type: S }}\n    deletion_protection: false\n\
             functions:\n  chat:\n    handler: websocket-handler.messageHandler\n    timeout: 20\n    memory: 256\n    \
             access: {{ tables: {{ talks: read }} }}\n\
             api:\n  routes: {{ $connect: chat, $default: chat }}\n  stage: {{ logging: off }}\n\
             outputs:\n  Url: ${{api.url}}\n  Table: ${{tables.talks.name}}\n",
            self.name
        );
        fs::write(self.path("copilot.yaml"), edit(text)).unwrap();
    }

    /// The same stack as another environment sees it.
    pub(crate) fn within(&self, variable: &'static str, value: &str) -> Stack<'_> {
        let variables = vec![(variable, value.to_owned())];
        Stack { cloud: self.cloud, name: self.name.clone(), folder: tempfile::tempdir().unwrap(), variables }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.cloud.command();
        command.args(arguments).current_dir(self.folder.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    /// Holds the run to its exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in\n{}", self.out))
    }

    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "no `{word}` in:\n{}", self.err);
        }
        self
    }
}

/// The schema that the program prints of `what`.
pub(crate) fn schema(what: &str) -> Validator {
    let output = Command::new(PROGRAM).args(["schema", what]).output().unwrap();
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["$id"], format!("urn:copilot-infra:{what}:1"));
    jsonschema::draft202012::new(&schema).unwrap()
}

/// Holds a document to a schema.
#[track_caller]
pub(crate) fn conforms(schema: &Validator, document: &Value) {
    let errors: Vec<String> =
        schema.iter_errors(document).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
}

/// The permission bits of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
