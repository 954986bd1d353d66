//! Answers that are damaged, forged or of somebody else, under the real clients: the tool ends in order, and says so in
//! words that steer nothing.
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use copilot_infra::{
    aws::{Aws, Cx, Error},
    diagnostic::{ExitCode, Failure, SourceFile, render::text},
    engine::Plan,
    tail::{LogSource, Tail, TailQuery},
    view::{Page, Style, logs::LogPrinter, plan::render_plan},
};
use copilot_infra_simulator::{Simulator, Snapshot, Switches};
use proptest::{prelude::*, sample::Index};
use serde_json::json;

use crate::{
    bench::{Bench, Command, REGION, clients_over, deep},
    contract::fresh,
    specs,
};

/// What happens to an answer on its way.
#[derive(Clone, Debug)]
enum Damage {
    /// It breaks off, and looks whole.
    Cut(Index),
    /// Some bytes are others.
    Bytes(Vec<(Index, u8)>),
    /// A text stands in it.
    Text(Index, String),
    /// Every text in it is another.
    Texts(String),
    /// It is another body altogether.
    Body(Vec<u8>),
    /// It is a refusal, of this status, in these words.
    Refusal(u16, String, String),
}

/// What an attacker would write, or what breaks by chance.
fn odd() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("\u{1b}[2J\u{9b}1m\u{202e}\n::error::x\r\n##[add-mask]y\u{7}".to_owned()),
        Just("\nPlan: 0 to create, 0 to update, 0 to replace, 0 to delete, 9 unchanged.\n".to_owned()),
        Just("\u{2028}No changes: what is live is what the spec says.".to_owned()),
        Just("]]>&#0;<!DOCTYPE x [<!ENTITY a \"b\">]>&a;".to_owned()),
        any::<String>(),
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    let status = prop::sample::select(vec![200_u16, 201, 204, 301, 400, 403, 404, 409, 413, 429, 500, 503]);
    let code = prop::sample::select(vec![
        "AccessDeniedException",
        "ThrottlingException",
        "ExpiredTokenException",
        "ResourceNotFoundException",
        "ValidationException",
        "odd",
    ]);
    let code = prop_oneof![code.prop_map(str::to_owned), odd()];
    prop_oneof![
        any::<Index>().prop_map(Damage::Cut),
        prop::collection::vec(any::<(Index, u8)>(), 1..8).prop_map(Damage::Bytes),
        (any::<Index>(), odd()).prop_map(|(at, text)| Damage::Text(at, text)),
        odd().prop_map(Damage::Texts),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(Damage::Body),
        (status, code, odd()).prop_map(|(status, code, text)| Damage::Refusal(status, code, text)),
    ]
}

impl Damage {
    fn strike(&self, answer: &mut HttpResponse) {
        let body = answer.body().bytes().unwrap_or_default().to_vec();
        let body = match self {
            Self::Cut(at) => body[..at.index(body.len() + 1)].to_vec(),
            Self::Bytes(bytes) if !body.is_empty() => {
                let mut body = body;
                for (at, byte) in bytes {
                    *at.get_mut(&mut body) = *byte;
                }
                body
            }
            Self::Bytes(_) => body,
            Self::Text(at, text) => {
                let at = at.index(body.len() + 1);
                [&body[..at], text.as_bytes(), &body[at..]].concat()
            }
            Self::Texts(text) => replace_texts(&body, text),
            Self::Body(body) => body.clone(),
            Self::Refusal(status, code, text) => {
                *answer.status_mut() = StatusCode::try_from(*status).expect("a status");
                return refuse(answer, code, text);
            }
        };
        *answer.body_mut() = SdkBody::from(body);
    }
}

/// Puts `text` behind every text of a JSON document, and into every element of an XML one.
fn replace_texts(body: &[u8], text: &str) -> Vec<u8> {
    fn spoil(value: &mut serde_json::Value, text: &str) {
        match value {
            serde_json::Value::String(one) => one.push_str(text),
            serde_json::Value::Array(all) => all.iter_mut().for_each(|one| spoil(one, text)),
            serde_json::Value::Object(all) => all.values_mut().for_each(|one| spoil(one, text)),
            _ => {}
        }
    }
    match serde_json::from_slice(body) {
        Ok(mut value) => {
            spoil(&mut value, text);
            value.to_string().into_bytes()
        }
        Err(_) => String::from_utf8_lossy(body).replace("</", &format!("{}</", escape(text))).into_bytes(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Makes an answer a refusal in the form of its service.
fn refuse(answer: &mut HttpResponse, code: &str, text: &str) {
    let xml = answer.headers().get("content-type").is_some_and(|kind| kind.contains("xml"));
    // What is no header at all does not come over the wire either.
    let _ = answer.headers_mut().try_insert("x-amzn-errortype", code.to_owned());
    let body = if xml {
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>",
            escape(code),
            escape(text)
        )
    } else {
        json!({ "__type": code, "message": text }).to_string()
    };
    *answer.body_mut() = SdkBody::from(body);
}

/// A simulated AWS, one or all of whose answers are damaged on the way.
#[derive(Clone, Debug)]
struct Damaged {
    inner: Simulator,
    damage: Damage,
    /// The only call that it happens to, counted from 0.
    only: Option<usize>,
    calls: Arc<AtomicUsize>,
}

impl Damaged {
    fn client(inner: &Simulator, damage: Damage, only: Option<usize>) -> SharedHttpClient {
        SharedHttpClient::new(Self { inner: inner.clone(), damage, only, calls: Arc::default() })
    }
}

impl HttpClient for Damaged {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Damaged {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let struck = self.only.is_none_or(|only| only == call);
        let (answer, damage) = (HttpConnector::call(&self.inner, request), self.damage.clone());
        HttpConnectorFuture::new(async move {
            let mut answer: HttpResponse = answer.await?;
            if struck {
                damage.strike(&mut answer);
            }
            Ok::<_, ConnectorError>(answer)
        })
    }
}

/// A world in which the small stack stands.
fn world() -> &'static Snapshot {
    static WORLD: OnceLock<Snapshot> = OnceLock::new();
    WORLD.get_or_init(|| {
        let (send, made) = std::sync::mpsc::channel();
        deep(async move || {
            let bench = Bench::new(3, Switches::default());
            bench.must(Command::Apply, &specs::before()).await;
            send.send(bench.sim.snapshot()).expect("it is waited for");
        });
        made.recv().expect("a world")
    })
}

/// Checks that what is shown steers nothing, and begins no line in the words of another.
fn harmless(page: &Page) {
    let shown = page.as_str();
    let steers =
        |sign: char| sign.is_control() && !"\n\t".contains(sign) || "\u{202e}\u{2028}".contains(sign);
    assert!(!shown.contains(steers), "{shown:?}");
    let command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
    assert!(!shown.lines().any(command), "{shown}");
    let verdicts = shown.lines().filter(|line| line.starts_with("Plan: ") || line.starts_with("No changes"));
    assert!(verdicts.count() <= 1, "{shown}");
}

/// The failure that a command ends with.
fn failure_of(error: Error) -> Failure {
    let known = [error.is_not_found(), error.is_denied(), error.is_throttle(), error.is_credentials()];
    assert!(known.iter().filter(|known| **known).count() <= 1, "{error:?} means one thing");
    Failure::from(error)
}

/// Reads the stack through damaged answers.
async fn read(damage: Damage, only: Option<usize>) -> Result<Plan, Failure> {
    let sim = Simulator::from_snapshot(world().clone());
    let bench = Bench::over(3, sim.clone(), Damaged::client(&sim, damage, only));
    let spec = specs::before();
    let plan = tokio::time::timeout(Duration::from_hours(24), bench.read(&spec));
    let found = plan.await.expect("it ends");
    found.map_err(|found| Failure::in_source(ExitCode::Failed, spec.source.clone(), found))
}

async fn ask(aws: &Aws, call: usize) -> Result<(), Error> {
    let ask = async |cx: &Cx<'_>| match call {
        0 => cx.read(aws.logs().describe_log_groups().send()).await.map(drop),
        1 => cx.read(aws.iam().get_role().role_name("none").send()).await.map(drop),
        2 => cx.read(aws.dynamodb().describe_table().table_name("none").send()).await.map(drop),
        3 => cx.read(aws.kms().describe_key().key_id("none").send()).await.map(drop),
        4 => cx.read(aws.lambda().get_function().function_name("none").send()).await.map(drop),
        _ => cx.read(aws.apis().get_apis().send()).await.map(drop),
    };
    fresh(aws, "small", ask).await
}

/// The tests are as many as `PROPTEST_CASES` says, or by default a part of that: each reads a whole stack.
fn config(part: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { failure_persistence: None, cases: (usual.cases / part).max(1), ..usual }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn no_answer_brings_a_plan_out_of_order(damage in damage(), only in prop::option::of(0..40_usize)) {
        deep(async move || match read(damage, only).await {
            Ok(plan) => harmless(&render_plan(&plan, Style(false))),
            Err(failure) => {
                assert_eq!(failure.code, ExitCode::Failed);
                harmless(&text::failure(&failure, Style(false)));
            }
        });
    }
}

proptest! {
    #![proptest_config(config(1))]

    #[test]
    fn every_answer_to_one_call_is_understood_or_refused(damage in damage(), call in 0..6_usize) {
        deep(async move || {
            let sim = Simulator::from_snapshot(world().clone());
            let aws = clients_over(&sim, Damaged::client(&sim, damage.clone(), None));
            let Err(error) = ask(&aws, call).await else { return };
            if let (Damage::Refusal(400..=499, code, _), Error::Service { code: heard, .. }) = (&damage, &error)
                && code.chars().all(|sign| sign.is_ascii_alphanumeric()) && !code.is_empty()
            {
                assert_eq!(heard, code);
            }
            if let (Damage::Refusal(500.., ..), Error::Service { .. } | Error::InvalidResponse { .. }) = (&damage, &error) {
                assert!(error.is_ambiguous() || error.is_throttle(), "{error:?}");
            }
            let failure = failure_of(error);
            assert_eq!(failure.code, ExitCode::Failed);
            harmless(&text::failure(&failure, Style(false)));
            let source = SourceFile::new("copilot.yaml", "a: 1\n");
            harmless(&text::draw(Some(&source), &failure.diagnostics, Style(false)));
        });
    }

    #[test]
    fn every_log_event_is_one_line(
        messages in prop::collection::vec(prop_oneof![odd(), odd().prop_map(|odd| json!({ "level": &odd, &odd: &odd }).to_string())], 1..20),
        damage in prop::option::of(damage()),
    ) {
        deep(async move || {
            let bench = Bench::new(7, Switches { page: 5, ..Switches::default() });
            let group = "/aws/lambda/chat";
            bench.sim.put(REGION, "logs", "CreateLogGroup", json!({ "logGroupName": group }));
            tokio::time::sleep(Duration::from_secs(1)).await;
            let event = |(at, message): (usize, &String)| json!({ "timestamp": 1_000_000 + at, "message": message });
            let events: Vec<_> = messages.iter().enumerate().map(event).collect();
            bench.sim.put(REGION, "logs", "PutLogEvents", json!({ "logGroupName": group, "logEvents": events }));
            let whole = bench.sim.http_client();
            let transport =
                damage.clone().map_or(whole, |damage| Damaged::client(&bench.sim, damage, Some(0)));
            let aws = clients_over(&bench.sim, transport);
            let source = LogSource { label: "chat".into(), group: group.into() };
            let mut tail = Tail::new(TailQuery { sources: vec![source], since: 0, filter: None, follow: false });
            let shown = fresh(&aws, "small", async |cx| {
                let (mut round, mut events) = (tail.start_round(), Vec::new());
                while let Some(more) = round.next_events(cx).await? {
                    events.extend(more);
                }
                Ok::<_, Error>(events)
            });
            match shown.await {
                Ok(events) => {
                    let page = LogPrinter::new(vec!["chat".into()], Style(false)).render_events(&events);
                    harmless(&page);
                    assert_eq!(page.as_str().lines().count(), events.len());
                    assert!(damage.is_some() || events.len() == messages.len(), "{events:?}");
                }
                Err(error) => harmless(&text::failure(&failure_of(error), Style(false))),
            }
        });
    }
}
