//! What belongs to somebody else is refused with the remedy, and nothing at all is written.
use serde_json::{Value, json};

use crate::support::{account::Account, proxy::Proxy, specs::SMALL};

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

/// An API that logs, without anything to wait for besides.
const API: &str = "
version: 1
stack: small
functions:
  work: { runtime: nodejs22.x, timeout: 20, handler: websocket-handler.messageHandler }
api:
  routes: { $default: work }
  stage: { access_log: { log_group: /small/access } }
";

fn log_group(account: &Account, name: &str, tags: &[(&str, &str)]) {
    let mut group = json!({ "logGroupName": name });
    if !tags.is_empty() {
        group["tags"] = map(tags);
    }
    account.boto("logs", "create_log_group", group);
}

#[test]
fn a_log_group_of_somebody_else_is_refused() {
    is_refused(API, "/small/access", |account, tags| log_group(account, "/small/access", tags));
}

#[test]
fn a_log_group_that_lambda_made_by_itself_is_taken_over() {
    // Without a key: MiniStack cannot give one to a group that stands.
    let spec = SMALL.replace("key: { alias: small }\n", "");
    let account = Account::with(&spec);
    log_group(&account, "/aws/lambda/small-work", &[]);
    account.apply();
    account.is_settled();
    let group = &account.facts()["log_groups"]["/aws/lambda/small-work"];
    assert_eq!(group["retentionInDays"], 30);
    assert_eq!(group["tags"]["copilot-infra:stack"], "small");
    let named = spec.replace("  work:\n", "  work:\n    name: small-work\n");
    account.spec(&named.replace("stack: small", "stack: other"));
    account.run(&["plan"]).exits(1).says(&["/aws/lambda/small-work", "it belongs to the stack `small`"]);
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

#[test]
fn an_api_of_the_same_name_stays_as_it_is() {
    for (tags, _) in OWNERS {
        let account = Account::with(API);
        let made = account.boto("apigatewayv2", "create_api", json!({
            "Name": "small-api", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action",
            "Tags": map(tags),
        }));
        let id = made["ApiId"].as_str().unwrap();
        let before = account.facts()["apis"][id].take();
        // AWS lets APIs share a name, so theirs is in nobody's way.
        account.apply();
        account.is_settled();
        assert_eq!(account.facts()["apis"].as_object().unwrap().len(), 2);
        account.run(&["destroy", "--yes", "--delete-data"]).exits(0);
        assert_eq!(account.facts()["apis"], json!({ id: before }));
    }
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

#[test]
fn two_projects_of_one_stack_name_are_kept_apart() {
    let account = Account::with(SMALL);
    account.apply();
    let plan = account.run(&["plan"]).exits(0);
    assert!(!plan.out.contains("applied from"), "{plan}");
    let (ours, theirs) =
        (account.folder.path().join("other.yaml"), account.folder.path().join("copilot.yaml"));
    std::fs::write(&ours, SMALL.replace("  work:", "  play:")).unwrap();
    let (ours, theirs) = (ours.canonicalize().unwrap(), theirs.canonicalize().unwrap());
    let words = [
        "lambda/function/small-work",
        &format!("it was applied from `{}`, and this is `{}`", theirs.display(), ours.display()),
        "choose another `stack`",
        "--allow-replace lambda/function/small-work",
    ];
    account.run(&["apply", "--yes", "-f", "other.yaml"]).exits(1).says(&words);
    account.run(&["destroy", "--yes", "-f", "other.yaml"]).exits(1).says(&words);
    account.is_settled();
    // A spec that was moved is the same project.
    std::fs::rename(&theirs, account.folder.path().join("copilot.yaml.bak")).unwrap();
    account.run(&["apply", "--yes", "-f", "other.yaml"]).exits(0);
}
