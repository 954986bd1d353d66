//! `doctor` in an account of its own, where each trouble is made on purpose.
use crate::support::stack::{Stack, program};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

const ACCOUNT: &str = "400000000004";
const SPEC: &str = "
version: 1
stack: STACK
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

struct Doctor<'a>(&'a Stack);

impl Doctor<'_> {
    fn run(&self, words: &str) -> std::process::Output {
        let mut command = program();
        command.args(words.split(' ')).args(["--endpoint-url", &self.0.endpoint()]);
        command.current_dir(self.0.folder.path());
        command.envs([
            ("AWS_ACCESS_KEY_ID", ACCOUNT),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_REGION", "us-east-1"),
        ]);
        command.output().unwrap()
    }

    /// The exit code, and the level, words and remedy of each check.
    fn says(&self) -> (i32, Vec<(String, String, String)>) {
        let output = self.run("doctor --sample-items --format json");
        let found: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let found = found["findings"].as_array().unwrap().iter().map(|one| {
            let said = format!("{} {}", text(one, "message"), text(one, "remedy"));
            (text(one, "check"), text(one, "level"), said)
        });
        (output.status.code().unwrap(), found.collect())
    }
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
    let write = |stack: &Stack, rate: &str, reserved: &str| {
        let spec = SPEC.replace("STACK", "ill").replace("RATE", rate).replace("RESERVED", reserved);
        std::fs::write(stack.folder.path().join("copilot.yaml"), spec).unwrap();
    };
    let stack = Stack::write("ill", SPEC);
    write(&stack, "20000", "950");
    stack.run(&["plan"]); // starts the cloud
    let doctor = Doctor(&stack);

    let (code, found) = doctor.says();
    assert_eq!(code, 1);
    finds(&found, "credentials", "fine", &[ACCOUNT, "us-east-1"]);
    finds(&found, "logging role", "problem", &["no role to write logs", "apply"]);
    finds(&found, "key", "problem", &["there is no key", "apply"]);
    finds(&found, "deployment", "problem", &["there is no API", "apply"]);
    finds(&found, "drift", "problem", &["tables.talks is missing", "apply"]);
    finds(&found, "expiry", "problem", &["there is no table `ill-talks`", "apply"]);
    finds(&found, "runtimes", "warning", &["nodejs20.x", "2026-04-30", "nodejs24.x"]);
    finds(&found, "throttle", "warning", &["20000/s", "Service Quotas"]);
    finds(&found, "models", "fine", &["anthropic.claude-3-5-sonnet-20241022-v2:0"]);

    let applied = doctor.run("apply --yes");
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let aws = stack.aws((ACCOUNT, "x")).await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let item = aws.dynamodb().put_item().table_name("ill-talks").item("id", text("1"));
    item.item("expiresAt", AttributeValue::N("1767323045678".into())).send().await.unwrap();
    let key = aws.kms().describe_key().key_id("alias/ill").send().await.unwrap();
    let key = key.key_metadata.unwrap().key_id;
    aws.kms().disable_key().key_id(&key).send().await.unwrap();
    let (code, found) = doctor.says();
    assert_eq!(code, 1);
    finds(&found, "logging role", "fine", &["arn:aws:iam::"]);
    finds(&found, "deployment", "fine", &["prod"]);
    finds(&found, "concurrency", "warning", &["concurrent runs are not reserved", "Service Quotas"]);
    finds(&found, "expiry", "problem", &["milliseconds", "Math.floor(Date.now() / 1000)"]);
    finds(&found, "key", "problem", &["is disabled", "`copilot-infra apply` enables it"]);
    finds(&found, "drift", "problem", &["key differs from the spec"]);

    write(&stack, "500", "10");
    let applied = doctor.run("apply --yes");
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let item = aws.dynamodb().delete_item().table_name("ill-talks").key("id", text("1"));
    item.send().await.unwrap();
    let (code, found) = doctor.says();
    assert_eq!(code, 0, "{found:#?}");
    for check in ["throttle", "expiry", "key", "drift"] {
        finds(&found, check, "fine", &[]);
    }
    aws.kms().schedule_key_deletion().key_id(&key).pending_window_in_days(7).send().await.unwrap();
    finds(&doctor.says().1, "key", "problem", &["will be destroyed", "cancel-key-deletion"]);
}
