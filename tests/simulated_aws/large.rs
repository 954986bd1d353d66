//! What others have in an account costs a stack next to nothing.
use std::time::Duration;

use copilot_infra_simulator::{ACCOUNT, Switches};
use serde_json::json;

use crate::{
    bench::{Bench, Command, REGION, deep},
    specs,
};

/// Pages as long as AWS's, and trips that all take the same time.
fn large() -> Switches {
    Switches { page: usize::MAX, even_trips: true, ..Switches::default() }
}

/// Fills the account with what is others'.
async fn crowd(bench: &Bench) {
    let put = |service, operation, input| bench.sim.put(REGION, service, operation, input);
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": "lambda.amazonaws.com" } }] });
    for at in 0..5_000 {
        let name = format!("theirs-{at}");
        put("iam", "CreateRole", json!({ "RoleName": name, "AssumeRolePolicyDocument": trust.to_string() }));
        put(
            "dynamodb",
            "CreateTable",
            json!({ "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }] }),
        );
    }
    tokio::time::sleep(Duration::from_mins(1)).await;
    for at in 0..5_000 {
        put(
            "lambda",
            "CreateFunction",
            json!({ "FunctionName": format!("theirs-{at}"), "Handler": "a.b",
            "Role": format!("arn:aws:iam::{ACCOUNT}:role/theirs-0"), "Runtime": "nodejs22.x",
            "Code": { "ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==" } }),
        );
    }
    for at in 0..1_000 {
        put("logs", "CreateLogGroup", json!({ "logGroupName": format!("/aws/lambda/theirs-{at}") }));
        let execution = format!("API-Gateway-Execution-Logs_{at:010}/prod");
        put("logs", "CreateLogGroup", json!({ "logGroupName": execution }));
        let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "kms:*",
            "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }, "Resource": "*" }] });
        put("kms", "CreateKey", json!({ "Policy": policy.to_string() }));
    }
    tokio::time::sleep(Duration::from_mins(1)).await;
    for (at, id) in bench.sim.key_ids(REGION).into_iter().enumerate() {
        put("kms", "CreateAlias", json!({ "AliasName": format!("alias/theirs-{at}"), "TargetKeyId": id }));
    }
    tokio::time::sleep(Duration::from_mins(1)).await;
}

/// Calls and rounds of a plan that finds nothing to do.
async fn no_op(bench: &Bench) -> (usize, usize) {
    bench.settled(&specs::reference()).await.expect("nothing to do");
    if std::env::var_os("WORLD_STORY").is_some() {
        println!("{}", bench.story());
    }
    (bench.sim.count(), bench.sim.rounds())
}

#[test]
fn a_plan_among_thousands_of_others_makes_as_few_calls() {
    deep(async || {
        let bench = Bench::new(7, large());
        bench.must(Command::Apply, &specs::reference()).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        let (calls, rounds) = no_op(&bench).await;
        crowd(&bench).await;
        let (among, later) = no_op(&bench).await;
        println!("{calls} calls in {rounds} rounds; among others {among} in {later}");
        assert!(calls <= 75 && rounds <= 4, "{calls} calls in {rounds} rounds");
        assert!(among <= calls + 8 && later <= rounds + 1, "{among} calls in {later} rounds");
    });
}

#[test]
fn destroy_makes_few_calls_and_no_read_twice() {
    deep(async || {
        let bench = Bench::new(7, Switches { lag: 0.0, ..large() });
        bench.must(Command::Apply, &specs::reference()).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        bench.must(Command::Destroy, &specs::reference()).await;
        let records = bench.sim.records();
        assert!(records.len() <= 60, "{} calls\n{}", records.len(), bench.story());
        let reads = records.iter().take_while(|call| !call.is_write());
        let reads: Vec<_> = reads.map(|call| (&call.operation, &call.about)).collect();
        let once: std::collections::BTreeSet<_> = reads.iter().collect();
        assert_eq!(once.len(), reads.len(), "{reads:?}");
    });
}

/// A refused setting costs the half minute in which API Gateway takes no other.
#[test]
fn the_logging_role_is_offered_once_it_is_seen() {
    deep(async || {
        for seed in 0..6 {
            let bench = Bench::new(seed, Switches::default());
            bench.must(Command::Apply, &specs::before()).await;
            let records = bench.sim.records();
            let offers = records.iter().filter(|call| call.operation == "apigateway:UpdateAccount");
            assert_eq!(offers.count(), 1, "seed {seed}:\n{}", bench.story());
        }
    });
}
