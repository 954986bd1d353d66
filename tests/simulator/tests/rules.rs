//! The rules of the box, each by the request that meets it.
#![expect(clippy::disallowed_methods, reason = "time is virtual here")]
use copilot_infra_simulator::{Reply, Request, Simulator, Switches};
use serde_json::{Value, json};
use std::time::Duration;

/// A box without lags and rates.
fn box_of() -> Simulator {
    Simulator::new(1, Switches { lag: 0.0, limits: false, account_role_delay: 0, ..Switches::default() })
}

fn signed(service: &str) -> String {
    format!("AWS4-HMAC-SHA256 Credential=AKID/20261116/us-east-1/{service}/aws4_request, SignedHeaders=host")
}

/// A call in JSON; the body of the answer, or the code of the refusal.
async fn json_call(sim: &Simulator, service: &str, operation: &str, body: Value) -> Result<Value, String> {
    let request = Request {
        method: "POST".into(),
        target: "/".into(),
        operation: Some(format!("X.{operation}")),
        authorization: Some(signed(service)),
        body: body.to_string().into_bytes(),
    };
    read(sim.serve(request).await.expect("an answer comes"))
}

async fn rest(
    sim: &Simulator,
    service: &str,
    method: &str,
    target: &str,
    body: Value,
) -> Result<Value, String> {
    let request = Request {
        method: method.into(),
        target: target.into(),
        operation: None,
        authorization: Some(signed(service)),
        body: body.to_string().into_bytes(),
    };
    read(sim.serve(request).await.expect("an answer comes"))
}

async fn form(sim: &Simulator, body: &str) -> Result<Value, String> {
    let request = Request {
        method: "POST".into(),
        target: "/".into(),
        operation: None,
        authorization: Some(signed("iam")),
        body: body.as_bytes().to_vec(),
    };
    read(sim.serve(request).await.expect("an answer comes"))
}

fn read(reply: Reply) -> Result<Value, String> {
    match reply.error {
        Some(code) => Err(format!("{} {code}", reply.status)),
        None => Ok(serde_json::from_str(&reply.body).unwrap_or(Value::String(reply.body))),
    }
}

async fn table(sim: &Simulator) {
    let wish = json!({
        "TableName": "items", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
    });
    json_call(sim, "dynamodb", "CreateTable", wish).await.unwrap();
    tokio::time::sleep(Duration::from_secs(30)).await;
}

fn index(name: &str) -> Value {
    json!({ "TableName": "items", "AttributeDefinitions": [{ "AttributeName": name, "AttributeType": "S" }],
        "GlobalSecondaryIndexUpdates": [{ "Create": { "IndexName": name, "Projection": { "ProjectionType": "ALL" },
            "KeySchema": [{ "AttributeName": name, "KeyType": "HASH" }] } }] })
}

#[tokio::test(start_paused = true)]
async fn one_index_at_a_time() {
    let sim = box_of();
    table(&sim).await;
    json_call(&sim, "dynamodb", "UpdateTable", index("one")).await.unwrap();
    tokio::time::sleep(Duration::from_mins(1)).await;
    let shown = json_call(&sim, "dynamodb", "DescribeTable", json!({ "TableName": "items" })).await.unwrap();
    assert_eq!(shown["Table"]["TableStatus"], "ACTIVE");
    assert_eq!(shown["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"], "CREATING");
    let refused = json_call(&sim, "dynamodb", "UpdateTable", index("two")).await;
    assert_eq!(refused.unwrap_err(), "400 LimitExceededException");
    let refused = json_call(&sim, "dynamodb", "DeleteTable", json!({ "TableName": "items" })).await;
    assert_eq!(refused.unwrap_err(), "400 ResourceInUseException");
    tokio::time::sleep(Duration::from_mins(17)).await;
    json_call(&sim, "dynamodb", "UpdateTable", index("two")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn encryption_travels_alone() {
    let sim = box_of();
    table(&sim).await;
    let both = json!({ "TableName": "items", "SSESpecification": { "Enabled": false }, "BillingMode": "PAY_PER_REQUEST" });
    assert_eq!(
        json_call(&sim, "dynamodb", "UpdateTable", both).await.unwrap_err(),
        "400 ValidationException"
    );
}

#[tokio::test(start_paused = true)]
async fn expiry_cools_down() {
    let sim = box_of();
    table(&sim).await;
    let wish = |on: bool| json!({ "TableName": "items", "TimeToLiveSpecification": { "Enabled": on, "AttributeName": "end" } });
    json_call(&sim, "dynamodb", "UpdateTimeToLive", wish(true)).await.unwrap();
    let refused = json_call(&sim, "dynamodb", "UpdateTimeToLive", wish(false)).await;
    assert_eq!(refused.unwrap_err(), "400 ValidationException");
    tokio::time::sleep(Duration::from_mins(31)).await;
    json_call(&sim, "dynamodb", "UpdateTimeToLive", wish(false)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn protection_holds() {
    let sim = box_of();
    table(&sim).await;
    let wish = |on: bool| json!({ "TableName": "items", "DeletionProtectionEnabled": on });
    json_call(&sim, "dynamodb", "UpdateTable", wish(true)).await.unwrap();
    let refused = json_call(&sim, "dynamodb", "DeleteTable", json!({ "TableName": "items" })).await;
    assert_eq!(refused.unwrap_err(), "400 ValidationException");
    let refused = json_call(&sim, "dynamodb", "UpdateTable", wish(false)).await;
    assert_eq!(refused.unwrap_err(), "400 ThrottlingException");
    tokio::time::sleep(Duration::from_secs(15)).await;
    json_call(&sim, "dynamodb", "UpdateTable", wish(false)).await.unwrap();
    json_call(&sim, "dynamodb", "DeleteTable", json!({ "TableName": "items" })).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_full_role_stays() {
    let sim = box_of();
    let trust = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%7D%5D%7D";
    form(&sim, &format!("Action=CreateRole&RoleName=r&AssumeRolePolicyDocument={trust}")).await.unwrap();
    let policy = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D";
    form(&sim, &format!("Action=PutRolePolicy&RoleName=r&PolicyName=p&PolicyDocument={policy}"))
        .await
        .unwrap();
    assert_eq!(form(&sim, "Action=DeleteRole&RoleName=r").await.unwrap_err(), "409 DeleteConflict");
    form(&sim, "Action=DeleteRolePolicy&RoleName=r&PolicyName=p").await.unwrap();
    form(&sim, "Action=DeleteRole&RoleName=r").await.unwrap();
    assert_eq!(form(&sim, "Action=GetRole&RoleName=r").await.unwrap_err(), "404 NoSuchEntity");
}

async fn key(sim: &Simulator) -> String {
    let made = json_call(sim, "kms", "CreateKey", json!({})).await.unwrap();
    made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_doomed_key_keeps_its_alias() {
    let sim = box_of();
    let (one, other) = (key(&sim).await, key(&sim).await);
    let alias = |key: &str| json!({ "AliasName": "alias/a", "TargetKeyId": key });
    json_call(&sim, "kms", "CreateAlias", alias(&one)).await.unwrap();
    let doom = json!({ "KeyId": one, "PendingWindowInDays": 7 });
    json_call(&sim, "kms", "ScheduleKeyDeletion", doom).await.unwrap();
    let refused = json_call(&sim, "kms", "CreateAlias", alias(&other)).await;
    assert_eq!(refused.unwrap_err(), "400 AlreadyExistsException");
    let refused = json_call(&sim, "kms", "EnableKeyRotation", json!({ "KeyId": one })).await;
    assert_eq!(refused.unwrap_err(), "400 KMSInvalidStateException");
    let seen = json_call(&sim, "kms", "DescribeKey", json!({ "KeyId": "alias/a" })).await.unwrap();
    assert_eq!(seen["KeyMetadata"]["KeyState"], "PendingDeletion");
    tokio::time::sleep(Duration::from_hours(168)).await;
    json_call(&sim, "kms", "CreateAlias", alias(&other)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_locking_policy_is_refused() {
    let sim = box_of();
    let policy = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": "logs.amazonaws.com" },
        "Action": "kms:*", "Resource": "*" }] });
    let refused = json_call(&sim, "kms", "CreateKey", json!({ "Policy": policy.to_string() })).await;
    assert_eq!(refused.unwrap_err(), "400 MalformedPolicyDocumentException");
}

async fn function(sim: &Simulator) {
    let trust = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%7D%5D%7D";
    form(sim, &format!("Action=CreateRole&RoleName=r&AssumeRolePolicyDocument={trust}")).await.unwrap();
    let wish = json!({ "FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Handler": "a.b",
        "Runtime": "nodejs24.x", "Code": { "ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==" } });
    rest(sim, "lambda", "POST", "/2015-03-31/functions", wish).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_busy_function_refuses() {
    let sim = box_of();
    function(&sim).await;
    let target = "/2015-03-31/functions/f/configuration";
    let refused = rest(&sim, "lambda", "PUT", target, json!({ "MemorySize": 256 })).await;
    assert_eq!(refused.unwrap_err(), "409 ResourceConflictException");
    tokio::time::sleep(Duration::from_secs(10)).await;
    let old = json!({ "MemorySize": 256, "RevisionId": "old" });
    let refused = rest(&sim, "lambda", "PUT", target, old).await;
    assert_eq!(refused.unwrap_err(), "412 PreconditionFailedException");
    rest(&sim, "lambda", "PUT", target, json!({ "MemorySize": 256 })).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn some_runs_stay_unreserved() {
    let sim = box_of();
    function(&sim).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let target = "/2017-10-31/functions/f/concurrency";
    let refused = rest(&sim, "lambda", "PUT", target, json!({ "ReservedConcurrentExecutions": 901 })).await;
    assert_eq!(refused.unwrap_err(), "400 InvalidParameterValueException");
    rest(&sim, "lambda", "PUT", target, json!({ "ReservedConcurrentExecutions": 900 })).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn too_many_calls_are_throttled() {
    let sim = Simulator::new(1, Switches::default());
    let calls = (0..20).map(|_| json_call(&sim, "logs", "DescribeLogGroups", json!({})));
    let mut codes = Vec::new();
    for call in calls {
        codes.push(call.await.err());
    }
    assert!(codes.iter().flatten().any(|code| code == "400 ThrottlingException"), "{codes:?}");
}

#[tokio::test(start_paused = true)]
async fn one_seed_makes_one_world() {
    let run = async |seed: u64| {
        let sim = Simulator::new(seed, Switches::default());
        let id = key(&sim).await;
        (id, sim.records().last().map(|record| record.at))
    };
    assert_eq!(run(5).await, run(5).await);
    assert_ne!(run(5).await.0, run(6).await.0);
}
