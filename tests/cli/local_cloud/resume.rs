//! Stopped at any moment, the same command again carries on, and nothing is there twice.
use std::{
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use crate::support::{
    account::Account,
    local_cloud::cloud,
    program::Run,
    proxy::{Fate, Proxy},
    specs::REFERENCE,
};

fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

/// Applies without anything in the way, and checks that all is there, once.
#[track_caller]
fn converges(mut account: Account) {
    account.url.clone_from(&cloud().url);
    account.apply();
    account.is_settled();
    let facts = account.facts();
    let count = |kind: &str| facts[kind].as_object().unwrap().len();
    let counts = ["keys", "tables", "roles", "log_groups", "functions", "apis"].map(count);
    assert_eq!(counts, [1, 2, 4, 5, 3, 1]);
    for (kind, expected) in [("routes", 4), ("integrations", 3), ("stages", 1)] {
        let api = facts["apis"].as_object().unwrap().values().next().unwrap();
        assert_eq!(api[kind].as_array().unwrap().len(), expected, "{kind}");
    }
}

/// Applies the reference stack with `arguments` and sends `name` at its `nth` write.
fn applied_until(name: &'static str, nth: u32, arguments: &[&str]) -> (Account, Run) {
    let mut account = Account::with(REFERENCE);
    let (process, writes) = (Arc::new(AtomicU32::new(0)), AtomicU32::new(0));
    let known = Arc::clone(&process);
    let proxy = Proxy::judging(move |call| {
        if call.is_write() && writes.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            signal(name, known.load(Ordering::SeqCst));
            thread::sleep(Duration::from_millis(50));
        }
        Fate::Passes
    });
    account.url.clone_from(&proxy.url);
    let mut command = account.command(arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    process.store(child.id(), Ordering::SeqCst);
    let run = Run::ended(&command, child.wait_with_output().unwrap());
    (account, run)
}

#[test]
fn an_interrupted_apply_finishes_and_lists_what_is_left() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let (account, run) = applied_until(name, 3, &["apply", "--yes"]);
        let run = run.exits(code).says(&["done:", "not done:", "interrupted", "The same command again"]);
        assert!(!run.err.contains("✗"), "what ran was finished: {run}");
        assert!(
            run.err.contains("tables.conversations not tried")
                || run.err.contains("created tables.conversations"),
            "{run}"
        );
        converges(account);
    }
}

#[test]
fn an_apply_killed_at_any_moment_converges() {
    thread::scope(|scope| {
        for nth in [1, 2, 5, 9, 14, 20, 27, 35, 42] {
            scope.spawn(move || {
                // A dead holder's lease would hold the next apply up for a minute.
                let (account, run) = applied_until("-KILL", nth, &["apply", "--yes", "--no-lease"]);
                assert_eq!(run.code, None, "killed at write {nth}: {run}");
                converges(account);
            });
        }
    });
}

#[test]
fn answers_that_get_lost_make_no_duplicates() {
    let mut account = Account::with(REFERENCE);
    let seen = std::sync::Mutex::new(std::collections::HashSet::new());
    let proxy = Proxy::judging(move |call| {
        // Every fourth kind of write loses its first answer: more would wait out the retries for minutes.
        let mut seen = seen.lock().unwrap();
        let first = call.is_write() && seen.insert(call.name.clone());
        if first && seen.len() % 4 == 1 { Fate::LosesAnswer } else { Fate::Passes }
    });
    account.url.clone_from(&proxy.url);
    account.run(&["apply", "--yes"]);
    converges(account);
}
