//! What a program reads of runs that are refused or stop: whatever happens, the last event says why.
use copilot_infra::lease::TABLE;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{
    account::Account,
    gate::{Act, Gate},
    program::{Run, Running},
    schema::events,
    specs::{ONE, TWO},
};

const MAKING_ITEMS: &[&str] = &["DynamoDB_20120810.CreateTable", "shop-items"];
const MAKING_ORDERS: &[&str] = &["DynamoDB_20120810.CreateTable", "shop-orders"];

/// The last event of a run that ended with `code`.
#[track_caller]
fn reason(ended: &Run, code: i32) -> Value {
    assert_eq!(ended.code, Some(code), "{ended}");
    let last = events(ended).pop().unwrap();
    assert_eq!((&last["type"], &last["exit_code"]), (&json!("error"), &json!(code)), "{}", ended.out);
    last
}

#[track_caller]
fn contains(value: &Value, words: &str) {
    assert!(value.as_str().is_some_and(|text| text.contains(words)), "no `{words}` in {value}");
}

const APPLY: &str = "apply --yes --format json";

#[test]
fn before_anything_is_known_the_version_names_nobody() {
    let account = Account::new();
    let wrong = account.shop("copilot.yaml", "table: {}\n");
    let ended = account.run_on(&wrong, APPLY);
    assert_eq!(events(&ended)[0]["stack"], Value::Null);
    let finding = &reason(&ended, 65)["findings"][0];
    assert_eq!((&finding["rule"], &finding["place"]["line"]), (&json!("unknown-key"), &json!(3)));
    let missing = account.run_on(&wrong.with_file_name("none.yaml"), "destroy --yes --format json");
    contains(&reason(&missing, 65)["error"]["message"], "there is no file");
}

#[test]
fn refusals_name_what_stands_in_the_way_and_the_next_step() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    let asked = reason(&account.run_on(&spec, "apply --format json"), 1);
    contains(&asked["error"]["message"], "nobody to ask");
    contains(&asked["error"]["hint"], "copilot-infra apply --yes");
    let other = account.shop("other.yaml", &format!("account: \"123456789012\"\n{ONE}"));
    contains(
        &reason(&account.run_on(&other, APPLY), 1)["findings"][0]["message"],
        "this spec is for account",
    );

    account.run_on(&spec, "apply --yes").exits(0);
    let protect = |key: &str| {
        format!(
            "tables:\n  items: {{ partition_key: {{ name: {key}, type: S }}, deletion_protection: false, protect: true }}\n"
        )
    };
    let spec = account.shop("copilot.yaml", &protect("id"));
    account.run_on(&spec, "apply --yes").exits(0);
    let spec = account.shop("copilot.yaml", &protect("other"));
    let refused = reason(&account.run_on(&spec, "apply --yes --delete-data --format json"), 1);
    let finding = &refused["findings"][0];
    assert_eq!((&finding["address"], &finding["place"]["line"]), (&json!("tables.items"), &json!(4)));
    contains(&finding["hint"], "protect: false");
}

#[test]
fn what_aws_refuses_is_told_with_its_code() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    let under = |words: &'static [&'static str]| {
        let gate = Gate::new(&[(words, Act::Refuse("AccessDeniedException"))]);
        Run::of(&mut account.command_on(&gate.url, &spec, APPLY))
    };
    for words in [&["DynamoDB_20120810.ListTables"][..], &["DynamoDB_20120810.GetItem", TABLE]] {
        let error = &reason(&under(words), 1)["error"];
        assert_eq!(error["code"], "AccessDeniedException");
        contains(&error["operation"], "dynamodb:");
        assert!(error["hint"].is_string(), "{error}");
    }
    let ended = under(MAKING_ITEMS);
    assert_eq!(reason(&ended, 1)["error"]["message"], "the run failed before anything was changed");
    let events = events(&ended);
    let failed = events.iter().find(|event| event["type"] == "failed").unwrap();
    assert_eq!(failed["error"]["code"], "AccessDeniedException");
}

#[test]
fn a_lease_that_is_held_names_its_holder() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    let gate = Gate::new(&[(MAKING_ITEMS, Act::Hold)]);
    let first = Running::start(account.command_on(&gate.url, &spec, "apply --yes"));
    gate.met();
    let mut command = account.command_on(&account.url, &spec, APPLY);
    let refused = Run::of(command.env("GITHUB_ACTIONS", "true"))
        .exits(7)
        .says(&["::error title=the lease of the stack::another run holds the lease"]);
    contains(&reason(&refused, 7)["error"]["message"], &format!("process {}", first.pid()));
    gate.open();
    first.end().exits(0);
    let again = events(&account.run_on(&spec, APPLY));
    let kinds: Vec<_> = again.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["version", "summary", "outputs"], "nothing to do is told as well");
}

#[test]
fn a_run_that_stops_tells_its_summary_and_why() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", TWO);
    let gate = Gate::new(&[(MAKING_ORDERS, Act::Refuse("AccessDeniedException"))]);
    let ended = Run::of(&mut account.command_on(&gate.url, &spec, APPLY));
    reason(&ended, 5);
    let events = events(&ended);
    let summary = &events[events.len() - 2];
    assert_eq!((&summary["complete"], &summary["failed"]), (&json!(false), &json!(1)));

    let gate = Gate::new(&[(MAKING_ORDERS, Act::Hold)]);
    let interrupted = Running::start(account.command_on(&gate.url, &spec, APPLY));
    gate.met();
    interrupted.signal(Signal::INT);
    interrupted.says("interrupted: starting nothing new");
    interrupted.signal(Signal::INT);
    assert_eq!(reason(&interrupted.end(), 130)["error"]["message"], "interrupted");
}

#[test]
fn a_saved_plan_that_stopped_says_how_to_carry_on() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", TWO);
    let file = account.folder.path().join("plan.json");
    let (plan, apply) = (format!("plan --out {}", file.display()), format!("apply {}", file.display()));
    let next = format!("`copilot-infra {plan}`, then `copilot-infra {apply}`");
    account.run_on(&spec, &plan).exits(0);
    let gate = Gate::new(&[(MAKING_ORDERS, Act::Refuse("AccessDeniedException"))]);
    let carry_on = format!("make and review a plan of the rest: {next}");
    let stopped = Run::of(&mut account.command_on(&gate.url, &spec, &apply));
    let stopped = stopped.exits(5).says(&["✓ tables.items created", "✗ tables.orders", &carry_on]);
    assert!(!stopped.err.contains("The same command again"), "{}", stopped.err);

    let told = "tables.items: was planned to create, and that is done";
    let again = account.run_on(&spec, &format!("{apply} --format json"));
    let again =
        again.exits(6).says(&["nothing has been changed", told, "a part of it is done already", &carry_on]);
    let error = reason(&again, 6);
    assert_eq!(error["findings"].as_array().unwrap().len(), 1);
    assert_eq!(error["findings"][0]["message"], told);
    contains(&error["error"]["hint"], &next);

    account.run_on(&spec, &plan).exits(0);
    account.run_on(&spec, &apply).exits(0).says(&["1 created"]);
    account.run_on(&spec, &apply).exits(6).says(&["all of it is done already, and nothing is left to do"]);
}

#[test]
fn a_saved_plan_whose_apply_was_killed_says_the_same() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", TWO);
    let file = account.folder.path().join("plan.json");
    let (plan, apply) =
        (format!("plan --out {}", file.display()), format!("apply {} --no-lease", file.display()));
    account.run_on(&spec, &plan).exits(0);
    let gate = Gate::new(&[(MAKING_ORDERS, Act::Hold)]);
    let killed = Running::start(account.command_on(&gate.url, &spec, &apply));
    gate.met();
    killed.says("created tables.items");
    killed.signal(Signal::KILL);
    killed.end();
    account
        .run_on(&spec, &apply)
        .exits(6)
        .says(&["tables.items: was planned to create, and that is done", "a plan of the rest"]);
    account.run_on(&spec, &plan).exits(0);
    account.run_on(&spec, &apply).exits(0).says(&["1 created"]);
}
