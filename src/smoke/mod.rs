//! Proof that a live stack answers: a client's whole visit, step by step, each with its time.
mod tables;

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use tables::HandlerTables;

use crate::{
    aws::Cx,
    diagnostic::words::format_count,
    manifest::types::Spec,
    websocket::{Error, Frame, Socket, WebSocketAddress},
};

/// Longest time until a pong: Lambda may have to start the function first.
const PONG: Duration = Duration::from_secs(29);
/// Longest silence within an answer; some models think long before the first word.
const ANSWER: Duration = Duration::from_secs(90);
/// Question that the smoke test asks.
const QUESTION: &str = "This is a smoke test. Please answer with one short sentence.";

/// How one step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "lowercase")]
pub enum CheckOutcome {
    /// As it should, and what was seen.
    Passed(String),
    /// Not tried, and why.
    Skipped(String),
    /// Not as it should, and why.
    Failed(String),
}

/// One step.
#[derive(Clone, Debug, Serialize)]
pub struct SmokeCheck {
    /// What it proves.
    pub name: &'static str,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: CheckOutcome,
    /// How long it took.
    #[serde(rename = "milliseconds", serialize_with = "serialize_millis")]
    pub took: Duration,
    /// The next step for whoever reads of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
}

fn serialize_millis<S: serde::Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// Returns whether any step failed.
#[must_use]
pub fn has_failed(steps: &[SmokeCheck]) -> bool {
    steps.iter().any(|step| matches!(step.outcome, CheckOutcome::Failed(_)))
}

/// Visits the stack at `address`; every step is shown as soon as it is over, and the first failure ends it.
///
/// For as long as `patience` a refused or failing connection is tried again: a stage that was just made takes
/// some seconds to be served.
pub async fn visit_stack(
    cx: &Cx<'_>,
    spec: &Spec,
    address: &WebSocketAddress,
    patience: Duration,
    show: &dyn Fn(&SmokeCheck),
) -> Vec<SmokeCheck> {
    let mut visit = SmokeVisit { steps: Vec::new(), show };
    // A failed step has said so; there is nothing else to say.
    let _ = visit.run_all(cx, &HandlerTables::of(spec), address, patience).await;
    visit.steps
}

struct SmokeVisit<'a> {
    steps: Vec<SmokeCheck>,
    show: &'a dyn Fn(&SmokeCheck),
}

/// What a step gives back besides what is shown.
type CheckResult<T> = Result<(T, CheckOutcome), (String, Option<&'static str>)>;

impl SmokeVisit<'_> {
    async fn run_all(
        &mut self,
        cx: &Cx<'_>,
        tables: &HandlerTables,
        address: &WebSocketAddress,
        patience: Duration,
    ) -> Result<(), ()> {
        let mut socket = self.run_check("connect", check_connect(address, patience)).await?;
        let connection = self.run_check("ping", check_ping(&mut socket)).await?;
        let conversation = self.run_check("answer", check_answer(&mut socket)).await?;
        self.run_check("turns stored", tables.check_turns(cx, &conversation)).await?;
        self.run_check("connection stored", tables.check_connection(cx, connection.as_deref())).await?;
        socket.close().await;
        self.run_check("connection removed", tables.check_forgotten(cx, connection.as_deref())).await
    }

    async fn run_check<T>(
        &mut self,
        name: &'static str,
        work: impl Future<Output = CheckResult<T>>,
    ) -> Result<T, ()> {
        let began = Instant::now();
        let (value, outcome, hint) = match work.await {
            Ok((value, outcome)) => (Ok(value), outcome, None),
            Err((why, hint)) => (Err(()), CheckOutcome::Failed(why), hint),
        };
        let step = SmokeCheck { name, outcome, took: began.elapsed(), hint };
        (self.show)(&step);
        self.steps.push(step);
        value
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is used as a mapping of errors")]
fn error_detail(error: Error) -> (String, Option<&'static str>) {
    (error.to_string(), Some(error.hint()))
}

#[expect(clippy::disallowed_methods, reason = "the command breaks the visit off")]
async fn check_connect(address: &WebSocketAddress, patience: Duration) -> CheckResult<Socket> {
    let began = Instant::now();
    loop {
        match Socket::open(address).await {
            Ok(socket) => return Ok((socket, CheckOutcome::Passed(address.url.clone()))),
            // Retrying a wrong token is useless.
            Err(Error::Refused { status: 401, body }) => {
                return Err(error_detail(Error::Refused { status: 401, body }));
            }
            Err(error) if began.elapsed() >= patience => return Err(error_detail(error)),
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

async fn check_ping(socket: &mut Socket) -> CheckResult<Option<String>> {
    socket.send_frame(&json!({ "action": "ping" })).await.map_err(error_detail)?;
    loop {
        match socket.receive_within(PONG).await.map_err(error_detail)? {
            Frame::Pong { connection_id, .. } => {
                return Ok((connection_id, CheckOutcome::Passed("pong".into())));
            }
            Frame::Error { code, message, correlation_id, .. } => {
                return Err(frame_error_detail(&code, &message, correlation_id));
            }
            _ => {}
        }
    }
}

fn frame_error_detail(code: &str, message: &str, id: Option<String>) -> (String, Option<&'static str>) {
    let id = id.map(|id| format!(" (correlation id {id})")).unwrap_or_default();
    (format!("{code}: {message}{id}"), Some("`copilot-infra logs --since 5m` shows what the functions say"))
}

/// Asks, and gathers the answer; gives back the conversation.
async fn check_answer(socket: &mut Socket) -> CheckResult<String> {
    let began = Instant::now();
    socket.send_frame(&json!({ "action": "message", "message": QUESTION })).await.map_err(error_detail)?;
    let (mut conversation, mut text, mut frames, mut first) = (None, String::new(), 0_u64, None);
    loop {
        match socket.receive_within(ANSWER).await.map_err(error_detail)? {
            Frame::Start { conversation_id, .. } => conversation = Some(conversation_id),
            Frame::Delta { index, text: piece, .. } => {
                if index != frames {
                    return Err((format!("piece {frames} is missing: piece {index} came instead"), None));
                }
                first.get_or_insert_with(|| began.elapsed());
                (text, frames) = (text + &piece, frames + 1);
            }
            Frame::End { .. } => break,
            Frame::Error { code, message, correlation_id, .. } => {
                return Err(frame_error_detail(&code, &message, correlation_id));
            }
            Frame::Pong { .. } | Frame::Other => {}
        }
    }
    match (conversation, first) {
        (Some(conversation), Some(first)) => {
            let seen = format!(
                "{} characters in {}, the first after {} ms",
                text.chars().count(),
                format_count(frames, "frame"),
                first.as_millis()
            );
            Ok((conversation, CheckOutcome::Passed(seen)))
        }
        (None, _) => Err(("the answer had no `start` frame".into(), None)),
        (_, None) => Err(("the answer was empty".into(), None)),
    }
}
