//! A pipeline with the real program against the local cloud: plan, save, apply, drift.
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use copilot_infra::aws::Aws;
use serde_json::{Value, json};

use crate::support::{
    schema::{conforms, events, schema},
    stack::Stack,
};

/// A table, and a function behind an API.
pub(crate) const SPEC: &str = "version: 1
stack: STACK
region: us-east-1
tables:
  talks:
    partition_key: { name: id, type: S }
    deletion_protection: false
functions:
  chat:
    handler: websocket-handler.messageHandler
    timeout: 20
    memory: 256
    access: { tables: { talks: read } }
api:
  routes: { $connect: chat, $default: chat }
  stage: { logging: off }
outputs:
  Url: ${api.url}
  Table: ${tables.talks.name}
";

/// The permission bits of a file.
fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_saved_plan_is_applied_once_without_asking() {
    let stack = Stack::write("saved", SPEC);
    stack.run(&["plan", "--detailed-exitcode", "--out", "plan.json"]).exits(2);
    assert_eq!(mode(&stack.path("plan.json")), 0o600);
    let plan: Value = serde_json::from_str(&fs::read_to_string(stack.path("plan.json")).unwrap()).unwrap();
    conforms(&schema("plan"), &plan);
    assert_eq!(plan["format_version"], "1.0");
    assert_eq!((&plan["stack"], &plan["region"]), (&json!("saved"), &json!("us-east-1")));
    let table = &plan["resource_changes"][0];
    assert_eq!((&table["address"], &table["actions"]), (&json!("tables.talks"), &json!(["create"])));
    let stage = plan["resource_changes"].as_array().unwrap().last().unwrap();
    assert_eq!(stage["after_unknown"]["api"], true);
    assert!(stage["after"].get("api").is_none());

    let applied = stack.run(&["apply", "plan.json"]).exits(0);
    assert!(applied.out.contains("Url = wss://"), "{}", applied.out);
    stack.run(&["plan", "--detailed-exitcode"]).exits(0);
    stack.run(&["apply", "plan.json"]).exits(6).says(&["tables.talks", "functions.chat"]);
    stack.run(&["apply", "copilot.yaml"]).exits(1).says(&["cannot read the plan"]);
    stack.run(&["apply", "plan.json", "--delete-data"]).exits(64);
}

#[tokio::test]
async fn a_saved_plan_is_refused_when_anything_moved() {
    let stack = Stack::write("moved", SPEC);
    let aws = &stack.aws().await;
    stack.run(&["apply", "--yes"]).exits(0);
    stack.spec(&SPEC.replace("timeout: 20", "timeout: 25"));
    stack.run(&["plan", "--out", "plan.json"]).exits(0);
    stack.run(&["apply", "plan.json", "--region", "eu-west-1"]).exits(6).says(&["region `us-east-1`"]);

    stack.spec(&SPEC.replace("timeout: 20", "timeout: 26"));
    stack.run(&["apply", "plan.json"]).exits(6).says(&["the spec", "functions.chat", "`/timeout`"]);

    stack.spec(&SPEC.replace("timeout: 20", "timeout: 25"));
    set_memory(aws, "moved-chat", 1024).await;
    stack.run(&["apply", "plan.json"]).exits(6).says(&["functions.chat", "`/memory`"]);
    assert_eq!(function(aws, "moved-chat").await, (1024, 20), "nothing was changed");

    set_memory(aws, "moved-chat", 256).await;
    stack.run(&["apply", "plan.json"]).exits(0);
    assert_eq!(function(aws, "moved-chat").await, (256, 25));
}

async fn set_memory(aws: &Aws, name: &str, memory: i32) {
    let call = aws.lambda().update_function_configuration().function_name(name).memory_size(memory);
    call.send().await.unwrap();
}

async fn function(aws: &Aws, name: &str) -> (i32, i32) {
    let seen = aws.lambda().get_function_configuration().function_name(name).send().await.unwrap();
    (seen.memory_size().unwrap(), seen.timeout().unwrap())
}

#[test]
fn a_saved_plan_keeps_its_hidden_values_and_is_no_consent() {
    let hidden = SPEC
        .replace("tables:\n  talks", "inputs:\n  token: { env: MY_TOKEN }\ntables:\n  talks")
        .replace("    timeout: 20", "    timeout: 20\n    environment: { API_TOKEN: \"${inputs.token}\" }");
    let mut stack = Stack::write("promised", &hidden);
    let set = |stack: &mut Stack, value: &str| stack.variables = vec![("MY_TOKEN", value.to_owned())];
    set(&mut stack, "reviewedvalue0001");
    stack.run(&["plan", "--out", "plan.json"]).exits(0);
    set(&mut stack, "attackervalue9999");
    stack.run(&["apply", "plan.json"]).exits(6).says(&["a hidden value", "nothing has been changed"]);
    set(&mut stack, "reviewedvalue0001");
    let saved = fs::read_to_string(stack.path("plan.json")).unwrap();
    for (from, to) in [
        ("the spec asks for it", "nobody asks for it"),
        ("\"holds_data\": true", "\"holds_data\": false"),
        ("\"created\": \"2", "\"created\": \"9"),
        ("\"tool_version\": \"", "\"tool_version\": \"9"),
    ] {
        assert!(saved.contains(from), "{from}");
        fs::write(stack.path("forged.json"), saved.replace(from, to)).unwrap();
        stack.run(&["apply", "forged.json"]).exits(6);
    }
    stack.run(&["apply", "plan.json"]).exits(0);
    stack.run(&["plan", "--detailed-exitcode"]).exits(0);

    // All of it leaves the spec, the table too.
    stack.spec("version: 1\nstack: STACK\nregion: us-east-1\n");
    stack.run(&["plan", "--delete-data", "--out", "plan.json"]).exits(0);
    stack.run(&["apply", "plan.json"]).exits(1).says(&[
        "saved with `--delete-data`",
        "nothing has been changed",
        "`copilot-infra apply plan.json --delete-data`",
    ]);
    let more = ["apply", "plan.json", "--delete-data", "--allow-replace", "tables.talks"];
    stack.run(&more).exits(64).says(&["without `--allow-replace tables.talks`"]);
    stack.run(&["apply", "plan.json", "--delete-data"]).exits(0);
}

#[test]
fn events_tell_every_step_and_the_outputs() {
    let stack = Stack::write("events", SPEC);
    let applied = stack.run(&["apply", "--yes", "--format", "json"]).exits(0);
    let lines = events(&applied);
    let of = |kind: &str, address: &str| {
        lines.iter().position(|line| line["type"] == kind && line["address"] == address).unwrap()
    };
    assert!(of("started", "tables.talks") < of("done", "tables.talks"));
    assert!(of("done", "functions.chat") < of("started", "permissions.chat"));
    let [.., summary, outputs] = &lines[..] else { panic!("too few lines") };
    assert_eq!((&summary["type"], &summary["complete"]), (&json!("summary"), &json!(true)));
    let live = stack.run(&["outputs", "--format", "json"]).exits(0).json();
    conforms(&schema("outputs"), &live);
    assert_eq!(outputs["values"], live);
    let destroyed = stack.run(&["destroy", "--yes", "--delete-data", "--format", "json"]).exits(0);
    events(&destroyed);
    assert!(destroyed.out.contains("\"action\":\"delete\""), "{}", destroyed.out);
}

#[tokio::test]
async fn drift_is_told_from_change() {
    let stack = Stack::write("drift", SPEC);
    let nightly = ["plan", "--drift-only", "--detailed-exitcode"];
    let aws = &stack.aws().await;
    stack.run(&["apply", "--yes"]).exits(0);
    let quiet = stack.run(&nightly).exits(0);
    assert!(quiet.out.starts_with("No drift"), "{}", quiet.out);
    stack.spec(&SPEC.replace("timeout: 20", "timeout: 25"));
    stack.run(&nightly).exits(0);
    stack.run(&["plan", "--detailed-exitcode"]).exits(2);

    set_memory(aws, "drift-chat", 1024).await;
    aws.dynamodb().delete_table().table_name("drift-talks").send().await.unwrap();
    let call = aws.lambda().remove_permission().function_name("drift-chat");
    call.statement_id("apigateway-connect").send().await.unwrap();
    let plan = stack.run(&[&nightly[..], &["--format", "json"]].concat()).exits(2).json();
    conforms(&schema("plan"), &plan);
    let changes = plan["resource_changes"].as_array().unwrap();
    let origins: Vec<_> = changes
        .iter()
        .filter(|one| one["actions"] != json!(["no-op"]))
        .map(|one| (one["address"].as_str().unwrap(), one["origin"].as_str().unwrap()))
        .collect();
    let expected = [("tables.talks", "drift"), ("functions.chat", "both"), ("permissions.chat", "drift")];
    assert_eq!(origins, expected);
    assert_eq!(plan["summary"]["drift"], 3);

    stack.run(&["apply", "--yes"]).exits(0);
    stack.run(&nightly).exits(0);
    stack.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn data_and_protected_resources_need_the_word() {
    let stack = Stack::write("rails", SPEC);
    stack.run(&["apply", "--yes"]).exits(0);
    let protect =
        |text: &str| text.replace("    deletion_protection", "    protect: true\n    deletion_protection");
    let other = SPEC.replace("name: id", "name: other");
    stack.spec(&other);
    stack
        .run(&["apply", "--yes"])
        .exits(1)
        .says(&["--allow-replace tables.talks", "nothing has been changed"]);
    let target = stack.run(&["plan", "--target", "functions.chat", "--detailed-exitcode"]).exits(0);
    assert!(target.out.contains("No changes"), "{}", target.out);
    stack.run(&["plan", "--target", "functions.chta"]).exits(64).says(&["did you mean `functions.chat`?"]);
    stack.run(&["apply", "--yes", "--allow-replace", "tables.talks"]).exits(0);

    stack.spec(&protect(&other));
    stack.run(&["apply", "--yes"]).exits(0);
    stack.run(&["plan", "--detailed-exitcode"]).exits(0);
    stack.spec(&protect(SPEC));
    stack.run(&["apply", "--yes", "--delete-data"]).exits(1).says(&["copilot.yaml:5:3", "`protect: true`"]);
    stack.run(&["destroy", "--yes", "--delete-data"]).exits(1).says(&["`protect: true`"]);
    stack.spec(&other);
    stack.run(&["apply", "--yes"]).exits(0);
    stack.run(&["destroy", "--yes", "--delete-data"]).exits(0);
}

#[test]
fn errors_are_annotated_in_github_actions() {
    let mut stack = Stack::write("github", SPEC);
    stack.run(&["apply", "--yes"]).exits(0);
    let outputs = stack.run(&["outputs", "--format", "github"]).exits(0);
    assert!(outputs.out.contains("Table=github-talks\n"), "{}", outputs.out);
    let protected = SPEC.replace("  talks:", "  talks:\n    protect: true");
    stack.spec(&protected.replace("name: id", "name: other"));
    let silent = stack.run(&["plan"]).exits(1);
    assert!(!silent.err.contains("::error"));
    stack.variables.push(("GITHUB_ACTIONS", "true".into()));
    let told = stack.run(&["plan"]).exits(1);
    let line = told.err.lines().find(|line| line.starts_with("::error ")).unwrap();
    assert!(line.contains("copilot.yaml,line=5,endLine=5,col=3,"), "{line}");
    assert!(line.contains("tables.talks: it is to be replaced"), "{line}");
}
