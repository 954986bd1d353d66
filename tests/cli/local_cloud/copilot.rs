//! The copilot itself, on the local cloud: functions run under Node, clients speak real WebSockets, and the model is
//! one that the tests run (`bedrock.mjs`) where they decide what it says.
//!
//! `COPILOT_INFRA_CACHE` keeps what is installed between runs.
use crate::support::{
    client::Client,
    stack::{Bedrock, Stack, events, text, user_pool},
};
use copilot_infra::talk::Frame;
use serde_json::{Value, json};
use std::{
    process::Command,
    time::{Duration, Instant},
};

/// A stack of one function; `EXTRA` is where a test adds to its environment.
pub(crate) const SPEC: &str = r#"
version: 1
stack: STACK
tables:
  conversations:
    partition_key: { name: conversationId, type: S }
    sort_key: { name: timestamp, type: N }
    ttl: expiresAt
  connections:
    partition_key: { name: connectionId, type: S }
    ttl: expiresAt
functions:
  chat:
    handler: websocket-handler.handler
    timeout: 60
    environment:
      CONVERSATIONS_TABLE_NAME: ${tables.conversations.name}
      CONNECTIONS_TABLE_NAME: ${tables.connections.name}
      EXTRA: ""
    access:
      tables: { conversations: read_write, connections: read_write }
      models: [test.model-v1:0]
      connections: true
api:
  routes: { $connect: chat, $disconnect: chat, $default: chat }
outputs:
  Url: ${api.url}
"#;

/// The stack with a model of the test's own.
pub(crate) fn with_model(name: &str) -> (Bedrock, Stack) {
    let bedrock = Bedrock::start();
    let environment =
        format!("BEDROCK_MODEL_ID: test.model-v1:0\n      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: {}", bedrock.url);
    let stack = Stack::apply(name, &SPEC.replace("EXTRA: \"\"", &environment));
    (bedrock, stack)
}

/// Waits until `look` is content.
pub(crate) async fn soon(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !look().await {
        assert!(began.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[test]
fn the_handlers_pass_their_tests_under_node() {
    let tests = std::fs::read_dir("tests/handlers").unwrap().map(|entry| entry.unwrap().path());
    let tests = tests.filter(|path| path.to_str().unwrap().ends_with(".test.mjs"));
    let run = Command::new("node").arg("--test").args(tests).output().unwrap();
    assert!(run.status.success(), "{}", text(&run));
}

#[tokio::test]
async fn two_clients_of_one_stack_each_get_their_own_streamed_answer() {
    let (_bedrock, stack) = with_model("two-clients");
    let url = stack.url();
    let (mut ada, mut eve) = tokio::join!(Client::connect(&url), Client::connect(&url));
    let (a, e) = tokio::join!(ada.ask("repeat 160 every 25: ada."), eve.ask("repeat 160 every 25: eve."));
    assert_eq!((a.text, e.text), ("ada.".repeat(160), "eve.".repeat(160)));
    for pieces in [&a.pieces, &e.pieces] {
        // Four seconds of tokens, joined for 75 ms each, or longer by a busy machine: a stream, and not a frame
        // for each token.
        assert!((4..=80).contains(&pieces.len()), "{} frames", pieces.len());
        assert!(*pieces.last().unwrap() - pieces[0] > Duration::from_millis(1500), "it came all at once");
    }
    let turns = stack.items("conversations").await;
    assert_eq!(turns.len(), 4);
    assert!(turns.iter().all(|turn| turn["expiresAt"].as_n().is_ok()));
}

#[tokio::test]
async fn a_conversation_is_remembered() {
    let (_bedrock, stack) = with_model("memory");
    let mut client = Client::connect(&stack.url()).await;
    let first = client.ask("hello").await;
    assert_eq!(first.text, "1 messages");
    let next =
        serde_json::json!({ "action": "message", "message": "again", "conversationId": first.conversation });
    client.0.say(&next).await.unwrap();
    let mut said = String::new();
    loop {
        match client.0.hear(Duration::from_secs(30)).await.unwrap() {
            Frame::Delta { text, .. } => said += &text,
            Frame::End { .. } => break,
            _ => {}
        }
    }
    assert_eq!(said, "3 messages", "question, answer, question");
}

#[tokio::test]
async fn an_answer_may_take_longer_than_the_gateway_waits() {
    let (_bedrock, stack) = with_model("slow-answer");
    let mut client = Client::connect(&stack.url()).await;
    let began = Instant::now();
    let answer = client.ask("repeat 45 every 1000: tick.").await;
    assert_eq!(answer.text, "tick.".repeat(45));
    assert!(began.elapsed() > Duration::from_secs(44) && answer.pieces.len() >= 45);
}

#[tokio::test]
async fn long_messages_are_answered_and_too_long_ones_refused() {
    let stack = Stack::apply("long-message", SPEC);
    let mut client = Client::connect(&stack.url()).await;
    let long = "ä".repeat(10_000);
    let answer = client.ask(&long).await;
    assert!(answer.error.is_none() && answer.text.contains("äää"));
    let stored = stack.items("conversations").await;
    assert!(stored.iter().any(|turn| turn["content"].as_s().unwrap() == &long), "stored whole");
    let (code, ..) = client.ask(&"x".repeat(16_001)).await.error.unwrap();
    assert_eq!(code, "too_large");
    assert!(client.ask("still there?").await.error.is_none());
}

#[tokio::test]
async fn a_client_that_vanishes_within_an_answer_is_forgotten_without_an_error() {
    let (_bedrock, stack) = with_model("vanishing");
    let mut client = Client::connect(&stack.url()).await;
    client.say("repeat 200 every 100: word.").await;
    while !matches!(client.0.hear(Duration::from_secs(30)).await.unwrap(), Frame::Delta { .. }) {}
    let rows = async || {
        let items = stack.items("connections").await;
        items.iter().filter(|item| !item["connectionId"].as_s().unwrap().contains('#')).count()
    };
    assert_eq!(rows().await, 1);
    // Without a goodbye: the connection just drops.
    drop(client);
    soon("the row to go", async || rows().await == 0).await;
    soon("the function to stop", async || stack.logs().contains(r#"\"event\":\"gone\""#)).await;
    let logs = stack.logs();
    assert!(!logs.contains("ERROR"), "{logs}");
    assert_eq!(stack.items("conversations").await.len(), 1, "half an answer is not stored");
}

#[tokio::test]
async fn two_hundred_messages_over_twenty_connections_are_all_answered_to_whom_they_belong() {
    let stack = Stack::apply("two-hundred", SPEC);
    let url = stack.url();
    let visits = (0..20).map(|client| {
        let url = url.clone();
        async move {
            let mut socket = Client::connect(&url).await;
            for turn in 0..10 {
                let question = format!("client {client} turn {turn}");
                let answer = socket.ask(&question).await;
                assert!(answer.error.is_none(), "{:?}", answer.error);
                assert!(answer.text.ends_with(&question), "{question} was answered: {}", answer.text);
            }
        }
    });
    futures_util::future::join_all(visits).await;
    assert_eq!(stack.items("conversations").await.len(), 400);
}

#[tokio::test]
async fn what_bedrock_refuses_is_told_in_friendly_words_that_lead_to_the_log() {
    let (_bedrock, stack) = with_model("refusals");
    let mut client = Client::connect(&stack.url()).await;
    for (question, expected) in [("throttle", "busy"), ("break", "unavailable")] {
        let (code, words, id) = client.ask(question).await.error.unwrap();
        assert_eq!(code, expected);
        assert!(words.contains("try again") && !words.contains("Exception"), "{words}");
        soon("the log", async || stack.logs().contains(id.as_deref().unwrap())).await;
    }
    let logs = stack.logs();
    assert!(logs.contains("ThrottlingException") && logs.contains("[mail]"), "{logs}");
    assert!(!logs.contains("ada@example.com"), "personal data in the log");
}

#[tokio::test]
async fn a_flood_is_slowed_down() {
    // A token a minute: none comes back while a busy machine takes its time with the first two.
    let limits = "RATE_LIMIT_BURST: \"2\"\n      RATE_LIMIT_PER_MINUTE: \"1\"";
    let stack = Stack::apply("flood", &SPEC.replace("EXTRA: \"\"", limits));
    let mut client = Client::connect(&stack.url()).await;
    for _ in 0..2 {
        assert!(client.ask("hello").await.error.is_none());
    }
    assert_eq!(client.ask("hello").await.error.unwrap().0, "rate_limited");
}

#[test]
fn only_a_valid_token_gets_in_and_none_is_logged() {
    let pool = user_pool();
    let jwks = pool["jwks"].as_str().unwrap();
    let authorize = format!(
        "functions:\n  authorize:\n    code: {{ template: websocket-authorizer }}\n    handler: authorizer.handler\n    \
         environment:\n      USER_POOL_ID: {}\n      USER_POOL_CLIENT_ID: client-1\n      USER_POOL_JWKS: '{jwks}'\n",
        pool["pool"].as_str().unwrap()
    );
    let spec = SPEC.replace("functions:\n", &authorize);
    let spec = spec.replace("api:\n", "api:\n  authorizer: { function: authorize }\n");
    let spec = spec.replace("outputs:", "  stage: { access_log: {}, logging: info }\noutputs:");
    let stack = Stack::apply("secured", &spec);

    let good = pool["good"].as_str().unwrap();
    let passed = stack.run(&["smoke", "--token", good]);
    assert!(passed.status.success(), "{}", text(&passed));

    let refused = |token: Option<&str>, why: &str| {
        let arguments = [Some("smoke"), token.map(|_| "--token"), token, Some("--format"), Some("json")];
        let arguments: Vec<&str> = arguments.into_iter().flatten().collect();
        let output = stack.run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{why}: {}", text(&output));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let detail = report["steps"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("401") || detail.contains("403"), "{why}: {detail}");
        assert_eq!(report["passed"], false);
    };
    refused(None, "no token");
    let bad = pool["bad"].as_object().unwrap();
    for (why, token) in bad {
        refused(token.as_str(), why);
    }
    let applied = stack.run(&["apply", "--yes", "--smoke", "--format", "json"]);
    assert_eq!(applied.status.code(), Some(1), "{}", text(&applied));
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
    let failed = stack.run(&["smoke", "--token", pool["good"].as_str().unwrap()]);
    assert_eq!(failed.status.code(), Some(1), "{}", text(&failed));
    let logs = stack.logs();
    assert!(
        logs.contains(r#"\"level\":\"ERROR\",\"event\":\"failed\",\"reason\":\"SyntaxError\""#),
        "{logs}"
    );
    assert!(!logs.contains("refused"), "{logs}");
}

#[test]
fn a_live_stack_passes_its_own_checks() {
    let known = "anthropic.claude-3-5-sonnet-20241022-v2:0";
    let stack = Stack::write("checks", &SPEC.replace("test.model-v1:0", known));
    let applied = stack.run(&["apply", "--yes", "--smoke"]);
    assert!(applied.status.success(), "{}", text(&applied));
    assert!(text(&applied).contains("connection removed"), "{}", text(&applied));

    let again = stack.run(&["apply", "--yes", "--smoke", "--format", "json"]);
    assert!(again.status.success(), "{}", text(&again));
    let events = events(&again);
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let steps = ["smoke_step"; 6];
    assert_eq!(kinds, [&["version", "summary", "outputs"], &steps[..], &["smoke"]].concat());
    assert!(events[3..9].iter().all(|step| step["outcome"] == "passed") && events[9]["passed"] == true);

    let smoke = stack.run(&["smoke", "--format", "json"]);
    let report: Value = serde_json::from_slice(&smoke.stdout).unwrap();
    assert_eq!(report["passed"], true, "{report}");
    let steps: Vec<_> =
        report["steps"].as_array().unwrap().iter().map(|step| step["outcome"].as_str().unwrap()).collect();
    assert_eq!(steps, ["passed"; 6]);

    let doctor = stack.run(&["doctor", "--sample-items", "--format", "json"]);
    assert_eq!(doctor.status.code(), Some(0), "{}", text(&doctor));
    let found: Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let checks = |level: &str| -> Vec<String> {
        let all = found["findings"].as_array().unwrap().iter();
        all.filter(|one| one["level"] == level).map(|one| one["check"].as_str().unwrap().to_owned()).collect()
    };
    let fine = checks("fine");
    for check in ["credentials", "logging role", "throttle", "deployment", "models", "expiry", "drift"] {
        assert!(fine.iter().any(|one| one == check), "{check}: {found}");
    }

    let chat = stack.pipe(&["chat", "-q"], "hello copilot\n");
    assert!(String::from_utf8_lossy(&chat.stdout).contains("You said: hello copilot"), "{}", text(&chat));

    let logs = stack.run(&["logs", "chat", "-q"]);
    assert!(text(&logs).contains("INFO answered"), "{}", text(&logs));
    let planned = stack.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(planned.status.code(), Some(0), "{}", text(&planned));
}

#[test]
fn a_script_that_chats_gets_whole_frames_and_learns_of_a_failed_answer() {
    let (_bedrock, stack) = with_model("script");
    let chat = stack.pipe(&["chat", "-q", "--format", "json"], "hello\nagain\n");
    assert_eq!(chat.status.code(), Some(0), "{}", text(&chat));
    let frames: Vec<Value> = String::from_utf8_lossy(&chat.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        frames.len() >= 6 && frames.iter().all(|frame| frame["conversationId"].is_string()),
        "{frames:?}"
    );
    let failed = stack.pipe(&["chat", "-q"], "break\nhello\n");
    assert_eq!(failed.status.code(), Some(1), "{}", text(&failed));
    let told = String::from_utf8_lossy(&failed.stdout);
    assert!(told.contains("messages\n"), "the next question is still asked: {}", text(&failed));
}

#[test]
fn doctor_names_what_differs() {
    let abroad = "BEDROCK_REGION: us-west-2";
    let stack = Stack::write("sick", &SPEC.replace("EXTRA: \"\"", abroad));
    let doctor = stack.run(&["doctor"]);
    assert_eq!(doctor.status.code(), Some(1), "{}", text(&doctor));
    let told = text(&doctor);
    assert!(told.contains("✗ drift") && told.contains("functions.chat is missing"), "{told}");
    assert!(told.contains("Bedrock knows no `test.model-v1:0` in us-west-2"), "{told}");
    let smoke = stack.run(&["smoke"]);
    assert_eq!(smoke.status.code(), Some(1));
    assert!(text(&smoke).contains("copilot-infra apply"), "{}", text(&smoke));
}

const OWN_CODE: &str = r#"
version: 1
stack: STACK
functions:
  hello:
    code: { path: dist, build: "./build.sh" }
    handler: index.handler
"#;

#[test]
fn the_typescript_example_is_bundled_and_answers() {
    let stack = Stack::write("typescript", "");
    let copied = Command::new("cp").args(["-R", "examples/typescript/."]).arg(stack.folder.path()).status();
    assert!(copied.unwrap().success());
    let applied = stack.run(&["apply", "--yes", "--smoke", "-q"]);
    assert!(applied.status.success(), "{}", text(&applied));
    assert!(text(&applied).contains("✓ connection removed"), "{}", text(&applied));
    assert!(!text(&applied).contains("building"), "quiet means quiet: {}", text(&applied));
    let index = stack.folder.path().join("src/index.ts");
    std::fs::write(&index, std::fs::read_to_string(&index).unwrap() + "// another line\nexport {").unwrap();
    let failed = stack.run(&["push", "-q"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(text(&failed).contains("index.ts:"), "what esbuild says: {}", text(&failed));
}

#[test]
fn code_is_built_pushed_alone_and_its_build_shown_when_it_fails() {
    use std::os::unix::fs::PermissionsExt;
    let stack = Stack::write("own-code", OWN_CODE);
    let build = |script: &str| {
        let path = stack.folder.path().join("build.sh");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    build("echo 'src/index.ts:3: no such type' >&2; exit 2");
    let failed = stack.run(&["apply", "--yes"]);
    assert_eq!(failed.status.code(), Some(1));
    let told = text(&failed);
    assert!(told.contains("src/index.ts:3: no such type") && told.contains("exit code 2"), "{told}");

    build("mkdir -p dist; echo 'export const handler = () => 1;' > dist/index.mjs");
    let early = stack.run(&["push", "hello"]);
    assert_eq!(early.status.code(), Some(1), "there is no function yet");
    let told = text(&early);
    assert!(told.contains("sending the code of functions.hello failed"), "{told}");
    assert!(
        told.contains(".yaml:5:3") && told.contains("copilot-infra apply"),
        "at its line of the spec: {told}"
    );
    let applied = stack.run(&["apply", "--yes"]);
    assert!(applied.status.success(), "{}", text(&applied));
    let pushed = |word: &str| {
        let output = stack.run(&["push", "hello", "--format", "json"]);
        let line: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(line["code"], word, "{}", text(&output));
    };
    pushed("unchanged");
    build("mkdir -p dist; echo 'export const handler = () => 2;' > dist/index.mjs");
    pushed("live");
    pushed("unchanged");
    let planned = stack.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(planned.status.code(), Some(0), "after a push nothing differs: {}", text(&planned));
    assert_eq!(stack.run(&["push", "helo"]).status.code(), Some(64));
}
