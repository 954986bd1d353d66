//! Why a command fails, for people on stderr and for programs on stdout.
use serde_json::{Value, json};

use crate::support::{
    program::Run,
    project::{Project, TABLES},
    schema::{conforms, schema},
    stand_in::{ACCOUNT, Answer, JSON, caller, refusal, stand_in},
};

fn expired(_: &str) -> Answer {
    refusal("ExpiredToken", "The security token included in the request is expired")
}

/// Holds what stands on stdout to the schema that the program prints.
#[track_caller]
fn keeps_schema(run: &Run, of: &str) {
    let schema = schema(of);
    conforms(&schema, &run.json());
    assert!(!schema.is_valid(&json!({ "error": { "message": 1 } })));
}

#[test]
fn a_program_reads_on_stdout_why_there_is_no_result() {
    let url = stand_in(expired);
    let program = Project::on(TABLES);
    let run = |command: &str| program.run(&[command, "--format", "json", "--endpoint-url", &url]);
    for command in ["plan", "outputs", "smoke", "logs"] {
        let ended = run(command)
            .exits(1)
            .says(&["error: sts:GetCallerIdentity was refused: ExpiredToken", "hint: sign in again"]);
        let error = &ended.json()["error"];
        assert_eq!((&error["exit_code"], &error["code"]), (&json!(1), &json!("ExpiredToken")), "{error}");
        assert_eq!(error["operation"], "sts:GetCallerIdentity");
        assert!(error["hint"].as_str().unwrap().starts_with("sign in again"), "{error}");
        assert_eq!(error["findings"], json!([]));
    }
    assert_eq!(run("logs").out.lines().count(), 1, "one line, like all others of `logs`");
    keeps_schema(&run("plan"), "plan");
    keeps_schema(&run("outputs"), "outputs");
    assert_eq!(program.run(&["plan", "--endpoint-url", &url]).out, "", "for people stderr is enough");
}

#[test]
fn a_wrong_spec_is_told_with_its_findings() {
    let program = Project::on("table: {}\n");
    let ended = program.run(&["plan", "--format", "json"]).exits(65).says(&["unknown key `table`"]);
    let error = &ended.json()["error"];
    assert_eq!((&error["exit_code"], &error["findings"][0]["rule"]), (&json!(65), &json!("unknown-key")));
    assert_eq!(error["findings"][0]["place"]["line"], 3);
    keeps_schema(&ended, "plan");
}

#[test]
fn the_doctor_says_what_is_wrong_with_credentials() {
    let url = stand_in(expired);
    let program = Project::on(TABLES);
    let ended = program.run(&["doctor", "--format", "json", "--endpoint-url", &url]);
    let found = &ended.exits(1).json()["findings"];
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!((&found[0]["check"], &found[0]["level"]), (&json!("credentials"), &json!("problem")));
    assert!(found[0]["remedy"].as_str().unwrap().starts_with("sign in again"), "{found}");
    let ended = program.run(&["doctor", "--endpoint-url", &url]);
    assert!(
        ended.out.contains("✗ credentials") && ended.out.contains("hint: sign in again"),
        "{}",
        ended.out
    );
}

#[test]
fn a_wrong_account_is_told_in_its_own_words() {
    let url = stand_in(|request| caller(request).unwrap_or_else(|| refusal("AccessDenied", "no")));
    let program = Project::on(&format!("account: \"210987654321\"\n{TABLES}"));
    for command in [&["apply", "--yes"][..], &["plan"]] {
        let ended = program.run(&[command, &["--format", "json", "--endpoint-url", &url]].concat());
        let last: Value =
            serde_json::from_str(ended.out.lines().last().filter(|it| it.len() > 1).unwrap_or(&ended.out))
                .unwrap();
        let error = &last["error"];
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("210987654321") && message.contains(ACCOUNT), "{error}");
        assert!(error["hint"].as_str().unwrap().contains("--profile"), "{error}");
    }
}

#[test]
fn an_input_without_a_value_says_what_to_do() {
    let answer = |request: &str| {
        let exports =
            "<ListExportsResponse><ListExportsResult><Exports/></ListExportsResult></ListExportsResponse>";
        let missing = || refusal("ValidationError", "Stack with id other does not exist");
        let exports = || request.contains("Action=ListExports").then(|| (200, "text/xml", exports.into()));
        caller(request).or_else(exports).unwrap_or_else(missing)
    };
    let url = stand_in(answer);
    let inputs = "inputs:\n  a: { env: SHOP_A }\n  b: { cloudformation: { stack: other, output: B } }\n  c: { export: C }\n";
    let outputs = "outputs: { A: \"${inputs.a}${inputs.b}${inputs.c}\" }\n";
    Project::on(&format!("{inputs}{TABLES}{outputs}")).run(&["plan", "--endpoint-url", &url]).exits(1).says(&[
            "hint: set `SHOP_A`, or give the input a `default`",
            "hint: `aws cloudformation describe-stacks --region us-east-1 --stack-name other` shows its outputs",
            "hint: `aws cloudformation list-exports --region us-east-1` shows all",
        ]);
}

#[test]
fn all_reads_that_fail_are_told_in_the_order_of_the_spec() {
    let url = stand_in(|request| {
        let table = ["shop-orders", "shop-items"].into_iter().find(|name| request.contains(name));
        let words = table.map_or("no".into(), |name| format!("not allowed on {name}"));
        let refused = json!({ "__type": "AccessDeniedException", "message": words }).to_string();
        caller(request).unwrap_or((400, JSON, refused))
    });
    let program = Project::on(TABLES);
    let ended = program
        .run(&["plan", "--format", "json", "--endpoint-url", &url])
        .exits(1)
        .says(&["reading tables.items failed", "reading tables.orders failed"]);
    let error = ended.json()["error"].clone();
    let found = error["findings"].as_array().unwrap();
    let addresses: Vec<_> = found.iter().take(2).map(|one| one["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["tables.items", "tables.orders"]);
    assert!(error["message"].as_str().unwrap().contains("not allowed on shop-items"), "{error}");
    let ended = program.run(&["doctor", "--endpoint-url", &url]);
    assert!(ended.out.contains("drift         tables.orders: dynamodb:DescribeTable"), "{}", ended.out);
}

#[test]
fn every_failure_is_annotated_in_a_workflow() {
    let url = stand_in(|request| caller(request).unwrap_or_else(|| refusal("AccessDenied", "no")));
    let program = Project::on(TABLES).with("GITHUB_ACTIONS", "true").with("AWS_ENDPOINT_URL", &url);
    let annotated = |arguments: &[&str]| {
        let ended = program.run(arguments);
        assert!(
            ended.code != Some(0) && ended.err.lines().any(|line| line.starts_with("::error ")),
            "{ended}"
        );
    };
    for usage in [&["smoke"] as &[&str], &["chat"], &["explain", "zebra"], &["plan", "--target", "nowhere"]] {
        annotated(usage);
    }
    for failed in [&["plan"] as &[&str], &["apply", "none.json"], &["init"], &["outputs", "nope"]] {
        annotated(failed);
    }
}

/// The lines that GitHub's runner takes for commands, by its own rules.
fn commands(told: &str) -> Vec<&str> {
    let (mut taken, mut stopped) = (Vec::new(), None::<&str>);
    for line in told.lines() {
        let begins = line.trim_start().strip_prefix("::").and_then(|rest| rest.split_once("::"));
        match (stopped, begins) {
            (Some(token), Some((name, ""))) if name == token => stopped = None,
            (Some(_), _) => {}
            (None, Some(("stop-commands", token))) => stopped = Some(token),
            (None, Some((name, _))) => taken.push(name.split(' ').next().unwrap()),
            (None, None) => assert!(!line.contains("##["), "{line}"),
        }
    }
    assert_eq!(stopped, None, "what comes after may give commands");
    taken
}

#[test]
fn in_a_workflow_nothing_but_annotations_is_a_command() {
    let odd = "no\n::add-mask::x\n##[add-mask]y\u{1b}[2J\u{9b}2J\nPlan: 0 to create, 9 unchanged.\n";
    let url = stand_in(move |request| {
        let refused = json!({ "__type": "AccessDeniedException", "message": odd }).to_string();
        caller(request).unwrap_or((400, JSON, refused))
    });
    let program = Project::on(TABLES).with("AWS_ENDPOINT_URL", &url);
    for arguments in [&["plan"] as &[&str], &["plan", "--format", "json"], &["doctor"], &["plan", "-v"]] {
        let outside = program.run(arguments);
        let inside = Run::of(program.command(arguments).env("GITHUB_ACTIONS", "true"));
        assert_eq!(commands(&outside.text()), [""; 0], "{outside}");
        let taken = commands(&inside.err);
        assert!(taken.iter().all(|name| ["error", "warning"].contains(name)), "{inside}");
        assert_eq!(taken.contains(&"error"), arguments[0] != "doctor", "{inside}");
        for told in [outside.text(), inside.text()] {
            assert!(!told.contains(|sign: char| sign.is_control() && sign != '\n'), "{told:?}");
            assert!(!told.lines().any(|line| line.starts_with("Plan: ")), "{told}");
        }
    }
    let path = program.path("copilot.yaml");
    let marked = ["validate", "-f", path.to_str().unwrap(), "--format", "github"];
    let marked = Run::of(program.command(&marked).env("GITHUB_ACTIONS", "true"));
    assert!(!marked.text().contains("::stop-commands::"), "its annotations are the result: {marked}");
}

#[test]
fn there_is_one_hint_and_programs_read_the_same() {
    let url = stand_in(|request| caller(request).unwrap_or_else(|| refusal("AccessDenied", "no")));
    let program = Project::on(TABLES).with("AWS_ENDPOINT_URL", &url);
    for usage in [
        &["explain", "zebra"] as &[&str],
        &["explain", "open-conect"],
        &["smoke", "--format", "json"],
        &["plan", "--format", "env"],
        &["logs", "nobody"],
    ] {
        let ended = program.run(usage).exits(64);
        assert_eq!(ended.err.matches("hint: ").count(), 1, "{ended}");
    }
    let ended = program.run(&["smoke", "--format", "json"]).exits(64);
    let hint = ended.json()["error"]["hint"].as_str().unwrap().to_owned();
    ended.says(&[&format!("hint: {hint}")]);
}
