//! Events of what goes wrong, which a local cloud does not do at will.
use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use copilot_infra::{
    aws::Error,
    engine::{Observer as _, StepEvent, Verb},
    view::events::EventStream,
};
use serde_json::{Value, json};

use crate::support::schema::{conforms, schema};

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn refused() -> Error {
    Error::Service {
        operation: "lambda:CreateFunction",
        code: "AccessDeniedException".into(),
        message: "no".into(),
        request_id: Some("r-1".into()),
        status: 403,
    }
}

#[test]
fn a_failure_names_operation_code_request_and_remedy() {
    let out = Shared::default();
    let events = EventStream::new(out.clone());
    events.on(&StepEvent::Started { address: "functions.chat", verb: Verb::Create });
    events.on(&StepEvent::Failed { address: "functions.chat", verb: Verb::Create, error: &refused() });
    events.on(&StepEvent::Skipped {
        address: "api.stage",
        verb: Verb::Replace,
        why: "it needs `functions.chat`",
    });
    let lines = out.lines();
    let schema = schema("events");
    for line in &lines {
        conforms(&schema, line);
    }
    let error = &lines[1]["error"];
    assert_eq!(error["operation"], "lambda:CreateFunction");
    assert_eq!(error["request_id"], "r-1");
    assert!(error["hint"].as_str().unwrap().contains("grant"));
    assert_eq!(lines[2]["reason"], "it needs `functions.chat`");
}

#[test]
fn a_wait_is_told_once() {
    let out = Shared::default();
    let events = EventStream::new(out.clone());
    events.on(&StepEvent::Started { address: "a", verb: Verb::Update });
    for _ in 0..3 {
        events.on(&StepEvent::Waiting { address: "a", what: "the index" });
    }
    events.on(&StepEvent::Done { address: "a", verb: Verb::Update, took: Duration::from_millis(1500) });
    let kinds: Vec<_> = out.lines().iter().map(|line| line["type"].clone()).collect();
    assert_eq!(kinds, ["started", "waiting", "done"]);
    assert_eq!(out.lines()[2]["elapsed_seconds"], json!(1.5));
}

#[tokio::test(start_paused = true)]
async fn what_takes_long_is_told_of_again_and_again() {
    let out = Shared::default();
    let events = EventStream::new(out.clone());
    events.on(&StepEvent::Started { address: "tables.talks", verb: Verb::Update });
    events.on(&StepEvent::Waiting { address: "tables.talks", what: "the index" });
    let beat = tokio::time::timeout(Duration::from_secs(35), events.emit_progress_forever()).await;
    assert!(beat.is_err(), "it goes on until it is dropped");
    let progress: Vec<Value> = out.lines().into_iter().filter(|line| line["type"] == "progress").collect();
    assert_eq!(progress.len(), 3);
    conforms(&schema("events"), &progress[0]);
    assert_eq!(progress[0]["waiting_for"], "the index");
}
