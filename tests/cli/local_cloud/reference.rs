//! The reference stack: every fact of it, read back with boto3.
use serde_json::{Value, json};

use crate::support::{
    account::{Account, text},
    local_cloud::cloud,
    program::Run,
    proxy::Proxy,
    specs::{REFERENCE, SMALL},
};

const FUNCTIONS: [(&str, u32, u32); 3] =
    [("connect", 256, 30), ("disconnect", 256, 30), ("message", 1024, 60)];
const TABLES: [&str; 2] = ["omnitrack-copilot-conversations", "omnitrack-copilot-connections"];

/// The only member of an object.
#[track_caller]
fn only(value: &Value) -> (&String, &Value) {
    let members = value.as_object().unwrap();
    assert_eq!(members.len(), 1, "{value:#}");
    members.iter().next().unwrap()
}

#[test]
fn the_reference_stack_stands_as_its_table_says() {
    let account = Account::with(REFERENCE);
    account.apply();
    account.is_settled();
    let facts = account.facts();
    key(&facts);
    tables(&facts);
    api(&facts);
    functions(&account, &facts);
    permissions(&account, &facts);
    log_groups(&facts);
}

fn key(facts: &Value) {
    let (_, key) = only(&facts["keys"]);
    assert_eq!(key["KeyManager"], "CUSTOMER");
    assert_eq!(key["rotation"], true);
    assert_eq!(key["alias"], "alias/omnitrack-copilot");
    for table in TABLES {
        assert_eq!(facts["tables"][table]["SSEDescription"]["KMSMasterKeyArn"], key["Arn"]);
    }
    for group in facts["log_groups"].as_object().unwrap().values() {
        assert_eq!(group["kmsKeyId"], key["Arn"], "{group:#}");
    }
    for function in facts["functions"].as_object().unwrap().values() {
        assert_eq!(function["KMSKeyArn"], key["Arn"]);
    }
}

fn tables(facts: &Value) {
    let expected = [
        (
            json!([{"AttributeName": "conversationId", "KeyType": "HASH"}, {"AttributeName": "timestamp", "KeyType": "RANGE"}]),
            json!([{"AttributeName": "userId", "KeyType": "HASH"}, {"AttributeName": "timestamp", "KeyType": "RANGE"}]),
        ),
        (
            json!([{"AttributeName": "connectionId", "KeyType": "HASH"}]),
            json!([{"AttributeName": "userId", "KeyType": "HASH"}]),
        ),
    ];
    for (name, (keys, index)) in TABLES.iter().zip(expected) {
        let table = &facts["tables"][name];
        assert_eq!(table["KeySchema"], keys);
        assert_eq!(table["GlobalSecondaryIndexes"][0]["IndexName"], "UserIdIndex");
        assert_eq!(table["GlobalSecondaryIndexes"][0]["KeySchema"], index);
        assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
        assert_eq!(table["DeletionProtectionEnabled"], true);
        assert_eq!(table["ttl"], json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "expiresAt"}));
    }
    let types = json!({"conversationId": "S", "timestamp": "N", "userId": "S"});
    let attributes = facts["tables"][TABLES[0]]["AttributeDefinitions"].as_array().unwrap();
    assert_eq!(attributes.len(), 3);
    for attribute in attributes {
        assert_eq!(attribute["AttributeType"], types[text(&attribute["AttributeName"])]);
    }
    assert_eq!(facts["tables"][TABLES[0]]["recovery"], "ENABLED");
}

fn api(facts: &Value) {
    let (id, api) = only(&facts["apis"]);
    assert_eq!(api["Name"], "omnitrack-copilot-websocket-api");
    assert_eq!(api["ProtocolType"], "WEBSOCKET");
    assert_eq!(api["RouteSelectionExpression"], "$request.body.action");
    let arn = |name: &str| text(&facts["functions"][format!("omnitrack-copilot-{name}")]["FunctionArn"]);
    let integrations = api["integrations"].as_array().unwrap();
    let mut routes: Vec<_> = api["routes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|route| {
            let target = text(&route["Target"]);
            let integration = integrations
                .iter()
                .find(|one| target == format!("integrations/{}", text(&one["IntegrationId"])))
                .unwrap();
            (text(&route["RouteKey"]), text(&integration["IntegrationUri"]))
        })
        .collect();
    routes.sort();
    let expected = [
        ("$connect", "connect"),
        ("$default", "message"),
        ("$disconnect", "disconnect"),
        ("message", "message"),
    ];
    for ((key, uri), (route, function)) in routes.iter().zip(expected) {
        assert_eq!(key, route);
        assert!(uri.contains(&arn(function)), "{uri}");
    }
    assert_eq!((routes.len(), integrations.len()), (4, 3), "routes to one function share its integration");
    stage(id, &api["stages"]);
}

fn stage(id: &str, stages: &Value) {
    let stage = &stages[0];
    assert_eq!(stages.as_array().unwrap().len(), 1);
    assert_eq!(stage["StageName"], "prod");
    assert_eq!(stage["AutoDeploy"], true);
    let defaults = &stage["DefaultRouteSettings"];
    assert_eq!(defaults["ThrottlingRateLimit"], 500.0);
    assert_eq!(defaults["ThrottlingBurstLimit"], 1000);
    assert_eq!(defaults["LoggingLevel"], "INFO");
    assert_eq!(defaults["DetailedMetricsEnabled"], true);
    assert_eq!(defaults["DataTraceEnabled"], false);
    let log = &stage["AccessLogSettings"];
    let destination = text(&log["DestinationArn"]);
    assert!(destination.ends_with(":log-group:/aws/apigateway/omnitrack-copilot-websocket"), "{destination}");
    let format: Value = serde_json::from_str(&text(&log["Format"])).unwrap();
    assert_eq!(format["requestId"], "$context.requestId", "of the API {id}");
}

fn functions(account: &Account, facts: &Value) {
    assert_eq!(facts["functions"].as_object().unwrap().len(), 3);
    let (api, _) = only(&facts["apis"]);
    let (key, _) = only(&facts["keys"]);
    for (name, memory, timeout) in FUNCTIONS {
        let function = &facts["functions"][format!("omnitrack-copilot-{name}")];
        assert_eq!(function["Runtime"], "nodejs20.x");
        assert_eq!(function["Handler"], format!("websocket-handler.{name}Handler"));
        assert_eq!(
            (function["MemorySize"].clone(), function["Timeout"].clone()),
            (memory.into(), timeout.into())
        );
        assert_eq!(function["TracingConfig"]["Mode"], "Active");
        assert_eq!(
            function["Environment"]["Variables"],
            json!({
                "USER_POOL_ID": "us-east-1_EXAMPLE",
                "USER_POOL_CLIENT_ID": "example-client",
                "TABLE_NAME": "omnitrack-main",
                "CONVERSATIONS_TABLE_NAME": TABLES[0],
                "CONNECTIONS_TABLE_NAME": TABLES[1],
                "SECRETS_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:omnitrack-copilot-AbCdEf",
                "KMS_KEY_ID": key,
                "BEDROCK_MODEL_ID": "anthropic.claude-3-5-sonnet-20241022-v2:0",
                "BEDROCK_REGION": "us-east-1",
                "WEBSOCKET_API_ENDPOINT": format!("https://{api}.execute-api.us-east-1.amazonaws.com/prod"),
            })
        );
        let statements = function["policy"].as_array().unwrap();
        let routes = if name == "message" { 2 } else { 1 };
        assert_eq!(statements.len(), routes, "{statements:#?}");
        for statement in statements {
            assert_eq!(statement["Principal"]["Service"], "apigateway.amazonaws.com");
            let condition = statement["Condition"].to_string();
            assert!(condition.contains(&format!(":{}:{api}/prod/", account.id)), "{condition}");
            assert!(condition.contains(&format!("\"AWS:SourceAccount\":\"{}\"", account.id)), "{condition}");
        }
    }
}

/// All that the inline policies of a function's role allow, as pairs of action and resource.
fn allowed(facts: &Value, function: &str) -> Vec<(String, String)> {
    let arn = text(&facts["functions"][format!("omnitrack-copilot-{function}")]["Role"]);
    let role = &facts["roles"][arn.rsplit('/').next().unwrap()];
    assert_eq!(role["attached"], json!([]));
    assert_eq!(role["trust"]["Statement"].as_array().unwrap().len(), 1);
    assert_eq!(role["trust"]["Statement"][0]["Principal"], json!({"Service": ["lambda.amazonaws.com"]}));
    let list = |value: &Value| match value {
        Value::Array(items) => items.iter().map(text).collect(),
        other => vec![text(other)],
    };
    let statements = role["inline"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|policy| policy["Statement"].as_array().unwrap());
    let mut pairs = Vec::new();
    for statement in statements {
        assert_eq!(statement["Effect"], "Allow");
        for action in list(&statement["Action"]) {
            assert!(!action.contains('*'), "{action}");
            pairs.extend(list(&statement["Resource"]).into_iter().map(|resource| (action.clone(), resource)));
        }
    }
    pairs
}

fn permissions(account: &Account, facts: &Value) {
    let message = allowed(facts, "message");
    let of = |pairs: &[(String, String)], start: &str| -> Vec<String> {
        let mut found: Vec<_> =
            pairs.iter().filter(|(action, _)| action.starts_with(start)).map(|(_, on)| on.clone()).collect();
        found.sort();
        found.dedup();
        found
    };
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:us-east-1:{}:{rest}", account.id);
    let table = |name: &str| arn("dynamodb", &format!("table/{name}"));
    let own = ["conversations", "connections"].map(|id| table(&format!("omnitrack-copilot-{id}")));
    let own = own.into_iter().flat_map(|arn| [format!("{arn}/index/UserIdIndex"), arn]);
    let main = table("omnitrack-main");
    let mut tables: Vec<_> = own.chain([format!("{main}/index/*"), main.clone()]).collect();
    tables.sort();
    assert_eq!(of(&message, "dynamodb:"), tables);
    let models = ["20240620-v1:0", "20241022-v2:0"].map(|version| {
        format!("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-{version}")
    });
    assert_eq!(of(&message, "bedrock:"), models);
    let mut actions: Vec<_> = message
        .iter()
        .filter(|(action, _)| action.starts_with("bedrock:"))
        .map(|(action, _)| action.as_str())
        .collect();
    actions.sort_unstable();
    actions.dedup();
    assert_eq!(actions, ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]);
    let (api, _) = only(&facts["apis"]);
    let managed = of(&message, "execute-api:ManageConnections");
    assert!(!managed.is_empty());
    for resource in &managed {
        assert!(resource.starts_with(&arn("execute-api", &format!("{api}/prod/"))), "{resource}");
        assert!(resource.contains("/@connections/"), "{resource}");
    }
    assert_eq!(of(&message, "execute-api:"), managed);
    let (_, key) = only(&facts["keys"]);
    for (function, _, _) in FUNCTIONS {
        assert_eq!(of(&allowed(facts, function), "kms:"), [text(&key["Arn"])]);
    }
    assert_eq!(
        of(&message, "secretsmanager:"),
        ["arn:aws:secretsmanager:us-east-1:123456789012:secret:omnitrack-copilot-AbCdEf"]
    );
    let connect = allowed(facts, "connect");
    assert_eq!(of(&connect, "bedrock:"), [""; 0]);
    assert_eq!(of(&connect, "secretsmanager:"), [""; 0]);
    assert!(of(&connect, "dynamodb:").iter().all(|on| on.contains("omnitrack-copilot-connections")));
    let wide: Vec<_> =
        message.iter().filter(|(_, on)| on == "*").map(|(action, _)| action.as_str()).collect();
    assert!(wide.iter().all(|action| action.starts_with("xray:")), "{wide:?} on everything");
}

fn log_groups(facts: &Value) {
    let (api, _) = only(&facts["apis"]);
    let mut expected: Vec<_> =
        FUNCTIONS.iter().map(|(name, ..)| format!("/aws/lambda/omnitrack-copilot-{name}")).collect();
    expected.push("/aws/apigateway/omnitrack-copilot-websocket".into());
    expected.push(format!("API-Gateway-Execution-Logs_{api}/prod"));
    expected.sort();
    let mut groups: Vec<_> = facts["log_groups"].as_object().unwrap().keys().cloned().collect();
    groups.sort();
    assert_eq!(groups, expected);
    for group in facts["log_groups"].as_object().unwrap().values() {
        assert_eq!(group["retentionInDays"], 30, "{group:#}");
    }
}

#[test]
fn everything_carries_the_tags_of_the_spec_and_of_its_owner() {
    let account = Account::with(REFERENCE);
    account.apply();
    let facts = account.facts();
    for kind in ["keys", "tables", "roles", "log_groups", "functions", "apis"] {
        for (name, one) in facts[kind].as_object().unwrap() {
            if name.starts_with("copilot-infra-apigateway-logs") {
                continue; // shared by the whole account, so no stack's
            }
            assert_eq!(one["tags"]["Project"], "omnitrack", "{kind} {name}");
            assert_eq!(one["tags"]["copilot-infra:stack"], "omnitrack-copilot", "{kind} {name}");
            // A digest of what was last applied, which tells drift from a change of the spec.
            let applied = one["tags"]["copilot-infra:applied"].as_str().unwrap_or_default();
            assert!(applied.starts_with("2.") && applied.len() > 20, "{kind} {name}: {applied}");
        }
    }
}

#[test]
fn a_plan_sends_only_reads_and_a_second_apply_does_nothing() {
    let mut account = Account::with(REFERENCE);
    let proxy = Proxy::recording();
    account.url.clone_from(&proxy.url);
    account.run(&["plan", "--detailed-exitcode"]).exits(2);
    account.run(&["outputs"]).exits(1).without_result().says(&["not live", "copilot-infra apply"]);
    account.run(&["destroy", "--yes"]).exits(0).says(&["Nothing to remove."]);
    assert_eq!(proxy.writes(), [""; 0]);
    account.apply();
    let writes = proxy.writes();
    assert!((1..=95).contains(&writes.len()), "{writes:#?}");
    let before = account.facts();
    account.is_settled();
    account.apply().says(&["No changes"]);
    account.run(&["outputs"]).exits(0);
    assert_eq!(proxy.writes(), [""; 0]);
    assert!(account.facts() == before, "something has changed");
}

#[test]
fn a_plan_of_a_standing_stack_makes_few_reads() {
    let mut account = Account::with(REFERENCE);
    account.apply();
    let proxy = Proxy::recording();
    account.url.clone_from(&proxy.url);
    account.is_settled();
    let calls = proxy.take();
    assert!(calls.len() <= 75, "{} calls: {calls:#?}", calls.len());
}

#[test]
fn outputs_come_in_every_shape() {
    let account = Account::with(REFERENCE);
    let applied = || {
        let events = account.run(&["apply", "--yes", "--format", "json"]).exits(0).json_lines();
        assert_eq!(events[0]["type"], "version");
        let last = events.last().unwrap();
        assert_eq!(last["type"], "outputs");
        last["values"].clone()
    };
    let first = applied();
    let facts = account.facts();
    let (api, _) = only(&facts["apis"]);
    let url = format!("wss://{api}.execute-api.us-east-1.amazonaws.com/prod");
    let expected = json!({
        "CopilotWebSocketApiId": api,
        "CopilotWebSocketApiUrl": url,
        "CopilotConversationsTableName": TABLES[0],
        "CopilotConnectionsTableName": TABLES[1],
        "CopilotMessageFunctionArn": facts["functions"]["omnitrack-copilot-message"]["FunctionArn"],
    });
    assert_eq!(first, expected);
    assert_eq!(account.run(&["outputs", "--format", "json"]).exits(0).json(), expected);
    let lines = |start: &str, end: &str| -> String {
        let members = expected.as_object().unwrap().iter();
        members.map(|(name, value)| [name, start, &text(value), end, "\n"].concat()).collect()
    };
    assert_eq!(account.run(&["outputs"]).exits(0).out, lines(" = ", ""));
    assert_eq!(account.run(&["outputs", "--format", "env"]).exits(0).out, lines("='", "'"));
    assert_eq!(account.run(&["outputs", "--format", "github"]).exits(0).out, lines("=", ""));
    let raw = account.run(&["outputs", "--raw", "CopilotWebSocketApiUrl"]).exits(0);
    assert_eq!(raw.out, format!("{url}\n"));
    let one = account.run(&["outputs", "CopilotWebSocketApiUrl", "--format", "json"]).exits(0);
    assert_eq!(one.json(), json!({ "CopilotWebSocketApiUrl": url }));
    account.run(&["outputs", "--raw"]).exits(64);
    account.run(&["outputs", "CopilotWebSocketUrl"]).without_result().says(&["CopilotWebSocketApiUrl"]);
    assert_eq!(applied(), expected);
}

#[test]
fn apply_and_destroy_print_only_outputs_on_stdout() {
    let account = Account::with(SMALL);
    let run = account.apply().says(&["stack `small` in us-east-1", "+ tables.notes", "Plan: 6 to create"]);
    assert_eq!(run.out, "Notes = small-notes\n", "{run}");
    let quiet = account.run(&["apply", "--yes", "-q"]).exits(0);
    assert_eq!((&*quiet.out, &*quiet.err), ("Notes = small-notes\n", ""), "{quiet}");
    let run = account.run(&["destroy", "--yes", "-q"]).exits(0).without_result();
    assert_eq!(run.err, "", "{run}");
    account.apply();
    let words = ["stack `small` in us-east-1", "functions.work", "to delete"];
    account.run(&["destroy", "--yes", "--delete-data"]).without_result().says(&words);
}

#[test]
fn destroy_keeps_data_until_told_and_then_leaves_nothing() {
    let account = Account::with(REFERENCE);
    account.apply();
    account.run(&["destroy"]).exits(1).says(&["nobody to ask", "destroy --yes"]);
    assert_eq!(account.facts()["functions"].as_object().unwrap().len(), 3);

    let run = account.run(&["destroy", "--yes"]).exits(0);
    let run = run.says(&[TABLES[0], TABLES[1], "alias/omnitrack-copilot", "--delete-data"]);
    drop(run);
    let facts = account.facts();
    let names = |kind: &str| facts[kind].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for kind in ["functions", "apis"] {
        assert_eq!(names(kind), [""; 0], "{kind}");
    }
    assert_eq!(names("log_groups").len(), 5);
    assert_eq!(names("tables").len(), 2);
    assert_eq!(only(&facts["keys"]).1["KeyState"], "Enabled");

    account.run(&["destroy", "--yes", "--delete-data"]).exits(0);
    let facts = account.facts();
    for kind in ["functions", "apis", "tables"] {
        assert_eq!(facts[kind], json!({}), "{kind}");
    }
    // Only the tag index tells of an execution log whose API is gone, and the emulator's lists no log groups.
    let logs = facts["log_groups"].as_object().unwrap();
    assert!(logs.keys().all(|name| name.starts_with("API-Gateway-Execution-Logs_")), "{:?}", logs.keys());
    // The table of leases and API Gateway's logging role are the account's, not the stack's.
    assert_eq!(facts["leases"]["copilot-infra:shared"], "true");
    assert_eq!(only(&facts["roles"]).0, "copilot-infra-apigateway-logs-us-east-1");
    // KMS has no call that removes a key at once.
    let (_, key) = only(&facts["keys"]);
    assert_eq!(key["KeyState"], "PendingDeletion");
    assert_eq!(key["alias"], Value::Null);
    account.run(&["destroy", "--yes", "--delete-data"]).exits(0).says(&["Nothing to remove."]);
}

#[test]
fn one_command_brings_the_reference_stack_up_on_this_machine() {
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/omnitrack-copilot.yaml");
    let local = |arguments: &[&str]| {
        let arguments = [arguments, &["-f", spec]].concat();
        Run::of(&mut cloud().local(&arguments)).exits(0)
    };
    let applied = local(&["apply", "--yes", "-q"]);
    assert!(applied.out.contains("CopilotWebSocketApiUrl = wss://"), "{applied}");
    local(&["plan", "--detailed-exitcode"]);
    local(&["destroy", "--yes", "--delete-data"]);
}
