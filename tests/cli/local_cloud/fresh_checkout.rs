//! What only reads or removes a stack needs neither its code nor the inputs that configure it.
use std::fs;

use serde_json::json;

use crate::support::account::Account;

const SPEC: &str = "
version: 1
stack: fresh
inputs:
  pool: { cloudformation: { stack: TrialAuth, output: PoolId } }
  mode: { env: FRESH_MODE }
  region: { env: FRESH_REGION }
tables:
  items: { partition_key: { name: id, type: S }, deletion_protection: false }
functions:
  work:
    runtime: nodejs22.x
    handler: index.handler
    code: { path: dist }
    environment: { POOL: \"${inputs.pool}\", MODE: \"${inputs.mode}\" }
outputs:
  Items: ${tables.items.name}
  Where: \"${tables.items.name} in ${inputs.region}\"
";

/// A stack that was applied, whose code and inputs are gone since.
fn applied() -> Account {
    let mut account = Account::with(SPEC);
    let dist = account.folder.path().join("dist");
    fs::create_dir(&dist).unwrap();
    fs::write(dist.join("index.mjs"), "export const handler = () => 1;\n").unwrap();
    let template = json!({
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "main"}}},
        "Outputs": {"PoolId": {"Value": "the-pool"}},
    });
    let stack = json!({"StackName": "TrialAuth", "TemplateBody": template.to_string()});
    account.boto("cloudformation", "create_stack", stack);
    account.variables.push(("FRESH_MODE", "one".into()));
    account.variables.push(("FRESH_REGION", "here".into()));
    account.apply();
    account.variables.clear();
    account.boto("cloudformation", "delete_stack", json!({"StackName": "TrialAuth"}));
    fs::remove_dir_all(dist).unwrap();
    account
}

#[test]
fn a_stack_is_read_and_removed_without_its_code_and_its_inputs() {
    let account = applied();
    account.run(&["plan"]).exits(65).says(&["code-not-found"]);
    assert_eq!(account.run(&["outputs", "Items", "--raw"]).exits(0).out, "fresh-items\n");
    account.run(&["outputs"]).exits(1).says(&[
        "unresolved-input",
        "copilot.yaml:7:3",
        "`FRESH_REGION` is not set",
    ]);
    account.run(&["logs"]).exits(0);
    account.run(&["policy", "roles", "--account", "123456789012"]).exits(0);
    account
        .run(&["destroy", "--yes", "--delete-data"])
        .exits(0)
        .says(&["deleted functions.work", "deleted tables.items"]);
    assert!(account.facts()["functions"].as_object().unwrap().is_empty());
}
