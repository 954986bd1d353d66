//! Finds programs and their versions.
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::Command;

/// Finds an executable file of this name in a search path such as `PATH`.
pub(super) fn find_program(name: &str, search: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(search)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| is_executable(path))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Prepares a program that is run for its output or effect, without a terminal for prompts.
pub(super) fn prepare_command(program: &Path, search: &OsStr) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", search).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs a short command and returns its output; none if it fails or hangs.
pub(super) async fn run_for_output(command: &mut Command) -> Option<String> {
    let output = tokio::time::timeout(Duration::from_secs(20), command.output()).await.ok()?.ok()?;
    let text = output.status.success().then_some(output.stdout)?;
    Some(String::from_utf8_lossy(&text).trim().to_owned())
}

/// Parses major and minor version from `3.11.7`, `v20.20.2`, `3.15.0a1`.
pub(super) fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().trim_start_matches('v').split('.');
    let major = parts.next()?.parse().ok()?;
    let minor: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
    Some((major, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(parse_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(parse_version("3.9.6"), Some((3, 9)));
        assert_eq!(parse_version("3.15.0a1"), Some((3, 15)));
        assert_eq!(parse_version("3.14rc1"), Some((3, 14)));
        for wrong in ["", "v", "3", "three.ten", "Python 3.11"] {
            assert_eq!(parse_version(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nothing_is_found_in_an_empty_path() {
        assert_eq!(find_program("sh", OsStr::new("")), None);
        assert!(find_program("sh", OsStr::new("/nowhere:/bin:/usr/bin")).is_some());
    }
}
