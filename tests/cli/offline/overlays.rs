//! One spec for several stages: overlays, values on the command line, and inputs in names and numbers.
use std::{fs, path::Path};

use serde_json::Value;

use crate::support::program::{Run, program, run};

const BASE: &str = "\
version: 1
stack: chat
tags: { stage: dev, team: edge }
tables:
  turns:
    partition_key: { name: id, type: S }
    ttl: expiresAt
functions:
  work: { runtime: nodejs22.x, handler: websocket-handler.messageHandler, memory: 256 }
";
const PROD: &str = "\
stack: chat-prod
tags: { stage: prod }
tables:
  turns: { ttl: null, point_in_time_recovery: true }
functions:
  work: { memory: 1024 }
";

/// Writes both files and returns their paths.
fn files(folder: &Path, base: &str, over: &str) -> [String; 2] {
    [("base.yaml", base), ("prod.yaml", over)].map(|(name, text)| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name).display().to_string()
    })
}

/// The merged spec, and the place of each value.
fn merged(arguments: &[&str]) -> (Value, Value) {
    let run = run(&[&["validate", "--show", "--format", "json"], arguments].concat()).exits(0);
    let shown: Value = serde_json::from_str(&run.out).unwrap();
    (shown["spec"].clone(), shown["places"].clone())
}

#[test]
fn mappings_merge_null_removes_and_each_value_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let [base, prod] = files(folder.path(), BASE, PROD);
    let (spec, places) =
        merged(&["-f", &base, "-f", &prod, "--set", "functions.work.timeout=9", "--stack", "mine"]);
    assert_eq!(spec["stack"], "mine");
    assert_eq!(spec["tags"], serde_json::json!({"stage": "prod", "team": "edge"}));
    assert!(spec["tables"]["turns"].get("ttl").is_none(), "null removes");
    assert_eq!(spec["functions"]["work"]["memory"], 1024);
    assert_eq!(spec["functions"]["work"]["timeout"], 9);
    let place = |pointer: &str| (places[pointer]["file"].clone(), places[pointer]["line"].clone());
    assert_eq!(place("/tags/stage"), (prod.clone().into(), 2.into()));
    assert_eq!(place("/tags/team"), (base.clone().into(), 3.into()));
    assert_eq!(place("/functions/work/timeout"), ("--set".into(), 1.into()));
    assert_eq!(place("/stack"), ("--stack".into(), 1.into()));
}

#[test]
fn the_merged_spec_is_a_spec() {
    let folder = tempfile::tempdir().unwrap();
    let [base, prod] = files(folder.path(), BASE, PROD);
    let shown = run(&["validate", "--show", "-f", &base, "-f", &prod]);
    assert!(shown.out.contains(&format!("memory: 1024  # {prod}:6\n")), "{shown}");
    let again = folder.path().join("merged.yaml");
    fs::write(&again, &shown.out).unwrap();
    assert_eq!(merged(&["-f", &again.display().to_string()]).0, merged(&["-f", &base, "-f", &prod]).0);
}

#[test]
fn a_finding_is_shown_in_the_file_or_flag_it_stands_in() {
    let folder = tempfile::tempdir().unwrap();
    let [base, prod] = files(folder.path(), BASE, "functions:\n  work: { memory: 64 }\n");
    let told = run(&["validate", "-f", &base, "-f", &prod]).exits(65);
    assert!(told.err.contains(&format!("{prod}:2:19")), "{told}");
    let told = run(&["validate", "-f", &base, "--set", "functions.work.memry=512"]).exits(65);
    assert!(told.err.contains("--set:1:16") && told.err.contains("functions.work.memry=512"), "{told}");
    let told = run(&["validate", "-f", &base, "-f", &prod, "--format", "json"]);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    let found = told["diagnostics"].as_array().unwrap().iter().find(|one| one["rule"] == "out-of-range");
    assert_eq!((&told["file"], &found.expect("it is found")["file"]), (&base.into(), &prod.clone().into()));
    let broken = format!("{prod}.broken");
    fs::write(&broken, "tags: [\n").unwrap();
    let told = run(&["validate", "-f", &prod, "-f", &broken]).exits(65);
    assert!(told.err.contains(&format!("{broken}:1")), "{told}");
}

#[test]
fn a_setting_is_a_path_and_a_value() {
    for wrong in ["memory", "=1", "a..b=1"] {
        run(&["validate", "--set", wrong]).exits(64);
    }
}

#[test]
fn an_input_may_stand_in_a_name_a_number_and_a_switch() {
    let folder = tempfile::tempdir().unwrap();
    let spec = "\
version: 1
stack: chat-${inputs.stage}
inputs:
  stage: { env: STAGE, default: dev }
  memory: { file: memory.txt }
  recover: { value: \"true\" }
tables:
  turns: { partition_key: { name: id, type: S }, point_in_time_recovery: \"${inputs.recover}\" }
functions:
  work: { runtime: nodejs22.x, handler: websocket-handler.messageHandler, memory: \"${inputs.memory}\" }
outputs: { Table: \"${tables.turns.name}\" }
";
    fs::write(folder.path().join("memory.txt"), "512\n").unwrap();
    let [path, _] = files(folder.path(), spec, "");
    let policy = |stage: Option<&str>| {
        let mut command =
            program(&["policy", "roles", "-f", &path, "--account", "123456789012", "--region", "us-east-1"]);
        Run::of(command.envs(stage.map(|stage| ("STAGE", stage))))
    };
    run(&["validate", "-f", &path]).exits(0);
    assert!(policy(Some("prod")).out.contains("chat-prod"), "{}", policy(Some("prod")));
    assert!(policy(None).out.contains("chat-dev"));
    fs::write(folder.path().join("memory.txt"), "64").unwrap();
    let told = run(&["validate", "-f", &path]).exits(65);
    assert!(told.err.contains("`functions.work.memory` cannot be 64"), "{told}");
    fs::remove_file(folder.path().join("memory.txt")).unwrap();
    let told = run(&["validate", "-f", &path]).exits(65);
    assert!(told.err.contains("`functions.work.memory` needs the value of `${inputs.memory}`"), "{told}");
    assert!(told.err.contains("write the value into `memory.txt`"), "{told}");
    // Who only reads the stack need not know how it is configured.
    policy(Some("prod")).exits(0);
}
