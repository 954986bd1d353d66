//! Who may connect: tokens of a user pool, checked by the shipped authorizer.
use serde_json::{Value, json};

use super::conversations::SPEC;
use crate::support::{bedrock::user_pool, program::Run, schema::events, stack::Stack};

/// The spec of the conversations behind the shipped authorizer, for the tokens of `pool`.
pub(crate) fn secured(pool: &Value) -> String {
    let jwks = pool["jwks"].as_str().unwrap();
    let authorize = format!(
        "functions:\n  authorize:\n    code: {{ template: websocket-authorizer }}\n    handler: authorizer.handler\n    \
         environment:\n      USER_POOL_ID: {}\n      USER_POOL_CLIENT_ID: client-1\n      USER_POOL_JWKS: '{jwks}'\n",
        pool["pool"].as_str().unwrap()
    );
    let spec = SPEC.replace("functions:\n", &authorize);
    spec.replace("api:\n", "api:\n  authorizer: { function: authorize }\n")
}

#[test]
fn only_a_valid_token_gets_in_and_none_is_logged() {
    let pool = user_pool();
    let spec = secured(&pool);
    let spec = spec.replace("outputs:", "  stage: { access_log: {}, logging: info }\noutputs:");
    let stack = Stack::apply("secured", &spec);

    let good = pool["good"].as_str().unwrap();
    stack.run(&["smoke", "--token", good]).exits(0);

    let refused = |token: Option<&str>, why: &str| {
        let arguments = [Some("smoke"), token.map(|_| "--token"), token, Some("--format"), Some("json")];
        let arguments: Vec<&str> = arguments.into_iter().flatten().collect();
        let report = stack.run(&arguments).exits(1).json();
        let detail = report["steps"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("401") || detail.contains("403"), "{why}: {detail}");
        assert_eq!(report["passed"], false);
    };
    refused(None, "no token");
    let bad = pool["bad"].as_object().unwrap();
    for (why, token) in bad {
        refused(token.as_str(), why);
    }
    stack.spec(&format!("{spec}inputs: {{ idle: {{ value: nothing }} }}\n"));
    let mut apply = stack.command(&["apply", "--yes", "--smoke", "--format", "json"]);
    let applied = Run::of(apply.env("GITHUB_ACTIONS", "true")).exits(1);
    // The warnings of the spec are annotated before it, and do not stand in for it.
    let applied = applied.says(&["::warning ", "::error title=copilot-infra::the stack does not answer"]);
    let events = events(&applied);
    let [.., step, verdict, error] = &events[..] else { panic!("too few events") };
    assert_eq!((&step["name"], &step["outcome"]), (&json!("connect"), &json!("failed")));
    assert!(step["hint"].as_str().unwrap().contains("--token"), "{step}");
    assert_eq!((&verdict["type"], &verdict["passed"]), (&json!("smoke"), &json!(false)));
    assert_eq!((&error["type"], &error["exit_code"]), (&json!("error"), &json!(1)));

    let logs = stack.logs();
    assert!(logs.contains("JwtExpiredError"), "the reason is logged: {logs}");
    for token in
        std::iter::once(good).chain(bad.values().filter_map(Value::as_str)).filter(|one| one.len() > 20)
    {
        let signature = token.rsplit('.').next().unwrap();
        assert!(!logs.contains(signature), "a token in the log");
    }
    assert!(!logs.contains("user-ada"), "a user's id in the log");
}

#[test]
fn a_pool_that_cannot_be_asked_is_our_failure_and_no_refusal() {
    let pool = user_pool();
    let authorize = "functions:\n  authorize:\n    code: { template: websocket-authorizer }\n    \
                     handler: authorizer.handler\n    environment:\n      USER_POOL_ID: us-east-1_NOBODY\n      \
                     USER_POOL_CLIENT_ID: client-1\n      USER_POOL_JWKS: '{ broken'\n";
    let spec = SPEC.replace("functions:\n", authorize);
    let spec = spec.replace("api:\n", "api:\n  authorizer: { function: authorize }\n");
    let stack = Stack::apply("no-pool", &spec);
    stack.run(&["smoke", "--token", pool["good"].as_str().unwrap()]).exits(1);
    let logs = stack.logs();
    assert!(
        logs.contains(r#"\"level\":\"ERROR\",\"event\":\"failed\",\"reason\":\"SyntaxError\""#),
        "{logs}"
    );
    assert!(!logs.contains("refused"), "{logs}");
}
