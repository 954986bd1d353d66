//! The state file: what runs, written by the emulator's own process, which holds it locked while it lives.
//!
//! The lock is the proof. The system drops it with the process however that ends, so a file left behind is seen
//! to be stale, and a pid that now is somebody else's is never believed: its owner does not hold this lock.
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{ErrorKind, Read as _},
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::Error;

/// What the command that starts the emulator knows of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct EmulatorStart {
    pub(super) port: u16,
    /// MiniStack's version.
    pub(super) version: String,
    /// Seconds since 1970.
    pub(super) started: u64,
}

/// Contents of the state file.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(super) struct EmulatorState {
    pub(super) pid: u32,
    /// Session token that the emulator asks for; empty if an earlier release started it, which asks for none.
    #[serde(default)]
    pub(super) token: String,
    #[serde(flatten)]
    pub(super) start: EmulatorStart,
}

/// The result of reading the state file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StateFile {
    /// No emulator runs.
    NotRunning,
    /// One is starting and has not written its state yet.
    Starting,
    /// This one runs.
    Running(EmulatorState),
}

/// Reads the state file, without waiting.
pub(super) fn read_state_file(path: &Path) -> Result<StateFile, Error> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(StateFile::NotRunning),
        Err(error) => return Err(Error::folder(path)(error)),
    };
    // The lock is shared, so that two simultaneous readers do not take each other for the emulator.
    match file.try_lock_shared() {
        Ok(()) => return Ok(StateFile::NotRunning),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(source)) => return Err(Error::folder(path)(source)),
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(Error::folder(path))?;
    Ok(serde_json::from_str(&text).map_or(StateFile::Starting, StateFile::Running))
}

/// Opens the state file empty and locked, for the emulator to inherit; call it only under the folder's lock.
pub(super) async fn claim_state_file(path: &Path) -> Result<File, Error> {
    let file = private_file().open(path).map_err(Error::folder(path))?;
    make_private(&file).map_err(Error::folder(path))?;
    // No emulator runs, so another holder of the lock only reads, for microseconds.
    for _ in 0..200 {
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0).map_err(Error::folder(path))?;
                return Ok(file);
            }
            Err(TryLockError::WouldBlock) => super::pause().await,
            Err(TryLockError::Error(source)) => return Err(Error::folder(path)(source)),
        }
    }
    Err(Error::Silent { pid: None, log: path.with_extension("log") })
}

/// Returns how to open a file for this user alone: it holds the emulator's token.
fn private_file() -> OpenOptions {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes a file that an earlier release made away from other users.
fn make_private(file: &File) -> std::io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

impl EmulatorStart {
    pub(super) fn now(port: u16, version: &str) -> Self {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { port, version: version.to_owned(), started }
    }

    /// Returns the time since the start; zero if the clock was set back.
    pub(super) fn uptime(&self) -> Duration {
        let start = UNIX_EPOCH + Duration::from_secs(self.started);
        SystemTime::now().duration_since(start).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "the system decides how long it takes")]
    #[tokio::test]
    async fn only_a_locked_file_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("emulator.json");
        assert_eq!(read_state_file(&path).unwrap(), StateFile::NotRunning);

        let own = std::process::id();
        let text = format!("{{\"port\": 4566, \"version\": \"1\", \"started\": 5, \"pid\": {own}}}");
        std::fs::write(&path, &text).unwrap();
        assert_eq!(read_state_file(&path).unwrap(), StateFile::NotRunning, "stale, although the pid lives");

        let held = claim_state_file(&path).await.unwrap();
        assert_eq!(read_state_file(&path).unwrap(), StateFile::Starting, "what was stale is gone");
        std::fs::write(&path, &text).unwrap();
        let start = EmulatorStart { port: 4566, version: "1".into(), started: 5 };
        assert_eq!(
            read_state_file(&path).unwrap(),
            StateFile::Running(EmulatorState { pid: own, token: String::new(), start })
        );
        std::fs::write(&path, "{\"port\": 45").unwrap();
        assert_eq!(read_state_file(&path).unwrap(), StateFile::Starting, "half written");

        drop(held);
        // A program that another test starts at this moment keeps the file open until its `exec`.
        for _ in 0..500 {
            if read_state_file(&path).unwrap() == StateFile::NotRunning {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the file is still believed though nobody holds it");
    }

    #[test]
    fn a_clock_set_back_gives_no_uptime() {
        let mut start = EmulatorStart::now(1, "1");
        assert!(start.uptime() < Duration::from_secs(5));
        start.started += 1000;
        assert_eq!(start.uptime(), Duration::ZERO);
    }
}
