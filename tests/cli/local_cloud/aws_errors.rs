//! Bad luck on the way to AWS: a clear error, the next step, the right exit code, nothing lost.
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use crate::support::{
    account::Account,
    local_cloud::cloud,
    program::Run,
    proxy::{Fate, Proxy},
    specs::{REFERENCE, SMALL},
};

#[test]
fn without_credentials_the_next_step_is_named() {
    let account = Account::with(SMALL);
    let mut command = account.command(&["plan"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let run = Run::of(&mut command);
    let run = run.exits(1).without_result().says(&["no usable AWS credentials", "hint:", "--profile"]);
    assert!(!run.err.contains("Attempted"), "{run}");
}

#[test]
fn without_a_region_the_next_step_is_named() {
    let account = Account::with(SMALL);
    let mut command = account.command(&["plan"]);
    command.env_remove("AWS_REGION");
    let run = Run::of(&mut command);
    run.exits(1).without_result().says(&["no region", "--region", "AWS_REGION"]);
}

#[test]
fn an_unknown_profile_is_named() {
    let account = Account::with(SMALL);
    let mut command = account.command(&["plan", "--profile", "nobody"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let run = Run::of(&mut command);
    run.exits(64).without_result().says(&["there is no profile `nobody`", "hint:"]);
}

#[test]
fn an_endpoint_out_of_reach_is_exit_1_with_a_hint() {
    let mut account = Account::with(SMALL);
    account.url = "http://127.0.0.1:9".into();
    account.variables.push(("AWS_MAX_ATTEMPTS", "2".into()));
    let words = ["sts:GetCallerIdentity got no answer", "hint: check the network"];
    account.run(&["plan"]).exits(1).without_result().says(&words);
    account.run(&["apply", "--yes"]).exits(1).without_result().says(&words);
}

#[test]
fn expired_credentials_are_told_from_missing_rights() {
    for code in ["ExpiredToken", "InvalidClientTokenId"] {
        let mut account = Account::with(SMALL);
        let proxy = Proxy::judging(move |_| Fate::Refused(code));
        account.url.clone_from(&proxy.url);
        account.run(&["plan"]).exits(1).without_result().says(&[code, "r-17", "hint: sign in again"]);
        assert_eq!(proxy.take().len(), 1, "no use in asking again");
    }
}

#[test]
fn credentials_that_run_out_part_way_lose_nothing() {
    let mut account = Account::with(SMALL);
    let writes = AtomicU32::new(0);
    let proxy = Proxy::judging(move |call| {
        let late = call.is_write() && writes.fetch_add(1, Ordering::SeqCst) >= 4;
        if late { Fate::Refused("ExpiredTokenException") } else { Fate::Passes }
    });
    account.url.clone_from(&proxy.url);
    let run = account.run(&["apply", "--yes"]).exits(5);
    run.says(&["not done:", "ExpiredToken", "sign in again", "Your session ended", "The same command again"]);
    account.url.clone_from(&cloud().url);
    account.apply();
    account.is_settled();
}

#[test]
fn a_read_that_is_denied_is_never_taken_for_absence() {
    let mut account = Account::with(REFERENCE);
    account.apply();
    let direct = account.url.clone();
    let proxy = Proxy::recording();
    account.url.clone_from(&proxy.url);
    account.is_settled();
    let calls = proxy.take().into_iter();
    // Paths hold names and ids; what stands for the kind of call is enough.
    let names: BTreeSet<_> = calls.map(|call| (call.service, call.name)).collect();
    account.url = direct;
    let account = &account;
    thread::scope(|scope| {
        let names: Vec<_> = names.into_iter().collect();
        for part in names.chunks(names.len().div_ceil(3)).map(<[_]>::to_vec) {
            scope.spawn(move || part.iter().for_each(|(service, name)| denied(account, service, name)));
        }
    });
}

/// Whether a plan goes on without a read, and warns of it.
fn is_side_read(service: &str, name: &str) -> bool {
    let lists = ["/urls", "/event-invoke-config/list", "/event-source-mappings", "/aliases"];
    match service {
        "iam" => name == "GetRole",
        "kms" => name == "ListGrants",
        "dynamodb" => ["GetResourcePolicy", "DescribeKinesisStreamingDestination"].contains(&name),
        "logs" => name == "DescribeSubscriptionFilters",
        "lambda" => lists.iter().any(|list| name.contains(list)),
        _ => false,
    }
}

fn denied(account: &Account, service: &str, name: &str) {
    let (kind, wanted) = (service.to_owned(), name.to_owned());
    let proxy = Proxy::judging(move |call| {
        let hit = call.service == kind && call.name == wanted;
        if hit { Fate::Refused("AccessDeniedException") } else { Fate::Passes }
    });
    let run = |arguments: &[&str]| {
        let mut command = account.command(arguments);
        Run::of(command.env("AWS_ENDPOINT_URL", &proxy.url))
    };
    let run = run(&["apply", "--yes"]);
    assert_eq!(proxy.writes(), [""; 0], "{service} {name} is denied: {run}");
    if run.code == Some(0) {
        // Whether the role that logs for the whole account still stands, and what others have added to the stack, is only
        // a warning's worth.
        assert!(run.err.contains("No changes"), "{service} {name} is denied: {run}");
        assert!(is_side_read(service, name), "{run}");
        assert!(run.err.contains("is denied") || name == "GetRole", "{run}");
        return;
    }
    run.exits(1).says(&["AccessDenied", "r-17", "hint: grant"]);
}

#[test]
fn a_denied_write_stops_only_what_needs_it() {
    let mut account = Account::with(SMALL);
    let proxy = Proxy::recording();
    account.url.clone_from(&proxy.url);
    account.apply();
    let names: BTreeSet<_> = proxy.writes().into_iter().collect();
    assert!(names.len() >= 8, "{names:?}");
    thread::scope(|scope| {
        for name in &names {
            scope.spawn(move || unwritten(name));
        }
    });
}

fn unwritten(name: &str) {
    let mut account = Account::with(SMALL);
    let wanted = name.to_owned();
    let proxy = Proxy::judging(move |call| {
        if call.name == wanted && call.is_write() {
            Fate::Refused("AccessDeniedException")
        } else {
            Fate::Passes
        }
    });
    account.url.clone_from(&proxy.url);
    let run = account.run(&["apply", "--yes"]);
    let code = run.code;
    let run = run.says(&["not done:", "AccessDenied", "r-17", "hint: grant"]);
    // Everything needs the key, which was not made: nothing has been changed.
    let expected = if name == "CreateKey" { 1 } else { 5 };
    assert_eq!(code, Some(expected), "{name} is denied: {run}");
    account.url.clone_from(&cloud().url);
    account.apply();
    account.is_settled();
}
