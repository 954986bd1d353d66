//! Proof that a live stack answers: a client's whole visit, step by step, each with its time.
mod tables;

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use tables::Tables;

use crate::{
    aws::Cx,
    diagnostic::words::format_count,
    manifest::types::Spec,
    websocket::{Address, Error, Frame, Socket},
};

/// Longest time until a pong: Lambda may have to start the function first.
const PONG: Duration = Duration::from_secs(29);
/// Longest silence within an answer; some models think long before the first word.
const ANSWER: Duration = Duration::from_secs(90);
/// What is asked.
const QUESTION: &str = "This is a smoke test. Please answer with one short sentence.";

/// How one step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "lowercase")]
pub enum Outcome {
    /// As it should, and what was seen.
    Passed(String),
    /// Not tried, and why.
    Skipped(String),
    /// Not as it should, and why.
    Failed(String),
}

/// One step.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What it proves.
    pub name: &'static str,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How long it took.
    #[serde(rename = "milliseconds", serialize_with = "milliseconds")]
    pub took: Duration,
    /// The next step for whoever reads of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
}

fn milliseconds<S: serde::Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// Whether a failed step is among them.
#[must_use]
pub fn failed(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step.outcome, Outcome::Failed(_)))
}

/// Visits the stack at `address`; every step is shown as soon as it is over, and the first failure ends it.
///
/// For as long as `patience` a refused or failing connection is tried again: a stage that was just made takes
/// some seconds to be served.
pub async fn visit(
    cx: &Cx<'_>,
    spec: &Spec,
    address: &Address,
    patience: Duration,
    show: &dyn Fn(&Step),
) -> Vec<Step> {
    let mut visit = Visit { steps: Vec::new(), show };
    // A failed step has said so; there is nothing else to say.
    let _ = visit.whole(cx, &Tables::of(spec), address, patience).await;
    visit.steps
}

struct Visit<'a> {
    steps: Vec<Step>,
    show: &'a dyn Fn(&Step),
}

/// What a step gives back besides what is shown.
type Seen<T> = Result<(T, Outcome), (String, Option<&'static str>)>;

impl Visit<'_> {
    async fn whole(
        &mut self,
        cx: &Cx<'_>,
        tables: &Tables,
        address: &Address,
        patience: Duration,
    ) -> Result<(), ()> {
        let mut socket = self.step("connect", connect(address, patience)).await?;
        let connection = self.step("ping", ping(&mut socket)).await?;
        let conversation = self.step("answer", answer(&mut socket)).await?;
        self.step("turns stored", tables.turns(cx, &conversation)).await?;
        self.step("connection stored", tables.connection(cx, connection.as_deref())).await?;
        socket.close().await;
        self.step("connection removed", tables.gone(cx, connection.as_deref())).await
    }

    async fn step<T>(&mut self, name: &'static str, work: impl Future<Output = Seen<T>>) -> Result<T, ()> {
        let began = Instant::now();
        let (value, outcome, hint) = match work.await {
            Ok((value, outcome)) => (Ok(value), outcome, None),
            Err((why, hint)) => (Err(()), Outcome::Failed(why), hint),
        };
        let step = Step { name, outcome, took: began.elapsed(), hint };
        (self.show)(&step);
        self.steps.push(step);
        value
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is used as a mapping of errors")]
fn trouble(error: Error) -> (String, Option<&'static str>) {
    (error.to_string(), Some(error.hint()))
}

#[expect(clippy::disallowed_methods, reason = "the command breaks the visit off")]
async fn connect(address: &Address, patience: Duration) -> Seen<Socket> {
    let began = Instant::now();
    loop {
        match Socket::open(address).await {
            Ok(socket) => return Ok((socket, Outcome::Passed(address.url.clone()))),
            // A wrong token stays wrong.
            Err(Error::Refused { status: 401, body }) => {
                return Err(trouble(Error::Refused { status: 401, body }));
            }
            Err(error) if began.elapsed() >= patience => return Err(trouble(error)),
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

async fn ping(socket: &mut Socket) -> Seen<Option<String>> {
    socket.say(&json!({ "action": "ping" })).await.map_err(trouble)?;
    loop {
        match socket.hear(PONG).await.map_err(trouble)? {
            Frame::Pong { connection_id, .. } => return Ok((connection_id, Outcome::Passed("pong".into()))),
            Frame::Error { code, message, correlation_id, .. } => {
                return Err(told(&code, &message, correlation_id));
            }
            _ => {}
        }
    }
}

fn told(code: &str, message: &str, id: Option<String>) -> (String, Option<&'static str>) {
    let id = id.map(|id| format!(" (correlation id {id})")).unwrap_or_default();
    (format!("{code}: {message}{id}"), Some("`copilot-infra logs --since 5m` shows what the functions say"))
}

/// Asks, and gathers the answer; gives back the conversation.
async fn answer(socket: &mut Socket) -> Seen<String> {
    let began = Instant::now();
    socket.say(&json!({ "action": "message", "message": QUESTION })).await.map_err(trouble)?;
    let (mut conversation, mut text, mut frames, mut first) = (None, String::new(), 0_u64, None);
    loop {
        match socket.hear(ANSWER).await.map_err(trouble)? {
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
                return Err(told(&code, &message, correlation_id));
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
            Ok((conversation, Outcome::Passed(seen)))
        }
        (None, _) => Err(("the answer had no `start` frame".into(), None)),
        (_, None) => Err(("the answer was empty".into(), None)),
    }
}
