//! A pipeline with the real program against the local cloud: plan, save, apply, drift.
use super::secrets::a_secret_is_in_no_plan_event_file_or_message;
use crate::support::bench::{Cloud, Stack, conforms, mode, schema};
use copilot_infra::aws::Aws;
use serde_json::{Value, json};
use std::fs;

/// One cloud serves all; each part has a stack of its own.
#[tokio::test]
async fn a_pipeline_plans_saves_applies_and_looks_for_drift() {
    let cloud = Cloud::new();
    a_saved_plan_is_applied_once_without_asking(&cloud.stack("saved"));
    let aws = cloud.aws().await;
    a_saved_plan_is_refused_when_anything_moved(&cloud.stack("moved"), &aws).await;
    events_tell_every_step_and_the_outputs(&cloud.stack("events"));
    drift_is_told_from_change(&cloud.stack("drift"), &aws).await;
    data_and_protected_resources_need_the_word(&cloud.stack("rails"));
    errors_are_annotated_in_github_actions(&cloud.stack("github"));
    a_secret_is_in_no_plan_event_file_or_message(&mut cloud.stack("hush"));
}

fn a_saved_plan_is_applied_once_without_asking(stack: &Stack<'_>) {
    stack.spec(|text| text);
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

async fn a_saved_plan_is_refused_when_anything_moved(stack: &Stack<'_>, aws: &Aws) {
    stack.spec(|text| text);
    stack.run(&["apply", "--yes"]).exits(0);
    stack.spec(|text| text.replace("timeout: 20", "timeout: 25"));
    stack.run(&["plan", "--out", "plan.json"]).exits(0);
    stack.run(&["apply", "plan.json", "--region", "eu-west-1"]).exits(6).says(&["region `us-east-1`"]);

    stack.spec(|text| text.replace("timeout: 20", "timeout: 26"));
    stack.run(&["apply", "plan.json"]).exits(6).says(&["the spec", "functions.chat", "`/timeout`"]);

    stack.spec(|text| text.replace("timeout: 20", "timeout: 25"));
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

fn events_tell_every_step_and_the_outputs(stack: &Stack<'_>) {
    stack.spec(|text| text);
    let applied = stack.run(&["apply", "--yes", "--format", "json"]).exits(0);
    let lines: Vec<Value> = applied.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let schema_of_events = schema("events");
    for line in &lines {
        conforms(&schema_of_events, line);
    }
    assert_eq!(lines[0]["type"], "version");
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
    for line in destroyed.out.lines() {
        conforms(&schema_of_events, &serde_json::from_str(line).unwrap());
    }
    assert!(destroyed.out.contains("\"action\":\"delete\""), "{}", destroyed.out);
}

async fn drift_is_told_from_change(stack: &Stack<'_>, aws: &Aws) {
    let nightly = ["plan", "--drift-only", "--detailed-exitcode"];
    stack.spec(|text| text);
    stack.run(&["apply", "--yes"]).exits(0);
    let quiet = stack.run(&nightly).exits(0);
    assert!(quiet.out.starts_with("No drift"), "{}", quiet.out);
    stack.spec(|text| text.replace("timeout: 20", "timeout: 25"));
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

fn data_and_protected_resources_need_the_word(stack: &Stack<'_>) {
    stack.spec(|text| text);
    stack.run(&["apply", "--yes"]).exits(0);
    let other = |text: String| text.replace("name: id", "name: other");
    stack.spec(other);
    stack
        .run(&["apply", "--yes"])
        .exits(1)
        .says(&["--allow-replace tables.talks", "nothing has been changed"]);
    let target = stack.run(&["plan", "--target", "functions.chat", "--detailed-exitcode"]).exits(0);
    assert!(target.out.contains("No changes"), "{}", target.out);
    stack.run(&["plan", "--target", "functions.chta"]).exits(64).says(&["did you mean `functions.chat`?"]);
    stack.run(&["apply", "--yes", "--allow-replace", "tables.talks"]).exits(0);

    let protected =
        |text: String| text.replace("    deletion_protection", "    protect: true\n    deletion_protection");
    stack.spec(|text| protected(other(text)));
    stack.run(&["apply", "--yes"]).exits(0);
    stack.run(&["plan", "--detailed-exitcode"]).exits(0);
    stack.spec(protected);
    stack.run(&["apply", "--yes", "--delete-data"]).exits(1).says(&["copilot.yaml:5:3", "`protect: true`"]);
    stack.run(&["destroy", "--yes", "--delete-data"]).exits(1).says(&["`protect: true`"]);
    stack.spec(other);
    stack.run(&["apply", "--yes"]).exits(0);
    stack.run(&["destroy", "--yes", "--delete-data"]).exits(0);
}

fn errors_are_annotated_in_github_actions(stack: &Stack<'_>) {
    stack.spec(|text| text);
    stack.run(&["apply", "--yes"]).exits(0);
    let outputs = stack.run(&["outputs", "--format", "github"]).exits(0);
    assert!(outputs.out.contains("Table=github-talks\n"), "{}", outputs.out);
    let protect = |text: String| {
        text.replace("name: id", "name: other").replace("  talks:", "  talks:\n    protect: true")
    };
    stack.spec(protect);
    let silent = stack.run(&["plan"]).exits(1);
    assert!(!silent.err.contains("::error"));
    let actions = stack.within("GITHUB_ACTIONS", "true");
    let told = actions.run(&["plan", "-f", stack.path("copilot.yaml").to_str().unwrap()]).exits(1);
    let line = told.err.lines().find(|line| line.starts_with("::error ")).unwrap();
    assert!(line.contains("copilot.yaml,line=5,endLine=5,col=3,"), "{line}");
    assert!(line.contains("tables.talks: it is to be replaced"), "{line}");
}
