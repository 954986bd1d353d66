//! The copilot itself: functions run under Node, clients speak real WebSockets, and the model is one that the tests
//! run (`bedrock.mjs`) where they decide what it says.
use std::time::{Duration, Instant};

use copilot_infra::websocket::Frame;

use crate::support::{bedrock::Bedrock, client::Client, stack::Stack};

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
    client.0.send_frame(&next).await.unwrap();
    let mut said = String::new();
    loop {
        match client.0.receive_within(Duration::from_secs(30)).await.unwrap() {
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
async fn a_client_that_vanishes_is_forgotten_without_an_error() {
    let (_bedrock, stack) = with_model("vanishing");
    let mut client = Client::connect(&stack.url()).await;
    client.say("repeat 200 every 100: word.").await;
    while !matches!(client.0.receive_within(Duration::from_secs(30)).await.unwrap(), Frame::Delta { .. }) {}
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
async fn two_hundred_messages_are_answered_to_whom_they_belong() {
    let unlimited =
        "RATE_LIMIT_PER_MINUTE: \"0\"\n      OPEN_ANSWERS: \"0\"\n      BUDGET_MESSAGES_PER_DAY: \"0\"";
    let stack = Stack::apply("two-hundred", &SPEC.replace("EXTRA: \"\"", unlimited));
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
async fn what_bedrock_refuses_is_told_in_words_that_lead_to_the_log() {
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
