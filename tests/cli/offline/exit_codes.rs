//! The exit codes of what is wrong before any cloud is asked: usage and specs.
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::{FINE, POLICY, WRONG, spec};
use crate::support::{
    program::run,
    project::Project,
    stand_in::{caller, refusal, stand_in},
};

#[test]
fn exit_codes_tell_a_wrong_spec_from_a_rule_of_policy() {
    let folder = tempfile::tempdir().unwrap();
    let code = |command: &str, file: &str| run(&[command, "-f", file]).code;
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
fn all_problems_of_a_spec_are_told_at_once_with_their_places() {
    let project = Project::empty();
    project.file("copilot.yaml", "version: 1\nstack: Wrong\ntabels: {}\noutputs: { A: \"${api.url}\" }\n");
    project.run(&["validate"]).exits(65).without_result().says(&[
        "copilot.yaml:2:8",
        "copilot.yaml:3:1",
        "did you mean `tables`",
    ]);
}

#[test]
fn a_spec_that_cannot_be_read_is_exit_65_and_says_why() {
    let project = Project::empty();
    project.run(&["plan"]).exits(65).without_result().says(&["copilot.yaml", "hint:", "init"]);
    project.run(&["plan", "-f", "."]).exits(65).without_result().says(&["`.`"]);
    project.file("copilot.yaml", "version: 1\nstack: [\n");
    project.run(&["plan"]).exits(65).without_result().says(&["copilot.yaml:2:8", "\n\n1 error\n"]);
    project.file("copilot.yaml", "version: 1\n\tstack: x\n");
    project.run(&["plan"]).exits(65).without_result().says(&["copilot.yaml:1:", "tab"]);
    project.file("copilot.yaml", "");
    project.run(&["plan"]).exits(65).without_result();
    project.file("copilot.yaml", b"version: \xff\xfe");
    project.run(&["plan"]).exits(65).without_result().says(&["UTF-8"]);
}

#[test]
fn a_spec_that_may_not_be_read_is_exit_65_and_says_why() {
    let project = Project::empty();
    project.file("copilot.yaml", "version: 1\n");
    let file = project.path("copilot.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read every file; this one cannot be read by anybody.
    let file = if fs::read(&file).is_ok() { Path::new("/proc/self/mem") } else { &file };
    let name = file.to_str().unwrap();
    project.run(&["plan", "-f", name]).exits(65).without_result().says(&[name, "hint:"]);
}

#[test]
fn wrong_usage_is_exit_64_and_help_is_a_result() {
    let project = Project::empty();
    for wrong in [&["aply"] as &[&str], &[], &["plan", "--no-such"], &["plan", "--format", "env"]] {
        project.run(wrong).exits(64).without_result();
    }
    for right in [&["--help"] as &[&str], &["--version"], &["apply", "--help"], &["help", "plan"]] {
        assert!(!project.run(right).exits(0).out.is_empty());
    }
}

#[test]
fn wrong_usage_is_told_with_what_may_be_meant() {
    let project = Project::empty();
    project.run(&["aply"]).exits(64).says(&["unrecognized subcommand", "apply"]);
    project.run(&["plan", "--format", "env"]).exits(64).says(&["`outputs` only"]);
}

#[test]
fn an_input_is_held_to_the_rules_of_the_spec() {
    let function = "functions:\n  f:\n    handler: authorizer.handler\n    code: { template: websocket-authorizer }\n    \
        environment: { USER_POOL_ID: x, USER_POOL_CLIENT_ID: y }\n    access: { secrets: [\"${inputs.home}\"] }\n";
    let project = Project::on(&format!("inputs: {{ home: {{ env: HOME }} }}\n{function}"));
    let url = stand_in(|request| caller(request).unwrap_or_else(|| refusal("AccessDenied", "no")));
    project
        .run(&["plan", "--endpoint-url", &url])
        .exits(65)
        .says(&["bad-secret", "`${inputs.home}` is not the full ARN"]);
}

#[test]
fn a_wrong_spec_is_told_with_what_may_be_meant() {
    Project::on("table: {}\n").run(&["plan"]).exits(65).says(&["unknown key `table`", "tables"]);
    Project::empty().run(&["validate"]).exits(65).says(&["there is no file"]);
}
