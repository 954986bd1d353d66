//! The simulated DynamoDB answers as DynamoDB itself did when others measured it: `dynamodb_facts.json`.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents, http::HttpResponse,
        interceptors::BeforeDeserializationInterceptorContextRef, retry::RetryConfig,
    },
    error::{BoxError, DisplayErrorContext, ProvideErrorMetadata, SdkError},
};
use aws_smithy_types::body::SdkBody;
use copilot_infra_simulator::{Simulator, Switches};
use serde::Deserialize;
use serde_json::Value;

use crate::bench::{clients, spread};

#[derive(Deserialize)]
struct Book {
    fixtures: BTreeMap<String, Vec<Step>>,
    facts: Vec<Fact>,
}

#[derive(Deserialize)]
struct Fact {
    id: String,
    steps: Vec<Step>,
    /// Why the simulator answers otherwise.
    differs: Option<String>,
}

/// A part of a fact.
#[derive(Deserialize)]
#[serde(untagged)]
enum Step {
    /// Seconds that pass.
    Pause(u64),
    /// What is there before, by its name.
    Fixture(String),
    Call(Box<Call>),
}

/// A call and what came back: nothing but success, unless something else is said.
#[derive(Deserialize)]
struct Call {
    #[serde(rename = "call")]
    operation: String,
    with: Value,
    /// Code of the refusal, whose status is 400 unless another is said.
    refused: Option<String>,
    status: Option<u16>,
    message: Option<String>,
    /// Parts of the message.
    #[serde(default)]
    says: Vec<String>,
    /// Members of the body by their pointers; null for one that is not there, `*` for any text or number, `#` at the end
    /// of a pointer for the length of a list.
    #[serde(default)]
    answer: BTreeMap<String, Value>,
}

fn book() -> Book {
    serde_json::from_str(include_str!("dynamodb_facts.json")).expect("the facts can be read")
}

/// Keeps the body of an answer.
#[derive(Clone, Debug, Default)]
struct Bodies(Arc<Mutex<Value>>);

impl Intercept for Bodies {
    fn name(&self) -> &'static str {
        "bodies"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().expect("it is not poisoned") = serde_json::from_slice(body)?;
        Ok(())
    }
}

/// Code, message and status of a refusal.
type Refused = (String, String, u16);

/// What came back: a refusal if there was one, and the body.
struct Reply {
    refused: Option<Refused>,
    body: Value,
}

/// A world for one fact.
struct World {
    client: Client,
    kms: aws_sdk_kms::Client,
    /// ARNs of the keys by the words that stand for them.
    keys: Vec<(&'static str, String)>,
}

/// Sends a request of the fact's own instead of the one that the client has built, which would refuse some of them; it
/// does not build one without the name of something.
macro_rules! send {
    ($client:expr, $call:expr, $body:expr, $bodies:expr; $($operation:literal => $method:ident($($name:ident)?)),+) => {
        match $call {
            $($operation => {
                let body = $body.clone();
                let call = $client.$method()$(.$name("any"))?.customize().interceptor($bodies.clone()).mutate_request(move |request| {
                    *request.body_mut() = SdkBody::from(body.clone());
                });
                call.send().await.map(drop).map_err(|error| refused(&error))
            })+
            other => panic!("no such call: {other}"),
        }
    };
}

fn refused<E>(error: &SdkError<E, HttpResponse>) -> Refused
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let Some(response) = error.raw_response() else { panic!("{}", DisplayErrorContext(error)) };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (text(error.code()), text(error.message()), response.status().as_u16())
}

impl World {
    async fn new() -> Self {
        let switches = Switches { lag: 0.0, limits: false, page: 1_000, ..Switches::default() };
        let simulator = Simulator::new(7, switches);
        let aws = clients(&simulator);
        let config = aws.dynamodb().config().to_builder().retry_config(RetryConfig::disabled());
        let mut keys = Vec::new();
        for word in ["$key0", "$key", "$other"] {
            let key =
                aws.kms().create_key().send().await.expect("a key").key_metadata.expect("it is described");
            keys.push((word, key.arn.expect("an ARN")));
        }
        // One that never was.
        let (_, never) = &mut keys[0];
        never.truncate(never.len() - 4);
        never.push_str("0000");
        tokio::time::sleep(Duration::from_mins(1)).await;
        Self { client: Client::from_conf(config.build()), kms: aws.kms().clone(), keys }
    }

    fn with_keys(&self, text: &str) -> String {
        self.keys.iter().fold(text.to_owned(), |text, (word, arn)| text.replace(word, arn))
    }

    async fn change_key(&self, call: &str, key: &str) {
        let key = self.with_keys(key);
        let done = match call {
            "kms:DisableKey" => self.kms.disable_key().key_id(key).send().await.is_ok(),
            "kms:EnableKey" => self.kms.enable_key().key_id(key).send().await.is_ok(),
            "kms:CancelKeyDeletion" => self.kms.cancel_key_deletion().key_id(key).send().await.is_ok(),
            _ => self.kms.schedule_key_deletion().key_id(key).send().await.is_ok(),
        };
        assert!(done, "{call}");
    }

    async fn send(&self, call: &Call) -> Reply {
        let (body, bodies) = (self.with_keys(&call.with.to_string()), Bodies::default());
        let sent = send!(self.client, call.operation.as_str(), body, bodies;
            "CreateTable" => create_table(table_name), "DescribeTable" => describe_table(table_name),
            "ListTables" => list_tables(), "UpdateTable" => update_table(table_name),
            "DeleteTable" => delete_table(table_name), "DescribeTimeToLive" => describe_time_to_live(table_name),
            "UpdateTimeToLive" => update_time_to_live(table_name),
            "DescribeContinuousBackups" => describe_continuous_backups(table_name),
            "UpdateContinuousBackups" => update_continuous_backups(table_name),
            "ListTagsOfResource" => list_tags_of_resource(resource_arn), "TagResource" => tag_resource(resource_arn),
            "UntagResource" => untag_resource(resource_arn), "GetItem" => get_item(table_name),
            "PutItem" => put_item(table_name));
        let body = bodies.0.lock().expect("it is not poisoned").clone();
        Reply { refused: sent.err(), body }
    }

    /// Does the steps; returns the first difference.
    async fn follow(&self, book: &Book, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            match step {
                Step::Pause(seconds) => tokio::time::sleep(Duration::from_secs(*seconds)).await,
                Step::Fixture(name) => Box::pin(self.follow(book, &book.fixtures[name])).await?,
                Step::Call(call) if call.operation.starts_with("kms:") => {
                    self.change_key(&call.operation, call.with["KeyId"].as_str().expect("a key")).await;
                }
                Step::Call(call) => self.compare(call, &self.send(call).await)?,
            }
        }
        Ok(())
    }

    fn compare(&self, call: &Call, reply: &Reply) -> Result<(), String> {
        let differs = |what: &dyn std::fmt::Debug| Err(format!("{}: {what:?}", call.operation));
        let wanted = call.refused.as_deref();
        if reply.refused.as_ref().map(|(code, ..)| code.as_str()) != wanted {
            return differs(&&reply.refused);
        }
        if let Some((_, message, status)) = &reply.refused {
            let parts = call.says.iter().all(|part| message.contains(&self.with_keys(part)));
            let whole = call.message.as_ref().is_none_or(|whole| *whole == *message);
            if !parts || !whole || *status != call.status.unwrap_or(400) {
                return differs(&(status, message));
            }
        }
        for (pointer, wanted) in &call.answer {
            let found = member(&reply.body, pointer);
            let fits = match wanted.as_str() {
                Some("*") => found.is_string() || found.is_number() || found.is_object(),
                Some(text) if text.ends_with('*') => {
                    found.as_str().is_some_and(|found| found.starts_with(text.trim_end_matches('*')))
                }
                _ => serde_json::from_str::<Value>(&self.with_keys(&wanted.to_string()))
                    .is_ok_and(|it| it == found),
            };
            if !fits {
                return differs(&(pointer, found.to_string()));
            }
        }
        Ok(())
    }
}

fn member(body: &Value, pointer: &str) -> Value {
    match pointer.strip_suffix("/#") {
        Some(list) => body.pointer(list).and_then(Value::as_array).map_or(0, Vec::len).into(),
        None => body.pointer(pointer).cloned().unwrap_or_default(),
    }
}

#[test]
fn the_simulator_answers_as_dynamodb_does() {
    let book = book();
    let found = spread(book.facts.len(), async |at| {
        let fact = &book.facts[at];
        Box::pin(World::new().await.follow(&book, &fact.steps)).await
    });
    let (mut wrong, mut excused) = (Vec::new(), 0);
    for (fact, found) in book.facts.iter().zip(found) {
        match (found, &fact.differs) {
            (Err(what), None) => wrong.push(format!("{}: {what}", fact.id)),
            (Ok(()), Some(_)) => wrong.push(format!("{}: it does not differ any more", fact.id)),
            (Err(_), Some(_)) => excused += 1,
            (Ok(()), None) => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), book.facts.len(), wrong.join("\n"));
    assert!(excused * 200 <= book.facts.len(), "{excused} facts are excused");
    assert!(book.facts.len() > 400, "{} facts", book.facts.len());
}
