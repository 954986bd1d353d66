//! What belongs to somebody else is refused with the remedy, and nothing at all is written.
use serde_json::{Value, json};

use super::{cloud::Account, proxy::Proxy, specs::SMALL};

/// Whose a resource is, and what the refusal says of it.
const OWNERS: [(&[(&str, &str)], &str); 3] = [
    (&[], "nobody's tags are on it"),
    (&[("copilot-infra:stack", "other")], "it belongs to the stack `other`"),
    (&[("aws:cloudformation:stack-name", "theirs")], "it belongs to the CloudFormation stack `theirs`"),
];

/// Makes something of every owner's, and checks that nobody's is touched.
fn is_refused(spec: &str, name: &str, make: impl Fn(&Account, &[(&str, &str)])) {
    for (tags, words) in OWNERS {
        let mut account = Account::with(spec);
        make(&account, tags);
        let before = account.facts();
        let proxy = Proxy::recording();
        account.url.clone_from(&proxy.url);
        for command in [&["plan"] as &[&str], &["apply", "--yes"], &["apply", "--yes", "--delete-data"]] {
            account.run(command).exits(1).says(&[name, words, "copilot.yaml:", "hint: choose another name"]);
        }
        account.run(&["destroy", "--yes", "--delete-data"]).exits(0).says(&["Nothing to remove."]);
        assert_eq!(proxy.writes(), [""; 0]);
        assert!(account.facts() == before, "something of somebody else's has changed");
    }
}

/// Tags in the list form of most services.
fn list(tags: &[(&str, &str)], key: &str, value: &str) -> Value {
    tags.iter().map(|(name, text)| json!({key: name, value: text})).collect()
}

fn map(tags: &[(&str, &str)]) -> Value {
    tags.iter()
        .map(|(name, text)| ((*name).to_owned(), Value::from(*text)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn a_table_of_somebody_else_is_refused() {
    is_refused(SMALL, "small-notes", |account, tags| {
        account.boto(
            "dynamodb",
            "create_table",
            json!({
                "TableName": "small-notes", "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "Tags": list(tags, "Key", "Value"),
            }),
        );
    });
}

#[test]
fn a_role_of_somebody_else_is_refused() {
    is_refused(SMALL, "small-work-us-east-1", |account, tags| {
        let trust = json!({"Version": "2012-10-17", "Statement": []}).to_string();
        account.boto("iam", "create_role", json!({
            "RoleName": "small-work-us-east-1", "AssumeRolePolicyDocument": trust, "Tags": list(tags, "Key", "Value"),
        }));
    });
}

#[test]
fn a_log_group_of_somebody_else_is_refused() {
    is_refused(SMALL, "/aws/lambda/small-work", |account, tags| {
        let mut group = json!({"logGroupName": "/aws/lambda/small-work"});
        if !tags.is_empty() {
            group["tags"] = map(tags);
        }
        account.boto("logs", "create_log_group", group);
    });
}

#[test]
fn a_function_of_somebody_else_is_refused() {
    is_refused(SMALL, "small-work", |account, tags| {
        account.boto("lambda", "create_function", json!({
            "FunctionName": "small-work", "Runtime": "nodejs22.x", "Handler": "index.handler",
            "Role": format!("arn:aws:iam::{}:role/theirs", account.id),
            "Code": {"ZipFile": {"zip of": {"index.mjs": "export const handler = () => 1"}}}, "Tags": map(tags),
        }));
    });
}

#[test]
fn a_key_of_somebody_else_behind_the_alias_is_refused() {
    is_refused(SMALL, "alias/small", |account, tags| {
        let made = account.boto("kms", "create_key", json!({"Tags": list(tags, "TagKey", "TagValue")}));
        account.boto(
            "kms",
            "create_alias",
            json!({"AliasName": "alias/small", "TargetKeyId": made["KeyMetadata"]["KeyId"]}),
        );
    });
}

const API: &str = "
version: 1
stack: small
functions:
  work: { runtime: nodejs22.x, timeout: 20, handler: websocket-handler.messageHandler }
api: { routes: { $default: work } }
";

#[test]
fn an_api_of_somebody_else_is_refused() {
    is_refused(API, "small-api", |account, tags| {
        account.boto("apigatewayv2", "create_api", json!({
            "Name": "small-api", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action",
            "Tags": map(tags),
        }));
    });
}

#[test]
fn two_stacks_of_one_account_leave_each_other_alone() {
    let one = Account::with(SMALL);
    one.apply();
    let before = one.facts();
    one.spec(&SMALL.replace("small", "large"));
    one.apply();
    one.run(&["destroy", "--yes", "--delete-data"]).exits(0);
    let (mut after, mut before) = (one.facts(), before);
    // KMS keeps what is scheduled for deletion.
    after["keys"].as_object_mut().unwrap().retain(|_, key| key["KeyState"] == "Enabled");
    before["keys"].as_object_mut().unwrap().retain(|_, key| key["KeyState"] == "Enabled");
    assert!(after == before, "the other stack has changed");
    one.spec(SMALL);
    one.is_settled();
}
