//! One step of an installation: a program whose output is logged and shown when it fails.
use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use tokio::process::Command;

use super::Error;

/// Time limit of a step; the slowest one is pip over a slow line.
const LIMIT: Duration = Duration::from_mins(8);
const LINES: usize = 12;

/// Runs the program to its end, adding its output to the log.
pub(super) async fn run_logged(step: &'static str, command: &mut Command, log: &Path) -> Result<(), Error> {
    let file = File::options().create(true).append(true).open(log).map_err(Error::folder(log))?;
    let second = file.try_clone().map_err(Error::folder(log))?;
    let mut child = command.stdout(file).stderr(second).spawn().map_err(|error| Error::Install {
        step,
        tail: format!("  {error}"),
        log: log.to_owned(),
    })?;
    let failed = |tail| Error::Install { step, tail, log: log.to_owned() };
    match tokio::time::timeout(LIMIT, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(_)) => Err(failed(log_tail(log))),
        Ok(Err(error)) => Err(failed(format!("  {error}"))),
        Err(_) => Err(failed(format!("{}\n  it took more than eight minutes", log_tail(log)))),
    }
}

/// Returns the last lines of a log, indented; empty if it cannot be read.
pub(super) fn log_tail(log: &Path) -> String {
    let mut bytes = Vec::new();
    let _ = File::open(log).and_then(|mut file| {
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(4096)))?;
        file.read_to_end(&mut bytes)
    });
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last: Vec<_> = lines.iter().rev().take(LINES).rev().map(|line| format!("  {line}")).collect();
    last.join("\n")
}

/// Returns a digest of the pinned packages, so that other pins get another folder.
pub(super) fn pins_digest(pinned: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in pinned {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(6).fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let text: String =
            (0..500).flat_map(|line| ["line ".to_owned(), line.to_string(), "\n\n".to_owned()]).collect();
        std::fs::write(&log, text).unwrap();
        let tail = log_tail(&log);
        assert_eq!(tail.lines().count(), LINES);
        assert!(tail.ends_with("  line 499"), "{tail}");
        assert_eq!(log_tail(&folder.path().join("none")), "");
    }

    #[test]
    fn other_pins_have_another_digest() {
        assert_eq!(pins_digest(&["a"]).len(), 12);
        assert_ne!(pins_digest(&["a", "b"]), pins_digest(&["ab"]));
    }

    #[tokio::test]
    async fn a_failing_step_shows_what_it_printed() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut command = Command::new("/bin/sh");
        let error = run_logged("the step", command.args(["-c", "echo out; echo err >&2; exit 3"]), &log)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "the step failed\n  out\n  err");
        assert!(error.hint().contains("network"));
    }
}
