//! A spec that is edited again and again: every step applies, and nothing is left to change.
use serde_json::{Value, json};

use crate::support::{account::Account, specs::SMALL};

/// Edits the spec in turn, `from` to `to`, and applies each.
fn edited(account: &Account, spec: &str, edits: &[(&str, &str)]) {
    let mut spec = spec.to_owned();
    for (from, to) in edits {
        assert!(spec.contains(from), "`{from}` in {spec}");
        spec = spec.replace(from, to);
        account.spec(&spec);
        let run = account.run(&["apply", "--yes", "--delete-data"]);
        assert_eq!(run.code, Some(0), "after the edit to `{to}`: {run}");
        account.is_settled();
    }
}

#[test]
fn tables_and_functions_follow_every_edit() {
    let account = Account::with(SMALL);
    account.apply();
    let index = "    indexes: { ByUser: { partition_key: { name: user, type: S } } }\n    ttl: ";
    let indexes = "    indexes: { ByDay: { partition_key: { name: day, type: N } }, ByHour: { partition_key: { name: hour, type: N }, projection: keys_only } }\n    ttl: ";
    edited(
        &account,
        SMALL,
        &[
            ("    ttl: ", index),
            (index, indexes),
            (indexes, "    ttl: "),
            ("ttl: expiresAt", "ttl: goneAt"),
            ("    ttl: goneAt\n", "    billing: { read: 2, write: 3 }\n"),
            ("    billing: { read: 2, write: 3 }\n", "    billing: on_demand\n"),
            ("point_in_time_recovery: true", "point_in_time_recovery: false"),
            ("    handler:", "    memory: 512\n    timeout: 9\n    architecture: arm64\n    handler:"),
            ("nodejs22.x", "nodejs24.x"),
        ],
    );
    let facts = account.facts();
    let table = &facts["tables"]["small-notes"];
    assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["recovery"], "DISABLED");
    assert_eq!(facts["functions"]["small-work"]["Runtime"], "nodejs24.x");
}

#[test]
fn names_tags_and_rights_follow_every_edit() {
    let account = Account::with(SMALL);
    account.apply();
    let tags = "stack: small\ntags: { Team: a, Cost: b }\n";
    let edits = [
        ("{ NOTES: \"${tables.notes.name}\" }", "{ MORE: \"1\" }"),
        ("notes: read", "notes: read_write"),
        ("    access: { tables: { notes: read_write } }\n", ""),
        ("    handler:", "    log_retention_days: 7\n    handler:"),
        ("stack: small\n", tags),
        ("Team: a, Cost: b", "Team: c"),
        ("alias: small", "alias: small, rotation: false"),
        ("    handler:", "    name: small-renamed\n    handler:"),
    ];
    edited(&account, SMALL, &edits);
    let facts = account.facts();
    let function = &facts["functions"]["small-renamed"];
    assert_eq!(facts["functions"].as_object().unwrap().len(), 1);
    assert_eq!(
        facts["log_groups"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["/aws/lambda/small-renamed"]
    );
    assert_eq!(function["Environment"]["Variables"], json!({"MORE": "1"}));
    assert_eq!((&function["tags"]["Team"], &function["tags"]["Cost"]), (&json!("c"), &Value::Null));
}

const API: &str = "
version: 1
stack: small
function_defaults: { runtime: nodejs22.x, timeout: 20, handler: websocket-handler.messageHandler }
functions:
  one: {}
  two: {}
api:
  routes:
    $default: one
  stage:
    name: prod
";

#[test]
fn the_api_follows_every_edit() {
    let account = Account::with(API);
    account.apply();
    let authorizer = "api:\n  authorizer: { function: two, identity: [route.request.querystring.token] }\n";
    let edits = [
        ("    $default: one\n", "    $default: one\n    more: two\n"),
        ("more: two", "more: one"),
        ("    more: one\n", "    $connect: two\n"),
        ("api:\n", authorizer),
        (
            "name: prod",
            "name: prod\n    variables: { A: b }\n    route_throttles: { $default: { rate: 5, burst: 6 } }",
        ),
        ("{ rate: 5, burst: 6 }", "{ rate: 7, burst: 6 }"),
        ("\n    route_throttles: { $default: { rate: 7, burst: 6 } }", ""),
        ("name: prod", "name: prod\n    access_log: { log_group: /aws/apigateway/small-a }"),
        ("apigateway/small-a", "apigateway/small-b"),
        ("\n    access_log: { log_group: /aws/apigateway/small-b }", "\n    logging: off"),
        ("name: prod", "name: live"),
        ("name: live", "name: live\n    auto_deploy: false"),
        (authorizer, "api:\n"),
        ("auto_deploy: false", "auto_deploy: true"),
    ];
    edited(&account, API, &edits);
    let facts = account.facts();
    let api = facts["apis"].as_object().unwrap().values().next().unwrap();
    assert_eq!(api["stages"].as_array().unwrap().len(), 1);
    assert_eq!(api["stages"][0]["StageName"], "live");
    assert_eq!(api["stages"][0]["StageVariables"], json!({"A": "b"}));
    assert_eq!(api["routes"].as_array().unwrap().len(), 2);
    assert_eq!(api["authorizers"], json!([]));

    account.spec(API.split("api:").next().unwrap());
    let word =
        ["--allow-replace", "apigateway/stage/small-api/live", "--allow-replace", "apigateway/api/small-api"];
    let says = ["clients would get a new URL", &word[..2].join(" "), &word[2..].join(" ")];
    account.run(&["apply", "--yes"]).exits(1).says(&says);
    account.run(&[&["apply", "--yes"], &word[..]].concat()).exits(0);
    account.is_settled();
    let facts = account.facts();
    assert_eq!(facts["apis"], json!({}));
    let groups: Vec<_> = facts["log_groups"].as_object().unwrap().keys().collect();
    // Logs hold data: those that the spec has named stay until the word is said.
    let kept = [
        "/aws/apigateway/small-a",
        "/aws/apigateway/small-b",
        "/aws/lambda/small-one",
        "/aws/lambda/small-two",
    ];
    assert_eq!(groups, kept);
    assert_eq!(facts["functions"]["small-one"]["policy"], json!([]));
}
