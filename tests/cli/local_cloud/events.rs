//! What a program reads of runs that are refused or stop: whatever happens, the last event says why.
use crate::support::{
    empty::{Cloud, ONE, TWO},
    gate::{Act, Gate},
    program::{Ended, Started, program, run},
};
use copilot_infra::lease::TABLE;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::process::Command;

const MAKING_ITEMS: &[&str] = &["DynamoDB_20120810.CreateTable", "shop-items"];
const MAKING_ORDERS: &[&str] = &["DynamoDB_20120810.CreateTable", "shop-orders"];

/// The events, each held to the schema that the program prints.
fn events(ended: &Ended) -> Vec<Value> {
    let schema =
        Command::new(env!("CARGO_BIN_EXE_copilot-infra")).args(["schema", "events"]).output().unwrap();
    let schema = jsonschema::draft202012::new(&serde_json::from_slice(&schema.stdout).unwrap()).unwrap();
    let events: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in &events {
        let wrong: Vec<String> = schema.iter_errors(event).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:?} in {event}");
    }
    assert_eq!(events[0]["type"], "version", "{}", ended.out);
    events
}

/// The last event of a run that ended with `code`.
#[track_caller]
fn reason(ended: &Ended, code: i32) -> Value {
    ended.is(code, &[]);
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
    let cloud = Cloud::new();
    let wrong = cloud.spec("copilot.yaml", "table: {}\n");
    let ended = run(&cloud, &wrong, APPLY);
    assert_eq!(events(&ended)[0]["stack"], Value::Null);
    let finding = &reason(&ended, 65)["findings"][0];
    assert_eq!((&finding["rule"], &finding["place"]["line"]), (&json!("unknown-key"), &json!(3)));
    let missing = run(&cloud, &wrong.with_file_name("none.yaml"), "destroy --yes --format json");
    contains(&reason(&missing, 65)["error"]["message"], "there is no file");
}

#[test]
fn refusals_name_what_stands_in_the_way_and_the_next_step() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    let asked = reason(&run(&cloud, &spec, "apply --format json"), 1);
    contains(&asked["error"]["message"], "nobody to ask");
    contains(&asked["error"]["hint"], "copilot-infra apply --yes");
    let account = cloud.spec("other.yaml", &format!("account: \"123456789012\"\n{ONE}"));
    contains(&reason(&run(&cloud, &account, APPLY), 1)["findings"][0]["message"], "this spec is for account");

    run(&cloud, &spec, "apply --yes").is(0, &[]);
    let protect = |key: &str| {
        format!(
            "tables:\n  items: {{ partition_key: {{ name: {key}, type: S }}, deletion_protection: false, protect: true }}\n"
        )
    };
    let spec = cloud.spec("copilot.yaml", &protect("id"));
    run(&cloud, &spec, "apply --yes").is(0, &[]);
    let spec = cloud.spec("copilot.yaml", &protect("other"));
    let refused = reason(&run(&cloud, &spec, "apply --yes --delete-data --format json"), 1);
    let finding = &refused["findings"][0];
    assert_eq!((&finding["address"], &finding["place"]["line"]), (&json!("tables.items"), &json!(4)));
    contains(&finding["hint"], "protect: false");
}

#[test]
fn what_aws_refuses_is_told_with_its_code() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    let under = |words: &'static [&'static str]| {
        let gate = Gate::before(&cloud.url, &[(words, Act::Refuse("AccessDeniedException"))]);
        Started::new(&mut program(&cloud, &gate.url, &spec, APPLY)).end()
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
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    let gate = Gate::before(&cloud.url, &[(MAKING_ITEMS, Act::Hold)]);
    let first = Started::new(&mut program(&cloud, &gate.url, &spec, "apply --yes"));
    gate.met();
    let mut command = program(&cloud, &cloud.url, &spec, APPLY);
    let refused = Started::new(command.env("GITHUB_ACTIONS", "true")).end();
    refused.is(7, &["::error title=the lease of the stack::another run holds the lease"]);
    contains(&reason(&refused, 7)["error"]["message"], &format!("process {}", first.pid()));
    gate.open();
    first.end().is(0, &[]);
    let again = events(&run(&cloud, &spec, APPLY));
    let kinds: Vec<_> = again.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["version", "summary", "outputs"], "nothing to do is told as well");
}

#[test]
fn a_run_that_stops_tells_its_summary_and_why() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", TWO);
    let gate = Gate::before(&cloud.url, &[(MAKING_ORDERS, Act::Refuse("AccessDeniedException"))]);
    let ended = Started::new(&mut program(&cloud, &gate.url, &spec, APPLY)).end();
    reason(&ended, 5);
    let events = events(&ended);
    let summary = &events[events.len() - 2];
    assert_eq!((&summary["complete"], &summary["failed"]), (&json!(false), &json!(1)));

    let gate = Gate::before(&cloud.url, &[(MAKING_ORDERS, Act::Hold)]);
    let interrupted = Started::new(&mut program(&cloud, &gate.url, &spec, APPLY));
    gate.met();
    interrupted.signal(Signal::INT);
    interrupted.says("interrupted: starting nothing new");
    interrupted.signal(Signal::INT);
    assert_eq!(reason(&interrupted.end(), 130)["error"]["message"], "interrupted");
}

#[test]
fn a_saved_plan_that_stopped_part_way_says_what_is_done_and_how_to_carry_on() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", TWO);
    let file = cloud.folder.path().join("plan.json");
    let (plan, apply) = (format!("plan --out {}", file.display()), format!("apply {}", file.display()));
    let next = format!("`copilot-infra {plan}`, then `copilot-infra {apply}`");
    run(&cloud, &spec, &plan).is(0, &[]);
    let gate = Gate::before(&cloud.url, &[(MAKING_ORDERS, Act::Refuse("AccessDeniedException"))]);
    let stopped = Started::new(&mut program(&cloud, &gate.url, &spec, &apply)).end();
    let carry_on = format!("make and review a plan of the rest: {next}");
    stopped.is(5, &["✓ tables.items created", "✗ tables.orders", &carry_on]);
    assert!(!stopped.err.contains("The same command again"), "{}", stopped.err);

    let again = run(&cloud, &spec, &format!("{apply} --format json"));
    let told = "tables.items: was planned to create, and that is done";
    again.is(6, &["nothing has been changed", told, "a part of it is done already", &carry_on]);
    let error = reason(&again, 6);
    assert_eq!(error["findings"].as_array().unwrap().len(), 1);
    assert_eq!(error["findings"][0]["message"], told);
    contains(&error["error"]["hint"], &next);

    run(&cloud, &spec, &plan).is(0, &[]);
    run(&cloud, &spec, &apply).is(0, &["1 created"]);
    run(&cloud, &spec, &apply).is(6, &["all of it is done already, and nothing is left to do"]);
}

#[test]
fn a_saved_plan_whose_apply_was_killed_says_the_same() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", TWO);
    let file = cloud.folder.path().join("plan.json");
    let (plan, apply) =
        (format!("plan --out {}", file.display()), format!("apply {} --no-lease", file.display()));
    run(&cloud, &spec, &plan).is(0, &[]);
    let gate = Gate::before(&cloud.url, &[(MAKING_ORDERS, Act::Hold)]);
    let killed = Started::new(&mut program(&cloud, &gate.url, &spec, &apply));
    gate.met();
    killed.says("created tables.items");
    killed.signal(Signal::KILL);
    killed.end();
    run(&cloud, &spec, &apply)
        .is(6, &["tables.items: was planned to create, and that is done", "a plan of the rest"]);
    run(&cloud, &spec, &plan).is(0, &[]);
    run(&cloud, &spec, &apply).is(0, &["1 created"]);
}
