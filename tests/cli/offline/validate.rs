//! `validate`, `explain` and `schema` as they are run: exit codes, streams, formats, and what editors make of it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

/// A warning, a note, and nothing wrong.
pub(crate) const FINE: &str = "examples/minimal.yaml";

/// Runs the program without anything of the caller's that changes what it says.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copilot-infra"));
    command.args(arguments);
    for name in ["GITHUB_ACTIONS", "CI", "NO_COLOR", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Writes a spec and returns its path as text.
pub(crate) fn spec(folder: &Path, text: &str) -> String {
    let path = folder.join("copilot.yaml");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

const POLICY: &str = "version: 1\nstack: demo\ninputs: { password: { value: correct-horse-battery } }\n";
pub(crate) const WRONG: &str =
    "version: 1\nstack: demo\ntabels: {}\ninputs: { password: { value: correct-horse-battery } }\n";

#[test]
fn exit_codes_tell_a_wrong_spec_from_a_rule_of_policy() {
    let folder = tempfile::tempdir().unwrap();
    let code = |command: &str, file: &str| run(&[command, "-f", file]).status.code();
    assert_eq!(code("validate", FINE), Some(0));
    let policy = spec(folder.path(), POLICY);
    assert_eq!(code("validate", &policy), Some(3));
    for command in ["plan", "outputs", "apply", "destroy"] {
        assert_eq!(code(command, &policy), Some(3), "{command} must not go on");
    }
    let wrong = spec(folder.path(), WRONG);
    assert_eq!(code("validate", &wrong), Some(65));
    assert_eq!(code("plan", &wrong), Some(65));
    assert_eq!(code("validate", "nowhere.yaml"), Some(65));
}

#[test]
fn a_secret_in_the_spec_is_in_no_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = spec(folder.path(), POLICY);
    for format in ["text", "json", "sarif", "github"] {
        let output = command(&["validate", "-f", &path, "--format", format])
            .env("GITHUB_ACTIONS", "true")
            .output()
            .unwrap();
        let all = stdout(&output) + &stderr(&output);
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
    let told = stderr(&run(&["validate", "-f", &path]));
    assert!(told.contains("unused-input") && told.contains("value: *********************"), "{told}");
    assert!(!told.contains("pasted-secret") && !told.contains("correct-horse"), "{told}");
}

#[test]
fn notes_are_told_by_validate_alone_and_warnings_are_counted_everywhere() {
    let validated = run(&["validate", "-f", FINE]);
    assert!(stdout(&validated).contains("examples/minimal.yaml has no errors; 1 warning, "), "{validated:?}");
    assert!(stderr(&validated).contains("note[no-account]"));
    // Nobody answers there, but the spec comes first.
    let planned = run(&["plan", "-f", FINE, "--endpoint-url", "http://127.0.0.1:1", "--region", "us-east-1"]);
    let told = stderr(&planned);
    assert!(
        told.contains("warning[open-connect]") && told.contains("examples/minimal.yaml: 1 warning\n"),
        "{told}"
    );
    assert!(!told.contains("note["), "{told}");
    // So it is when the spec is wrong.
    let folder = tempfile::tempdir().unwrap();
    let wrong = spec(folder.path(), WRONG);
    assert!(stderr(&run(&["validate", "-f", &wrong])).contains("note["));
    for arguments in [["plan", "-f", &wrong, "--no-color"], ["validate", "-f", &wrong, "--quiet"]] {
        let told = stderr(&run(&arguments));
        assert!(told.contains("error[") && !told.contains("note["), "{arguments:?}: {told}");
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let listed = stdout(&run(&["validate", "--rules"]));
    assert!(listed.lines().count() >= 80 && listed.contains("open-connect"), "{listed}");
    let json: serde_json::Value =
        serde_json::from_slice(&run(&["validate", "--rules", "--format", "json"]).stdout).unwrap();
    let rules = json.as_array().unwrap();
    assert_eq!(rules.len(), listed.lines().count());
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        assert!(listed.contains(id), "{id}");
    }
    let explained = stdout(&run(&["explain", "open-connect"]));
    for part in ["open-connect (warning)", "Remedy: ", "CKV_AWS_309", "suppress:"] {
        assert!(explained.contains(part), "{explained}");
    }
    let unused = stdout(&run(&["explain", "unused-suppression"]));
    assert!(unused.contains("It cannot be suppressed: it is about suppressions."), "{unused}");
    let unknown = run(&["explain", "open-conect"]);
    assert_eq!(unknown.status.code(), Some(64));
    assert!(stderr(&unknown).contains("did you mean `open-connect`?"));
}

#[test]
fn what_is_suppressed_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let reason = "suppress:\n  - { rule: open-connect, resource: api, reason: a demonstration, until: \"2999-12-31\" }\n";
    let path = spec(folder.path(), &(fs::read_to_string(FINE).unwrap() + reason));
    let output = run(&["validate", "-f", &path]);
    assert!(stdout(&output).trim_end().ends_with("(1 suppressed)"), "{output:?}");
    assert!(!stderr(&output).contains("open-connect"));
}

#[test]
fn a_new_spec_tells_editors_its_schema_and_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copilot.yaml").display().to_string();
    assert!(run(&["init", &path]).status.success());
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("# yaml-language-server: $schema="), "{text}");
    let validated = run(&["validate", "-f", &path]);
    assert_eq!(validated.status.code(), Some(0), "{validated:?}");
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
    let told = |region: &str| stderr(&run(&["validate", "-f", &path, "--region", region]));
    assert!(!told("us-east-1").contains("partition"), "{}", told("us-east-1"));
    let china = told("cn-north-1");
    assert!(china.contains("the ARN is of partition `aws`, the region of `aws-cn`"), "{china}");
    assert!(told("us-eest-1").contains("`us-eest-1` is no region AWS was known to have"));
}
