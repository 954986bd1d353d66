//! Findings as JSON, SARIF and GitHub annotations.
use serde_json::{Value, json};

use super::{FINE, WRONG, spec};
use crate::support::program::{Run, program, run};

/// The findings of `validate` in a format, and the exit code.
fn validated(path: &str, format: &str) -> (String, Option<i32>) {
    let output = run(&["validate", "-f", path, "--format", format]);
    assert_eq!(output.err, "", "a result has stdout for itself");
    (output.out, output.code)
}

#[test]
fn json_has_every_finding_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (text, code) = validated(&spec(folder.path(), WRONG), "json");
    assert_eq!(code, Some(65));
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["errors"], 2, "{text}");
    let first =
        found["diagnostics"].as_array().unwrap().iter().find(|one| one["rule"] == "unknown-key").unwrap();
    assert_eq!((&first["line"], &first["column"], &first["end_column"]), (&json!(3), &json!(1), &json!(7)));
    assert_eq!(first["hint"], "did you mean `tables`?");
}

#[test]
fn a_file_that_cannot_be_read_is_a_finding_too() {
    for format in ["json", "sarif", "github"] {
        let (text, code) = validated("nowhere.yaml", format);
        assert_eq!(code, Some(65));
        assert!(text.contains("there is no file `nowhere.yaml`") && text.contains("unreadable"), "{text}");
    }
}

/// What the standard requires of the parts that are used here.
const SARIF: &str = include_str!("sarif.schema.json");

#[test]
fn sarif_has_what_the_standard_requires() {
    let folder = tempfile::tempdir().unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(SARIF).unwrap()).unwrap();
    let wrong = spec(folder.path(), WRONG);
    for path in [FINE, &wrong, "examples/omnitrack-copilot.yaml", "nowhere.yaml"] {
        let (text, _) = validated(path, "sarif");
        let log: Value = serde_json::from_str(&text).unwrap();
        let flaws: Vec<String> = validator.iter_errors(&log).map(|flaw| flaw.to_string()).collect();
        assert!(flaws.is_empty(), "{path}: {flaws:?}");
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert!(!results.is_empty(), "{path}");
        for result in results {
            let rule = &run["tool"]["driver"]["rules"]
                [usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
        }
    }
}

#[test]
fn sarif_keeps_what_is_suppressed_as_suppressed() {
    let folder = tempfile::tempdir().unwrap();
    let reason = "suppress:\n  - { rule: open-connect, reason: a demonstration, until: \"2999-12-31\" }\n";
    let path = spec(folder.path(), &(std::fs::read_to_string(FINE).unwrap() + reason));
    let log: Value = serde_json::from_str(&validated(&path, "sarif").0).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let suppressed: Vec<&Value> =
        results.iter().filter(|result| result.get("suppressions").is_some()).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["ruleId"], "open-connect");
}

#[test]
fn what_is_suppressed_stays_so_while_something_else_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let reason = "suppress:\n  - { rule: open-connect, reason: a demonstration, until: \"2999-12-31\" }\n";
    let text = std::fs::read_to_string(FINE).unwrap() + reason + "tabels: {}\n";
    let path = spec(folder.path(), &text);
    let found: Value = serde_json::from_str(&validated(&path, "json").0).unwrap();
    assert_eq!((&found["errors"], &found["suppressed"]), (&json!(1), &json!(1)));
    let log: Value = serde_json::from_str(&validated(&path, "sarif").0).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let hidden = results.iter().filter(|result| result.get("suppressions").is_some());
    assert_eq!(hidden.map(|result| &result["ruleId"]).collect::<Vec<_>>(), ["open-connect"]);
}

#[test]
fn github_marks_the_lines_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = spec(folder.path(), WRONG);
    let (text, code) = validated(&path, "github");
    assert_eq!(code, Some(65));
    let wanted = format!(
        "::error file={path},line=3,endLine=3,col=1,endColumn=7,title=unknown-key::unknown key `tabels`%0A"
    );
    assert!(text.contains(&wanted), "{text}");
}

#[test]
fn in_a_workflow_the_lines_are_marked_without_asking() {
    for arguments in [
        &["validate", "-f", FINE][..],
        &["plan", "-f", FINE, "--region", "us-east-1", "--endpoint-url", "http://127.0.0.1:1"],
    ] {
        let quiet = Run::of(&mut program(arguments));
        assert!(!quiet.err.contains("::warning "));
        let marked = Run::of(program(arguments).env("GITHUB_ACTIONS", "true"));
        assert!(marked.err.contains("::warning file=examples/minimal.yaml,line="), "{marked}");
        assert_eq!(quiet.out, marked.out, "the result stays the same");
    }
}

#[test]
fn formats_that_a_command_does_not_have_are_wrong_usage() {
    for (arguments, code) in [
        (["plan", "--format", "sarif"], 64),
        (["outputs", "--format", "sarif"], 64),
        (["validate", "--format", "env"], 64),
        (["plan", "--format", "github"], 64),
    ] {
        assert_eq!(run(&arguments).code, Some(code), "{arguments:?}");
    }
}
