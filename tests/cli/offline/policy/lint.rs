//! A linter that knows the service authorization reference finds nothing in any printed policy.
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use super::{EXAMPLES, example, json, print};
use crate::support::install::python_packages;

/// The linter; it still asks for `pkg_resources`, which newer ones have dropped.
const LINTER: [&str; 2] = ["parliament==1.6.4", "setuptools<81"];

/// Actions of the service authorization reference that are newer than the linter's copy of it.
const NEWER: [&str; 1] = ["logs:PutLogGroupDeletionProtection"];

/// What the linter finds in `policies`, by name.
fn findings(policies: &Value) -> String {
    let mut linter = Command::new(python_packages(&LINTER).join("python"))
        .args([
            "-I",
            "-W",
            "ignore",
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/offline/policy/lint.py"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    linter.stdin.take().unwrap().write_all(policies.to_string().as_bytes()).unwrap();
    let output = linter.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_linter_finds_nothing_in_the_printed_policies() {
    let mut all = serde_json::Map::new();
    for name in EXAMPLES {
        let spec = example(name);
        for one in json(&spec, &["deployer", "--principal", "arn:aws:iam::123456789012:role/ci"])["policies"]
            .as_array()
            .unwrap()
        {
            all.insert(format!("{name}/{}", one["name"].as_str().unwrap()), one["document"].clone());
        }
        for (function, role) in json(&spec, &["roles"])["functions"].as_object().unwrap() {
            all.insert(format!("{name}/{function}"), role["policy"].clone());
        }
    }
    assert!(all.len() > 20, "{:?}", all.keys());
    let found = findings(&all.into());
    let newer = |line: &&str| NEWER.iter().any(|action| line.ends_with(&format!("Unknown action {action}")));
    assert_eq!(found.lines().filter(|line| !newer(line)).collect::<Vec<_>>(), [""; 0]);
    let wrong = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "lambda:GetFunktion", "Resource": "*" },
        { "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:s3:::bucket" }] });
    let found = findings(&json!({ "wrong": wrong }));
    assert!(found.contains("UNKNOWN_ACTION") && found.contains("RESOURCE_MISMATCH"), "{found}");
}

#[test]
fn a_trust_policy_is_json_that_names_one_provider() {
    let printed =
        print("examples/minimal.yaml", &["trust", "--github", "acme/shop", "--account", "123456789012"]);
    let trust: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(trust["Statement"].as_array().unwrap().len(), 1);
}
