//! One local cloud for all tests, and one that a test may stop.
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{LazyLock, Mutex, PoisonError},
};

use copilot_infra::local::CACHE_VARIABLE;
use serde_json::Value;

use super::{
    boto::Boto,
    install::cache,
    program::{PROGRAM, Run, program},
};

/// The cloud that all tests share: each keeps to an account or a stack of its own.
pub(crate) struct LocalCloud {
    pub(crate) url: String,
    /// Session token that it asks for.
    pub(crate) token: String,
    folder: PathBuf,
    boto: Mutex<Boto>,
    _watchdog: Child,
}

static SHARED: LazyLock<LocalCloud> = LazyLock::new(LocalCloud::start);

/// The shared cloud, set up by the program's own `local`.
pub(crate) fn cloud() -> &'static LocalCloud {
    &SHARED
}

impl LocalCloud {
    fn start() -> Self {
        let (folder, lock) = alone_in("shared");
        // The emulator of an earlier run that was killed may be of another version.
        Run::of(&mut local_in(&folder, &["stop"])).exits(0);
        Run::of(&mut local_in(&folder, &["plan", "-q", "-f", "examples/minimal.yaml"])).exits(0);
        let watchdog = watchdog(&folder, lock);
        let (url, token) = (endpoint_in(&folder), token_in(&folder));
        let boto = Mutex::new(Boto::start(&url, &token));
        Self { url, token, folder, boto, _watchdog: watchdog }
    }

    /// `copilot-infra local …` as a user would run it.
    pub(crate) fn local(&self, arguments: &[&str]) -> Command {
        local_in(&self.folder, arguments)
    }

    /// A command that works on the local cloud by itself.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.env(CACHE_VARIABLE, &self.folder);
        command
    }

    /// Its cache folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Asks boto3 about the cloud.
    pub(crate) fn ask(&self, question: &Value) -> Result<Value, String> {
        self.boto.lock().unwrap_or_else(PoisonError::into_inner).ask(question)
    }
}

/// `copilot-infra local …` on the cloud of a folder.
pub(crate) fn local_in(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = program(&[&["local"], arguments].concat());
    command.env(CACHE_VARIABLE, folder);
    command
}

/// Where the cloud of a folder answers.
pub(crate) fn endpoint_in(folder: &Path) -> String {
    let status = Run::of(&mut local_in(folder, &["status"])).exits(0);
    status.out.split_whitespace().find(|word| word.starts_with("http://")).expect(&status.out).to_owned()
}

/// The session token of the cloud of a folder, as `eval` in a shell takes it.
pub(crate) fn token_in(folder: &Path) -> String {
    let environment = Run::of(&mut local_in(folder, &["env"])).exits(0).out;
    let token = environment.lines().find_map(|line| line.strip_prefix("export AWS_SESSION_TOKEN="));
    token.expect(&environment).to_owned()
}

/// The folder of the cloud that the holder may stop and start: the tests of `local` itself and of the README take
/// turns, and the shared cloud, whose functions and data other tests are using, stays as it is.
pub(crate) fn stoppable() -> (PathBuf, File) {
    alone_in("stoppable")
}

/// A folder, and the lock of whoever uses it.
fn alone_in(name: &str) -> (PathBuf, File) {
    let folder = cache().join(name);
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    (folder, lock)
}

/// Ends the cloud after this process, however that ends: the end of its input tells. It holds the lock until
/// then, so that another run of the tests does not join a cloud that is about to go.
fn watchdog(folder: &Path, lock: File) -> Child {
    Command::new("sh")
        .args(["-c", "trap '' INT TERM; cat; \"$0\" local stop 2>&1", PROGRAM])
        .env(CACHE_VARIABLE, folder)
        .stdin(Stdio::piped())
        .stdout(lock)
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
