//! `validate` and `explain` as they are run: exit codes, streams, and what is told where.
use std::fs;

use super::{FINE, POLICY, WRONG, spec};
use crate::support::program::{Run, program, run};

#[test]
fn a_secret_in_the_spec_is_in_no_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = spec(folder.path(), POLICY);
    for format in ["text", "json", "sarif", "github"] {
        let mut command = program(&["validate", "-f", &path, "--format", format]);
        let all = Run::of(command.env("GITHUB_ACTIONS", "true")).text();
        assert!(all.contains("pasted-secret") && !all.contains("correct-horse"), "{format}: {all}");
    }
}

#[test]
fn a_secret_that_is_suppressed_is_in_no_line_that_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = spec(
        folder.path(),
        "version: 1\nstack: demo\ninputs: { password: { value: correct-horse-battery }, spare: { value: x } }\nsuppress:\n  \
         - { rule: pasted-secret, resource: inputs.password, reason: a demonstration, until: \"2999-12-31\" }\n",
    );
    let told = run(&["validate", "-f", &path]).err;
    assert!(told.contains("unused-input") && told.contains("value: *********************"), "{told}");
    assert!(!told.contains("pasted-secret") && !told.contains("correct-horse"), "{told}");
}

#[test]
fn a_version_whose_facts_are_old_says_so_once_and_beside_the_result() {
    for format in ["text", "json"] {
        let mut command = program(&["validate", "-f", FINE, "--format", format]);
        let old = Run::of(command.env("COPILOT_INFRA_TODAY", "2027-12-01"));
        assert_eq!(old.err.matches("a newer version may know better").count(), 1, "{old}");
        assert!(!old.out.contains("newer version"), "{old}");
        assert!(!run(&["validate", "-f", FINE, "--format", format]).err.contains("newer version"));
    }
}

#[test]
fn notes_are_told_by_validate_alone_and_warnings_by_all() {
    let validated = run(&["validate", "-f", FINE]);
    assert!(validated.out.contains("examples/minimal.yaml has no errors; 1 warning, "), "{validated}");
    assert!(validated.err.contains("note[no-account]"));
    // Nobody answers there, but the spec comes first.
    let planned = run(&["plan", "-f", FINE, "--endpoint-url", "http://127.0.0.1:1", "--region", "us-east-1"]);
    let told = planned.err;
    assert!(
        told.contains("warning[open-connect]") && told.contains("examples/minimal.yaml: 1 warning\n"),
        "{told}"
    );
    assert!(!told.contains("note["), "{told}");
    // So it is when the spec is wrong.
    let folder = tempfile::tempdir().unwrap();
    let wrong = spec(folder.path(), WRONG);
    assert!(run(&["validate", "-f", &wrong]).err.contains("note["));
    for arguments in [["plan", "-f", &wrong, "--no-color"], ["validate", "-f", &wrong, "--quiet"]] {
        let told = run(&arguments).err;
        assert!(told.contains("error[") && !told.contains("note["), "{arguments:?}: {told}");
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let listed = run(&["validate", "--rules"]).out;
    assert!(listed.lines().count() >= 80 && listed.contains("open-connect"), "{listed}");
    let json = run(&["validate", "--rules", "--format", "json"]).json();
    let rules = json.as_array().unwrap();
    assert_eq!(rules.len(), listed.lines().count());
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        assert!(listed.contains(id), "{id}");
    }
    let explained = run(&["explain", "open-connect"]).out;
    for part in ["open-connect (warning)", "Remedy: ", "CKV_AWS_309", "suppress:"] {
        assert!(explained.contains(part), "{explained}");
    }
    let unused = run(&["explain", "unused-suppression"]).out;
    assert!(unused.contains("It cannot be suppressed: it is about suppressions."), "{unused}");
    run(&["explain", "open-conect"]).exits(64).says(&["did you mean `open-connect`?"]);
}

#[test]
fn what_is_suppressed_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let reason = "suppress:\n  - { rule: open-connect, resource: api, reason: a demonstration, until: \"2999-12-31\" }\n";
    let path = spec(folder.path(), &(fs::read_to_string(FINE).unwrap() + reason));
    let output = run(&["validate", "-f", &path]);
    assert!(output.out.trim_end().ends_with("(1 suppressed)"), "{output}");
    assert!(!output.err.contains("open-connect"));
}

#[test]
fn a_new_spec_tells_editors_its_schema_and_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copilot.yaml").display().to_string();
    run(&["init", &path]).exits(0);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("# yaml-language-server: $schema="), "{text}");
    run(&["validate", "-f", &path]).exits(0);
}

#[test]
fn the_rules_judge_the_region_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let secret =
        "inputs: { s: { value: \"arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf\" } }\n";
    let function = "functions: { f: { handler: websocket-handler.handler, runtime: nodejs22.x, \
                    access: { secrets: [\"arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf\"] } } }\n";
    let path =
        spec(folder.path(), &format!("version: 1\nstack: demo\nregion: us-east-1\n{secret}{function}"));
    let told = |region: &str| run(&["validate", "-f", &path, "--region", region]).err;
    assert!(!told("us-east-1").contains("partition"), "{}", told("us-east-1"));
    let china = told("cn-north-1");
    assert!(china.contains("the ARN is of partition `aws`, the region of `aws-cn`"), "{china}");
    assert!(told("us-eest-1").contains("`us-eest-1` is no region AWS was known to have"));
}
