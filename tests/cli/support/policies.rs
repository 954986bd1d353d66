//! The built program on the examples.
use serde_json::Value;
use std::process::{Command, Output};

/// Specs that cover every part of the language.
pub(crate) const EXAMPLES: [&str; 3] = ["minimal", "omnitrack-copilot", "secured-copilot"];
pub(crate) const REFERENCE: &str = "examples/omnitrack-copilot.yaml";

/// Runs the program without credentials, and without a way to AWS.
pub(crate) fn run(spec: &str, arguments: &[&str]) -> Output {
    run_with(spec, arguments, &[])
}

/// The same with variables in its environment.
pub(crate) fn run_with(spec: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_copilot-infra"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["--file", spec, "policy"])
        .args(arguments)
        .env_clear()
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

/// What it prints on stdout; it must succeed.
#[track_caller]
pub(crate) fn print(spec: &str, arguments: &[&str]) -> String {
    let output = run(spec, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} ended with {}:\n{error}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// The same in an account and region that are known, as JSON.
#[track_caller]
pub(crate) fn json(spec: &str, arguments: &[&str]) -> Value {
    let place = ["--account", "123456789012", "--region", "us-east-1", "--format", "json"];
    serde_json::from_str(&print(spec, &[arguments, &place].concat())).unwrap()
}

/// The example of that name.
pub(crate) fn example(name: &str) -> String {
    format!("examples/{name}.yaml")
}

/// Every statement of the deployer's policies for one purpose.
pub(crate) fn deployer(spec: &str, purpose: &str) -> Vec<Value> {
    let all = json(spec, &["deployer"]);
    let fits =
        |name: &str| name == purpose || name.strip_prefix(purpose).is_some_and(|rest| rest.starts_with('-'));
    let documents =
        all["policies"].as_array().unwrap().iter().filter(|one| fits(one["name"].as_str().unwrap()));
    documents.flat_map(|one| one["document"]["Statement"].as_array().unwrap().clone()).collect()
}

/// A member that is one text or a list of them.
pub(crate) fn list(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    value.as_array().map_or_else(|| vec![text(value)], |items| items.iter().map(text).collect())
}
