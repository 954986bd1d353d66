//! What the functions may do: all that the shipped handlers do, and nothing else.
use std::{collections::BTreeSet, fs, path::Path};

use copilot_infra_simulator::{ACCOUNT, Ask, Switches, allows};
use serde_json::Value;

use super::without;
use crate::{
    bench::{Bench, Command, REGION, deep},
    specs,
};

/// What the handlers call their clients by, and the IAM action of each (Service authorization reference, of each
/// service; a stream of Bedrock's Converse API takes the action of the older call).
const CALLS: [(&str, &str); 8] = [
    ("table.get", "dynamodb:GetItem"),
    ("table.put", "dynamodb:PutItem"),
    ("table.update", "dynamodb:UpdateItem"),
    ("table.delete", "dynamodb:DeleteItem"),
    ("table.query", "dynamodb:Query"),
    ("api.postToConnection", "execute-api:ManageConnections"),
    ("bedrock.converseStream", "bedrock:InvokeModelWithResponseStream"),
    ("functions.invoke", "lambda:InvokeFunction"),
];

fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}")
}

fn table(name: &str) -> String {
    arn("dynamodb", &format!("table/omnitrack-copilot-{name}"))
}

/// What an item of a table encrypted with `key` takes of it, in the caller's name (DynamoDB guide, "DynamoDB
/// encryption at rest: usage notes").
fn through_dynamodb(key: &str, writes: bool) -> Vec<Ask> {
    let reads = ["Decrypt", "DescribeKey"].iter();
    let more: &[&str] =
        if writes { &["Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"] } else { &[] };
    let via = format!("dynamodb.{REGION}.amazonaws.com");
    let ask = |name: &&str| Ask::new(format!("kms:{name}"), key).with("kms:ViaService", via.as_str());
    reads.chain(more).map(ask).collect()
}

/// What Lambda itself does in the name of a function: its logs, its traces, its environment.
fn runtime(function: &str, key: &str) -> Vec<Ask> {
    let own = arn("lambda", &format!("function:{function}"));
    let stream = arn("logs", &format!("log-group:/aws/lambda/{function}:log-stream:s"));
    vec![
        Ask::new("logs:CreateLogStream", stream.as_str()),
        Ask::new("logs:PutLogEvents", stream),
        Ask::new("xray:PutTraceSegments", "*"),
        Ask::new("xray:PutTelemetryRecords", "*"),
        Ask::new("kms:Decrypt", key).with("kms:EncryptionContext:aws:lambda:FunctionArn", own),
    ]
}

/// What the handler behind `$connect`, `$disconnect` or a message calls, in its role's name.
fn handler(function: &str, key: &str, api: &str) -> Vec<Ask> {
    let on = |name: &str, actions: &[&str]| -> Vec<Ask> {
        actions.iter().map(|action| Ask::new(format!("dynamodb:{action}"), table(name))).collect()
    };
    let mut asks = runtime(function, key);
    asks.extend(through_dynamodb(key, true));
    match function {
        "omnitrack-copilot-connect" => asks.extend(on("connections", &["PutItem"])),
        "omnitrack-copilot-disconnect" => asks.extend(on("connections", &["DeleteItem"])),
        _ => {
            asks.extend(on("connections", &["GetItem", "UpdateItem", "DeleteItem"]));
            asks.extend(on("conversations", &["PutItem", "UpdateItem", "Query"]));
            let connection = arn("execute-api", &format!("{api}/prod/POST/@connections/abc="));
            let model = format!("arn:aws:bedrock:{REGION}::foundation-model/{MODEL}");
            asks.push(Ask::new("execute-api:ManageConnections", connection));
            asks.push(Ask::new("bedrock:InvokeModelWithResponseStream", model));
            asks.push(Ask::new("lambda:InvokeFunction", arn("lambda", &format!("function:{function}"))));
        }
    }
    asks
}

const MODEL: &str = "anthropic.claude-3-5-sonnet-20241022-v2:0";

/// What none of them may do: other things to its own, and its own things to what is others'.
fn outside(function: &str, key: &str, api: &str) -> Vec<Ask> {
    let own = arn("lambda", &format!("function:{function}"));
    let group = arn("logs", &format!("log-group:/aws/lambda/{function}"));
    let mut asks = Vec::new();
    for name in ["connections", "conversations"] {
        for action in [
            "Scan",
            "DeleteTable",
            "UpdateTable",
            "DescribeTable",
            "PartiQLSelect",
            "ExportTableToPointInTime",
        ] {
            asks.push(Ask::new(format!("dynamodb:{action}"), table(name)));
        }
        let theirs = arn("dynamodb", &format!("table/omnitrack-copilot-{name}-of-others"));
        asks.extend(CALLS[..5].iter().map(|(_, action)| Ask::new(*action, theirs.as_str())));
    }
    for action in ["UpdateFunctionCode", "UpdateFunctionConfiguration", "AddPermission", "GetFunction"] {
        asks.push(Ask::new(format!("lambda:{action}"), own.as_str()));
    }
    for action in ["CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy", "FilterLogEvents"] {
        asks.push(Ask::new(format!("logs:{action}"), format!("{group}:log-stream:")));
    }
    for action in ["Decrypt", "Encrypt", "CreateGrant", "PutKeyPolicy", "ScheduleKeyDeletion"] {
        asks.push(Ask::new(format!("kms:{action}"), key));
    }
    let via = format!("s3.{REGION}.amazonaws.com");
    asks.push(Ask::new("kms:Decrypt", key).with("kms:ViaService", via));
    asks.extend([
        Ask::new("kms:Decrypt", key)
            .with("kms:EncryptionContext:aws:lambda:FunctionArn", format!("{own}-of-others")),
        Ask::new("lambda:InvokeFunction", arn("lambda", "function:of-others")),
        Ask::new("logs:PutLogEvents", arn("logs", "log-group:/aws/lambda/of-others:log-stream:s")),
        Ask::new("execute-api:ManageConnections", arn("execute-api", "other/prod/POST/@connections/abc=")),
        Ask::new(
            "execute-api:ManageConnections",
            arn("execute-api", &format!("{api}/prod/DELETE/@connections/abc=")),
        ),
        Ask::new("execute-api:Invoke", arn("execute-api", &format!("{api}/prod/$connect"))),
        Ask::new(
            "bedrock:InvokeModel",
            format!("arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-pro-v1:0"),
        ),
        Ask::new("bedrock:InvokeModel", format!("arn:aws:bedrock:us-west-2::foundation-model/{MODEL}")),
        Ask::new("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:of-others-AbCdEf")),
        Ask::new("iam:PassRole", format!("arn:aws:iam::{ACCOUNT}:role/anything")),
        Ask::new("sts:AssumeRole", format!("arn:aws:iam::{ACCOUNT}:role/anything")),
        Ask::new("s3:GetObject", "arn:aws:s3:::bucket/key"),
        Ask::new("ssm:GetParameter", arn("ssm", "parameter/anything")),
        Ask::new("cloudwatch:PutMetricData", "*"),
    ]);
    asks
}

/// The calls in the handlers' sources, as `client.method`.
fn called() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/websocket-handlers");
    let files =
        ["lib", "routes"].iter().flat_map(|folder| fs::read_dir(root.join(folder)).expect("a folder"));
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file.expect("a file").path()).expect("a text");
        for client in ["table", "api", "bedrock", "functions"] {
            for rest in text.split(&format!("await {client}.")).skip(1) {
                let method: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
                found.insert(format!("{client}.{method}"));
            }
        }
    }
    found
}

#[test]
fn the_calls_that_are_judged_are_those_of_the_handlers() {
    let judged: BTreeSet<String> = CALLS.iter().map(|(call, _)| (*call).to_owned()).collect();
    assert_eq!(called(), judged);
    let actions: BTreeSet<String> = handler("omnitrack-copilot-message", "k", "a")
        .into_iter()
        .chain(handler("omnitrack-copilot-connect", "k", "a"))
        .map(|ask| ask.action)
        .collect();
    assert!(CALLS.iter().all(|(_, action)| actions.contains(*action)), "{actions:?}");
}

#[test]
fn each_handler_may_do_what_it_does_and_nothing_else() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        bench.must(Command::Apply, &specs::reference()).await;
        let key = bench.aws().kms().describe_key().key_id("alias/omnitrack-copilot").send().await;
        let key = key.expect("the key stands").key_metadata.and_then(|key| key.arn).expect("it has an ARN");
        let apis =
            bench.aws().apis().get_apis().send().await.expect("the API stands").items.unwrap_or_default();
        let api = apis[0].api_id().expect("it has an id");
        for name in ["connect", "disconnect", "message"] {
            let function = format!("omnitrack-copilot-{name}");
            let policies = bench.sim.role_policies(REGION, &format!("{function}-{REGION}"));
            assert_eq!(policies.len(), 1, "{function}");
            let calls = handler(&function, &key, api);
            let refused: Vec<_> = calls.iter().filter(|ask| !allows(&policies, ask)).collect();
            assert!(refused.is_empty(), "{function} may not {refused:#?}");
            let loose = outside(&function, &key, api);
            let loose: Vec<_> = loose.iter().filter(|ask| allows(&policies, ask)).collect();
            assert!(loose.is_empty(), "{function} may {loose:#?}");
            each_call_is_granted_once(&function, &policies[0], &calls);
        }
        // What one of them does, the others may not, unless they do it too.
        let connects = bench.sim.role_policies(REGION, &format!("omnitrack-copilot-connect-{REGION}"));
        let answers = handler("omnitrack-copilot-message", &key, api);
        let shared = |ask: &&Ask| !ask.action.starts_with("kms:") && !ask.action.starts_with("xray:");
        let own = |ask: &&Ask| ask.resource != table("connections") || ask.action == "dynamodb:GetItem";
        let may: Vec<_> =
            answers.iter().filter(shared).filter(own).filter(|ask| allows(&connects, ask)).collect();
        assert!(may.is_empty(), "{may:#?}");
    });
}

/// Each call is granted by one action of one statement, and fails without it. Other actions are what a capability
/// of the spec, such as `read`, stands for besides.
fn each_call_is_granted_once(function: &str, policy: &Value, calls: &[Ask]) {
    let all = super::actions(policy);
    for ask in calls {
        let fails =
            |(statement, action): &(usize, String)| !allows(&[without(policy, *statement, action)], ask);
        assert_eq!(all.iter().filter(|one| fails(one)).count(), 1, "{function}: {ask:?}");
    }
}
