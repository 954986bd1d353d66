//! A run whose thread does not answer: the second signal ends it all the same.
use std::{
    io::{Write, pipe},
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{
    FINE,
    pipes::{end, listens},
};
use crate::support::program::program;

/// The size of a pipe on Linux (pipe(7)).
const PIPE: usize = 65_536;

#[test]
fn the_second_signal_ends_a_run_that_is_stuck_in_a_write() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        // Nobody reads this pipe, and it is full.
        let (_reader, mut writer) = pipe().unwrap();
        writer.write_all(&b" ".repeat(PIPE)).unwrap();
        let mut command = program(&["policy", "roles", "--account", "123456789012", "-f", FINE]);
        let child = command.stdout(Stdio::from(writer)).stderr(Stdio::null()).spawn().unwrap();
        while !listens(&child) {
            sleep(Duration::from_millis(10));
        }
        sleep(Duration::from_millis(500));
        let began = Instant::now();
        for _ in 0..2 {
            kill_process(Pid::from_child(&child), signal).unwrap();
            sleep(Duration::from_millis(100));
        }
        assert_eq!(end(child), Some(code));
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
}
