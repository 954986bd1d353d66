//! `doctor` in an account of its own, where each trouble is made on purpose.
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

use crate::support::account::Account;

const SPEC: &str = "
version: 1
stack: ill
key: {}
tables:
  talks:
    partition_key: { name: id, type: S }
    ttl: expiresAt
functions:
  chat:
    runtime: nodejs20.x
    handler: websocket-handler.handler
    reserved_concurrency: RESERVED
    access: { models: [anthropic.claude-3-5-sonnet-20241022-v2:0] }
api:
  routes: { $connect: chat, $default: chat }
  stage: { throttle: { rate: RATE, burst: 500 }, logging: error }
";

/// The exit code, and the check, level, words and remedy of each finding.
fn examine(account: &Account) -> (i32, Vec<(String, String, String)>) {
    let run = account.run(&["doctor", "--sample-items", "--format", "json"]);
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let report = run.json();
    let found = report["findings"].as_array().unwrap().iter().map(|one| {
        let said = format!("{} {}", text(one, "message"), text(one, "remedy"));
        (text(one, "check"), text(one, "level"), said)
    });
    (run.code.unwrap(), found.collect())
}

#[track_caller]
fn finds(found: &[(String, String, String)], check: &str, level: &str, words: &[&str]) {
    let fits = |(name, how, said): &(String, String, String)| {
        name == check && how == level && words.iter().all(|word| said.contains(word))
    };
    assert!(found.iter().any(fits), "no {level} `{check}` with {words:?} in {found:#?}");
}

#[tokio::test]
async fn every_trouble_is_named_with_its_remedy() {
    let spec = |rate: &str, reserved: &str| SPEC.replace("RATE", rate).replace("RESERVED", reserved);
    let account = Account::with(&spec("20000", "950"));
    let (code, found) = examine(&account);
    assert_eq!(code, 1);
    finds(&found, "credentials", "fine", &[&account.id, "us-east-1"]);
    finds(&found, "logging role", "problem", &["no role to write logs", "apply"]);
    finds(&found, "key", "problem", &["there is no key", "apply"]);
    finds(&found, "deployment", "problem", &["there is no API", "apply"]);
    finds(&found, "drift", "problem", &["tables.talks is missing", "apply"]);
    finds(&found, "expiry", "problem", &["there is no table `ill-talks`", "apply"]);
    finds(&found, "runtimes", "warning", &["nodejs20.x", "2026-04-30", "nodejs24.x"]);
    finds(&found, "throttle", "warning", &["20000/s", "Service Quotas"]);
    finds(&found, "models", "fine", &["anthropic.claude-3-5-sonnet-20241022-v2:0"]);

    account.apply();
    let aws = account.aws().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let item = aws.dynamodb().put_item().table_name("ill-talks").item("id", text("1"));
    item.item("expiresAt", AttributeValue::N("1767323045678".into())).send().await.unwrap();
    let key = aws.kms().describe_key().key_id("alias/ill").send().await.unwrap();
    let key = key.key_metadata.unwrap().key_id;
    aws.kms().disable_key().key_id(&key).send().await.unwrap();
    let (code, found) = examine(&account);
    assert_eq!(code, 1);
    finds(&found, "logging role", "fine", &["arn:aws:iam::"]);
    finds(&found, "deployment", "fine", &["prod"]);
    finds(&found, "concurrency", "warning", &["concurrent runs are not reserved", "Service Quotas"]);
    finds(&found, "expiry", "problem", &["milliseconds", "Math.floor(Date.now() / 1000)"]);
    finds(&found, "key", "problem", &["is disabled", "`copilot-infra apply` enables it"]);
    finds(&found, "drift", "problem", &["key differs from the spec"]);

    account.spec(&spec("500", "10"));
    account.apply();
    let item = aws.dynamodb().delete_item().table_name("ill-talks").key("id", text("1"));
    item.send().await.unwrap();
    let (code, found) = examine(&account);
    assert_eq!(code, 0, "{found:#?}");
    for check in ["throttle", "expiry", "key", "drift"] {
        finds(&found, check, "fine", &[]);
    }
    aws.kms().schedule_key_deletion().key_id(&key).pending_window_in_days(7).send().await.unwrap();
    finds(&examine(&account).1, "key", "problem", &["will be destroyed", "cancel-key-deletion"]);
}
