//! Resources that vanish, and resources that leave the spec.
use serde_json::{Value, json};

use crate::support::{
    account::{Account, text},
    specs::{REFERENCE, SMALL},
};

/// Address and what is planned for it.
fn planned(account: &Account) -> Vec<(String, String)> {
    account.drift().into_iter().map(|(address, what)| (address, what.join(" "))).collect()
}

fn pair(address: &str, what: &str) -> (String, String) {
    (address.to_owned(), what.to_owned())
}

#[test]
fn what_was_removed_is_made_again() {
    let account = Account::with(SMALL);
    account.apply();
    account.boto("lambda", "delete_function", json!({"FunctionName": "small-work"}));
    let both = ["functions.work", "permissions.work"].map(|address| pair(address, "create"));
    assert_eq!(planned(&account), both);
    account.apply();
    account.is_settled();

    account.boto("logs", "delete_log_group", json!({"logGroupName": "/aws/lambda/small-work"}));
    assert_eq!(planned(&account), [pair("logs.work", "create")]);
    account.apply();
    account.is_settled();

    account.boto(
        "dynamodb",
        "update_table",
        json!({"TableName": "small-notes", "DeletionProtectionEnabled": false}),
    );
    account.boto("dynamodb", "delete_table", json!({"TableName": "small-notes"}));
    assert_eq!(planned(&account), [pair("tables.notes", "create")]);
    account.apply();
    account.is_settled();
    assert_eq!(account.facts()["tables"]["small-notes"]["recovery"], "ENABLED");
}

#[test]
fn a_removed_role_is_made_again_and_its_function_told() {
    let account = Account::with(SMALL);
    account.apply();
    let role = "small-work-us-east-1";
    account.boto("iam", "delete_role_policy", json!({"RoleName": role, "PolicyName": "access"}));
    account.boto("iam", "delete_role", json!({ "RoleName": role }));
    let planned = planned(&account);
    assert_eq!(planned[0], pair("roles.work", "create"));
    // Lambda keeps the unique id of the role it was given: one of the same name is another role to it.
    assert_eq!(planned[1], pair("functions.work", "/role_id"));
    account.apply();
    account.is_settled();
}

#[test]
fn an_api_that_was_removed_is_made_again_with_all_that_names_it() {
    let account = Account::with(REFERENCE);
    account.apply();
    let id = |facts: &Value| facts["apis"].as_object().unwrap().keys().next().unwrap().clone();
    let old = id(&account.facts());
    account.boto("apigatewayv2", "delete_stage", json!({"ApiId": old, "StageName": "prod"}));
    assert_eq!(planned(&account), [pair("api.stage", "create")]);
    account.boto("apigatewayv2", "delete_api", json!({ "ApiId": old }));
    account.apply();
    account.is_settled();
    let facts = account.facts();
    let new = id(&facts);
    assert_eq!(facts["apis"].as_object().unwrap().len(), 1);
    let environment = &facts["functions"]["omnitrack-copilot-connect"]["Environment"]["Variables"];
    assert!(text(&environment["WEBSOCKET_API_ENDPOINT"]).contains(&new));
    // The log of the API that is gone holds what it did until then.
    let groups = facts["log_groups"].as_object().unwrap();
    assert!(groups.keys().any(|name| name.contains(&old)), "{:?}", groups.keys());
}

/// `SMALL` with one more of everything that can leave.
const MORE: &str = "  old:\n    runtime: nodejs22.x\n    handler: websocket-handler.messageHandler\noutputs:";

#[test]
fn a_function_that_leaves_the_spec_goes_with_all_its_own_but_the_log() {
    let account = Account::with(&SMALL.replace("outputs:", MORE));
    account.apply();
    account.spec(SMALL);
    let mut planned = planned(&account);
    planned.sort();
    assert_eq!(
        planned,
        [pair("iam/role/small-old-us-east-1", "delete"), pair("lambda/function/small-old", "delete"),]
    );
    let plan = account.run(&["plan", "--detailed-exitcode"]).exits(2);
    assert!(plan.out.contains("logs/log-group//aws/lambda/small-old stays"), "{plan}");
    account.apply();
    account.is_settled();
    let facts = account.facts();
    assert_eq!(facts["functions"].as_object().unwrap().len(), 1);
    assert_eq!(facts["roles"].as_object().unwrap().len(), 1);
    assert_eq!(facts["log_groups"].as_object().unwrap().len(), 2);
    account.run(&["apply", "--yes", "--delete-data"]).exits(0);
    assert_eq!(account.facts()["log_groups"].as_object().unwrap().len(), 1);
}

#[test]
fn a_table_that_leaves_the_spec_goes_only_with_the_word() {
    let more = "tables:\n  old: { partition_key: { name: id, type: S }, deletion_protection: false }\n";
    let account = Account::with(&SMALL.replace("tables:\n", more));
    account.apply();
    account.spec(SMALL);
    let plan = account.run(&["plan"]).exits(0);
    assert!(plan.out.contains("dynamodb/table/small-old stays"), "{plan}");
    account.apply();
    assert_eq!(account.facts()["tables"].as_object().unwrap().len(), 2);

    account.run(&["plan", "--delete-data", "--detailed-exitcode"]).exits(2);
    account.run(&["apply", "--yes", "--delete-data"]).exits(0);
    assert_eq!(account.facts()["tables"].as_object().unwrap().len(), 1);
    account.is_settled();
}

#[test]
fn a_table_whose_key_changes_is_replaced_only_with_the_word() {
    let account = Account::with(SMALL);
    account.apply();
    account.boto(
        "dynamodb",
        "update_table",
        json!({"TableName": "small-notes", "DeletionProtectionEnabled": false}),
    );
    let spec = SMALL.replace("{ name: id, type: S }", "{ name: key, type: S }");
    account.spec(&spec.replace("    ttl:", "    deletion_protection: false\n    ttl:"));
    let plan = account.run(&["plan"]).exits(0);
    assert!(plan.out.contains("forces replacement") && plan.out.contains("its data is lost"), "{plan}");
    account.run(&["apply", "--yes"]).exits(1).says(&["tables.notes", "--delete-data"]);
    assert_eq!(account.facts()["tables"]["small-notes"]["KeySchema"][0]["AttributeName"], "id");
    account.run(&["apply", "--yes", "--delete-data"]).exits(0);
    assert_eq!(account.facts()["tables"]["small-notes"]["KeySchema"][0]["AttributeName"], "key");
    account.is_settled();
}

#[test]
fn a_protected_table_outside_the_spec_stops_a_whole_destroy() {
    let more = "tables:\n  old: { partition_key: { name: id, type: S } }\n";
    let account = Account::with(&SMALL.replace("tables:\n", more));
    account.apply();
    account.spec(SMALL);
    let before = account.facts();
    let words = ["dynamodb/table/small-old", "its deletion protection is on", "nothing has been removed"];
    account.run(&["destroy", "--yes", "--delete-data"]).exits(1).says(&words);
    assert!(account.facts() == before, "something has been removed");
    account.boto(
        "dynamodb",
        "update_table",
        json!({"TableName": "small-old", "DeletionProtectionEnabled": false}),
    );
    account.run(&["destroy", "--yes", "--delete-data"]).exits(0);
    assert_eq!(account.facts()["tables"], json!({}));
}
