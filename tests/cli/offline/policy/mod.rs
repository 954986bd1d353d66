//! The policies that the program prints for the examples.
mod lint;
mod printed;

use serde_json::Value;

use crate::support::program::{Run, program};

/// Specs that cover every part of the language.
const EXAMPLES: [&str; 3] = ["minimal", "omnitrack-copilot", "secured-copilot"];
const REFERENCE: &str = "examples/omnitrack-copilot.yaml";

/// Runs the program without credentials, and without a way to AWS.
fn run(spec: &str, arguments: &[&str]) -> Run {
    run_with(spec, arguments, &[])
}

/// The same with variables in its environment.
fn run_with(spec: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = program(&["--file", spec, "policy"]);
    command.args(arguments).env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    Run::of(command.envs(environment.iter().copied()))
}

/// What it prints on stdout; it must succeed.
#[track_caller]
fn print(spec: &str, arguments: &[&str]) -> String {
    run(spec, arguments).exits(0).out
}

/// The same in an account and region that are known, as JSON.
#[track_caller]
fn json(spec: &str, arguments: &[&str]) -> Value {
    let place = ["--account", "123456789012", "--region", "us-east-1", "--format", "json"];
    serde_json::from_str(&print(spec, &[arguments, &place].concat())).unwrap()
}

/// The example of that name.
fn example(name: &str) -> String {
    format!("examples/{name}.yaml")
}

/// Every statement of the deployer's policies for one purpose.
fn deployer(spec: &str, purpose: &str) -> Vec<Value> {
    let all = json(spec, &["deployer"]);
    let fits =
        |name: &str| name == purpose || name.strip_prefix(purpose).is_some_and(|rest| rest.starts_with('-'));
    let documents =
        all["policies"].as_array().unwrap().iter().filter(|one| fits(one["name"].as_str().unwrap()));
    documents.flat_map(|one| one["document"]["Statement"].as_array().unwrap().clone()).collect()
}

/// A member that is one text or a list of them.
fn list(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    value.as_array().map_or_else(|| vec![text(value)], |items| items.iter().map(text).collect())
}
