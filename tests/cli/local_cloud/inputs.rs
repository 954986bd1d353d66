//! Values that come from elsewhere, and the guard of the account.
use serde_json::json;

use crate::support::{
    account::{Account, text},
    proxy::Proxy,
};

/// A function whose environment shows what an input became.
fn spec(input: &str) -> String {
    format!(
        "version: 1\nstack: fed\ninputs:\n  fed: {input}\nfunctions:\n  work:\n    runtime: nodejs22.x\n    \
         handler: websocket-handler.messageHandler\n    environment: {{ FED: \"<${{inputs.fed}}>\" }}\n"
    )
}

fn fed(account: &Account) -> String {
    account.apply();
    account.is_settled();
    text(&account.facts()["functions"]["fed-work"]["Environment"]["Variables"]["FED"])
}

#[test]
fn an_input_is_a_value_or_a_variable_with_a_default() {
    let mut account = Account::with(&spec("{ value: plain }"));
    assert_eq!(fed(&account), "<plain>");
    account.spec(&spec("{ env: FED_TO_IT, default: fallback }"));
    assert_eq!(fed(&account), "<fallback>");
    account.variables.push(("FED_TO_IT", "from outside".into()));
    assert_eq!(fed(&account), "<from outside>");
}

#[test]
fn a_variable_that_is_missing_is_named_with_its_place() {
    let account = Account::with(&spec("{ env: FED_TO_IT }"));
    account.run(&["validate"]).exits(0);
    let words = ["copilot.yaml:4:3", "`FED_TO_IT` is not set", "default"];
    account.run(&["plan"]).exits(1).without_result().says(&words);
}

#[test]
fn an_input_is_an_output_or_an_export_of_a_cloudformation_stack() {
    let account = Account::new();
    let template = json!({
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "main"}}},
        "Outputs": {"MainTableName": {"Value": "the-table"},
            "Secret": {"Value": "the-secret", "Export": {"Name": "OmnitrackSecretsArn"}}},
    });
    account.boto(
        "cloudformation",
        "create_stack",
        json!({"StackName": "Infra", "TemplateBody": template.to_string()}),
    );
    account.spec(&spec("{ cloudformation: { stack: Infra, output: MainTableName } }"));
    assert_eq!(fed(&account), "<the-table>");
    account.spec(&spec("{ export: OmnitrackSecretsArn }"));
    assert_eq!(fed(&account), "<the-secret>");

    account.spec(&spec("{ cloudformation: { stack: Infra, output: MainTable } }"));
    account.run(&["plan"]).exits(1).says(&["copilot.yaml:4:3", "no output `MainTable`", "`MainTableName`"]);
    account.spec(&spec("{ cloudformation: { stack: Infar, output: MainTableName } }"));
    account.run(&["plan"]).exits(1).says(&["copilot.yaml:4:3", "Infar"]);
    account.spec(&spec("{ export: OmnitrackSecretArn }"));
    account.run(&["plan"]).exits(1).says(&["copilot.yaml:4:3", "did you mean `OmnitrackSecretsArn`?"]);
}

#[test]
fn a_spec_for_another_account_is_refused_before_any_other_call() {
    let mut account = Account::with(&format!("account: \"999999999999\"\n{}", spec("{ value: x }")));
    let proxy = Proxy::recording();
    account.url.clone_from(&proxy.url);
    let words = ["copilot.yaml:1:10", "`999999999999`", &account.id, "--profile"];
    for command in [&["plan"] as &[&str], &["apply", "--yes"], &["outputs"], &["destroy", "--yes"]] {
        account.run(command).exits(1).without_result().says(&words);
        let calls: Vec<_> = proxy.take().into_iter().map(|call| call.name).collect();
        assert_eq!(calls, ["GetCallerIdentity"]);
    }
    account.spec(&format!("account: \"{}\"\n{}", account.id, spec("{ value: x }")));
    account.run(&["plan"]).exits(0);
}
