//! What the program says of itself and of a spec, without a cloud.
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use crate::support::account::{Account, cloud, run_local};

#[test]
fn init_writes_a_spec_that_is_valid_and_never_over_one_that_is_there() {
    let account = Account::new();
    account.run(&["init"]).exits(0).without_result().says(&["wrote `copilot.yaml`"]);
    account.run(&["validate"]).exits(0);
    let again = account.run(&["init"]).exits(1).says(&["`copilot.yaml` exists already"]);
    assert_eq!(again.out, "");
    account.run(&["init", "other.yaml"]).exits(0);
    account.run(&["init", "no/such/folder.yaml"]).exits(1).says(&["cannot write"]);
}

#[test]
fn all_problems_of_a_spec_are_told_at_once_with_their_places() {
    let account = Account::with("version: 1\nstack: Wrong\ntabels: {}\noutputs: { A: \"${api.url}\" }\n");
    account.run(&["validate"]).exits(65).without_result().says(&[
        "copilot.yaml:2:8",
        "copilot.yaml:3:1",
        "did you mean `tables`",
    ]);
}

#[test]
fn a_spec_that_cannot_be_read_is_exit_65_and_says_why() {
    let account = Account::new();
    account.run(&["plan"]).exits(65).without_result().says(&["copilot.yaml", "hint:", "init"]);
    account.run(&["plan", "-f", "."]).exits(65).without_result().says(&["`.`"]);
    account.spec("version: 1\nstack: [\n");
    account.run(&["plan"]).exits(65).without_result().says(&["copilot.yaml:2:8", "\n\n1 error\n"]);
    account.spec("version: 1\n\tstack: x\n");
    account.run(&["plan"]).exits(65).without_result().says(&["copilot.yaml:1:", "tab"]);
    account.spec("");
    account.run(&["plan"]).exits(65).without_result();
    fs::write(account.folder.path().join("copilot.yaml"), b"version: \xff\xfe").unwrap();
    account.run(&["plan"]).exits(65).without_result().says(&["UTF-8"]);
}

#[test]
fn a_spec_that_may_not_be_read_is_exit_65_and_says_why() {
    let account = Account::with("version: 1\n");
    let file = account.folder.path().join("copilot.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read every file; this one cannot be read by anybody.
    let file = if fs::read(&file).is_ok() { Path::new("/proc/self/mem") } else { &file };
    let name = file.to_str().unwrap();
    account.run(&["plan", "-f", name]).exits(65).without_result().says(&[name, "hint:"]);
}

#[test]
fn wrong_usage_is_exit_64_and_help_is_a_result() {
    let account = Account::new();
    for wrong in [&["aply"] as &[&str], &[], &["plan", "--no-such"], &["plan", "--format", "env"]] {
        account.run(wrong).exits(64).without_result();
    }
    for right in [&["--help"] as &[&str], &["--version"], &["apply", "--help"], &["help", "plan"]] {
        assert!(!account.run(right).exits(0).out.is_empty());
    }
}

#[test]
fn the_schema_is_json_and_knows_every_part_of_the_spec() {
    let schema = Account::new().run(&["schema"]).exits(0).json();
    for part in ["version", "stack", "inputs", "key", "tables", "functions", "api", "outputs"] {
        assert!(schema["properties"][part].is_object(), "{part}");
    }
}

#[test]
fn completions_and_the_manual_page_name_every_command() {
    let account = Account::new();
    let pages = ["bash", "zsh", "fish"].map(|shell| account.run(&["completions", shell]).exits(0).out);
    for page in pages.iter().chain([&account.run(&["man"]).exits(0).out]) {
        for command in ["init", "validate", "plan", "apply", "outputs", "destroy", "local", "schema"] {
            assert!(page.contains(command), "{command} in {page}");
        }
    }
}

#[test]
fn local_status_says_where_the_cloud_is() {
    let cloud = cloud();
    let told = run_local(&cloud.cache, &["status"]);
    assert!(told.contains(&cloud.url) && told.contains("emulator.log"), "{told}");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run_local(empty.path(), &["status"]), "the local cloud is not running\n");
    assert_eq!(run_local(empty.path(), &["stop"]), "");
}
