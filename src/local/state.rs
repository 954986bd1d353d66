//! The state file: what runs, written by the emulator's own process, which holds it locked while it lives.
//!
//! The lock is the proof. The system drops it with the process however that ends, so a file left behind is seen
//! to be stale, and a pid that now is somebody else's is never believed: its owner does not hold this lock.
use std::{
    fs::{File, TryLockError},
    io::{ErrorKind, Read as _},
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::Error;

/// What the starting command knows.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Start {
    pub(super) port: u16,
    /// MiniStack's version.
    pub(super) version: String,
    /// Seconds since 1970.
    pub(super) started: u64,
}

/// What the state file holds.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(super) struct State {
    pub(super) pid: u32,
    #[serde(flatten)]
    pub(super) start: Start,
}

/// What the state file tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// No emulator runs.
    Nothing,
    /// One is starting and has not yet said who it is.
    Unnamed,
    /// This one runs.
    Alive(State),
}

/// Looks at the state file, without waiting.
pub(super) fn look(path: &Path) -> Result<Seen, Error> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Seen::Nothing),
        Err(error) => return Err(Error::folder(path)(error)),
    };
    // Shared, so that two who look at once do not take each other for the emulator.
    match file.try_lock_shared() {
        Ok(()) => return Ok(Seen::Nothing),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(source)) => return Err(Error::folder(path)(source)),
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(Error::folder(path))?;
    Ok(serde_json::from_str(&text).map_or(Seen::Unnamed, Seen::Alive))
}

/// Opens the state file empty and locked, for the emulator to inherit; only under the folder's lock.
pub(super) async fn claim(path: &Path) -> Result<File, Error> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .map_err(Error::folder(path))?;
    // No emulator runs, so whoever holds it only looks, for microseconds.
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

impl Start {
    pub(super) fn now(port: u16, version: &str) -> Self {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { port, version: version.to_owned(), started }
    }

    /// Time since the start; zero if the clock was set back.
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
        assert_eq!(look(&path).unwrap(), Seen::Nothing);

        let own = std::process::id();
        let text = format!("{{\"port\": 4566, \"version\": \"1\", \"started\": 5, \"pid\": {own}}}");
        std::fs::write(&path, &text).unwrap();
        assert_eq!(look(&path).unwrap(), Seen::Nothing, "stale, although the pid lives");

        let held = claim(&path).await.unwrap();
        assert_eq!(look(&path).unwrap(), Seen::Unnamed, "what was stale is gone");
        std::fs::write(&path, &text).unwrap();
        let start = Start { port: 4566, version: "1".into(), started: 5 };
        assert_eq!(look(&path).unwrap(), Seen::Alive(State { pid: own, start }));
        std::fs::write(&path, "{\"port\": 45").unwrap();
        assert_eq!(look(&path).unwrap(), Seen::Unnamed, "half written");

        drop(held);
        // A program that another test starts at this moment holds the file until its `exec`.
        for _ in 0..500 {
            if look(&path).unwrap() == Seen::Nothing {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the file is still believed though nobody holds it");
    }

    #[test]
    fn a_clock_set_back_gives_no_uptime() {
        let mut start = Start::now(1, "1");
        assert!(start.uptime() < Duration::from_secs(5));
        start.started += 1000;
        assert_eq!(start.uptime(), Duration::ZERO);
    }
}
