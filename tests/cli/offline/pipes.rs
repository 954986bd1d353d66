//! Specs that come out of a pipe: read like a file, and waited for only as long as nobody says stop.
use std::{
    fs::{self, File, OpenOptions},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::FINE;
use crate::support::program::{Run, program, run};

/// Makes a named pipe and returns its path as text.
fn pipe(folder: &Path) -> String {
    let path = folder.join("copilot.yaml").display().to_string();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

fn start(arguments: &[&str]) -> Child {
    program(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whether the program listens for signals by itself, as the kernel sees it.
pub(super) fn listens(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    caught & (1 << 14) != 0 // SIGTERM is 15
}

/// Waits for the end, but not for ever.
pub(super) fn end(mut child: Child) -> Option<i32> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    None
}

#[test]
fn waiting_for_a_pipe_that_nobody_writes_into_can_be_ended() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let folder = tempfile::tempdir().unwrap();
        let path = pipe(folder.path());
        for arguments in
            [&["validate", "-f", &path][..], &["plan", "-f", &path], &["policy", "roles", "-f", &path]]
        {
            let child = start(arguments);
            while !listens(&child) {
                sleep(Duration::from_millis(10));
            }
            kill_process(Pid::from_child(&child), signal).unwrap();
            assert_eq!(end(child), Some(code), "{arguments:?}");
        }
    }
}

#[test]
fn a_pipe_is_read_like_a_file_even_if_its_writer_is_late() {
    let folder = tempfile::tempdir().unwrap();
    let path = pipe(folder.path());
    let child = start(&["validate", "-f", &path]);
    sleep(Duration::from_millis(200));
    let mut writer = OpenOptions::new().write(true).open(&path).unwrap();
    std::io::copy(&mut File::open(FINE).unwrap(), &mut writer).unwrap();
    drop(writer);
    assert_eq!(end(child), Some(0));
}

#[test]
fn code_that_is_a_pipe_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("code.zip");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let spec = folder.path().join("spec.yaml");
    let text =
        "version: 1\nstack: demo\nfunctions:\n  work: { handler: index.handler, code: { path: code.zip } }\n";
    fs::write(&spec, text).unwrap();
    let run = run(&["validate", "-f", &spec.display().to_string()]).exits(65);
    run.says(&["code-not-found", "neither a folder nor a `.zip` or `.jar` file"]);
}

#[test]
fn a_spec_may_come_on_stdin() {
    let mut validate = program(&["validate", "-f", "/dev/stdin"]);
    let output = Run::of(validate.stdin(File::open(FINE).unwrap())).exits(0);
    let by_name = run(&["validate", "-f", FINE]).out;
    assert_eq!(output.out.replace("/dev/stdin", FINE), by_name);
}
