//! IAM as a judge of calls: nothing is allowed but what the caller's policies allow.
//!
//! Which actions on which resources a call takes, and with which condition keys, is told service by service
//! (Service authorization reference, "Actions, resources, and condition keys for …"). It is written down anew
//! here, and not taken from the tool, so that the two can be held against each other. What the caller's
//! account may do with a key is left to the caller's policies, as a key policy with the account's root in it
//! says (KMS guide, "Default key policy").
mod apis;
mod evaluate;
mod functions;
mod groups;
mod keys;
mod roles;
mod tables;

use crate::{
    call::{Call, Tags},
    reply::{Refusal, refusal},
    request::{ACCOUNT, Service},
    services::bedrock,
};
pub use evaluate::allows;
pub(crate) use evaluate::{denies, missing_keys};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// One question to IAM.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// Action, such as `dynamodb:CreateTable`.
    pub action: String,
    /// ARN of the resource, or `*` where the action knows none.
    pub resource: String,
    /// Condition keys and their values.
    pub context: BTreeMap<String, Vec<String>>,
}

impl Ask {
    /// A question without conditions.
    #[must_use]
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), context: BTreeMap::new() }
    }

    /// The same with a condition key.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.entry(key.into()).or_default().push(value.into());
        self
    }

    /// The same about something that carries these tags.
    fn tagged(self, tags: &Tags) -> Self {
        tags.iter().fold(self, |ask, (key, value)| ask.with(format!("aws:ResourceTag/{key}"), value))
    }

    /// The same with these tags in the request.
    fn tagging(self, tags: &Tags) -> Self {
        tags.iter().fold(self, |ask, (key, value)| {
            ask.with(format!("aws:RequestTag/{key}"), value).with("aws:TagKeys", key)
        })
    }
}

/// What a call takes: all of the first, or it is refused; without one of the second, its answer tells less.
#[derive(Default)]
struct Takes {
    must: Vec<Ask>,
    may: Vec<(Ask, Part)>,
}

/// A part of an answer that takes a permission of its own.
#[derive(Clone, Copy, Debug)]
enum Part {
    Tags,
    Environment,
}

impl From<Vec<Ask>> for Takes {
    fn from(must: Vec<Ask>) -> Self {
        Self { must, may: Vec::new() }
    }
}

fn takes(service: Service, call: &Call<'_>) -> Takes {
    let plain = |on: &str| vec![Ask::new(format!("{}:{}", service.prefix(), call.operation), on)];
    match service {
        // No permissions are required (STS API reference, `GetCallerIdentity`).
        Service::Sts => Takes::default(),
        Service::Bedrock => plain(&bedrock::resource(call)).into(),
        Service::Tagging => plain("*").into(),
        Service::Cloudformation => match call.text("StackName") {
            Some(name) => plain(&call.arn("cloudformation", &format!("stack/{name}/0"))).into(),
            None => plain("*").into(),
        },
        Service::Dynamodb => tables::takes(call).into(),
        Service::Kms => keys::takes(call).into(),
        Service::Iam => roles::takes(call).into(),
        Service::Logs => groups::takes(call).into(),
        Service::Lambda => functions::takes(call),
        Service::Apis | Service::Gateway => apis::takes(call).into(),
    }
}

/// A caller who may do only what policies allow.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The policies.
    pub(crate) policies: Arc<[Value]>,
    /// What was asked about so far.
    pub(crate) asked: Vec<Ask>,
}

impl Caller {
    fn may(&mut self, ask: Ask) -> Result<(), Refusal> {
        let allowed = allows(&self.policies, &ask);
        let told = if allowed { Ok(()) } else { Err(denied(&ask)) };
        self.asked.push(ask);
        told
    }

    /// Judges a call; returns what its answer must not tell.
    ///
    /// # Errors
    /// The caller may not do it.
    pub(crate) fn judge(&mut self, service: Service, call: &Call<'_>) -> Result<Hidden, Refusal> {
        let Takes { must, may } = takes(service, call);
        must.into_iter().try_for_each(|ask| self.may(ask))?;
        Ok(Hidden(may.into_iter().filter_map(|(ask, part)| self.may(ask).err().map(|_| part)).collect()))
    }
}

/// Parts that an answer must not tell.
#[derive(Default)]
pub(crate) struct Hidden(Vec<Part>);

impl Hidden {
    /// Takes them out of the answer of Lambda's `GetFunction`, the only one that has any.
    pub(crate) fn hide(&self, answer: &mut Value) {
        for part in &self.0 {
            match part {
                // Lambda API reference, `TagsError`.
                Part::Tags => {
                    answer["Tags"] = Value::Null;
                    answer["TagsError"] = error("The caller may not list the tags.");
                }
                // Lambda API reference, `EnvironmentError`.
                Part::Environment => {
                    let words = "Lambda was unable to decrypt your environment variables because the KMS access was denied.";
                    answer["Configuration"]["Environment"] = json!({ "Error": error(words) });
                }
            }
        }
    }
}

fn error(message: &str) -> Value {
    json!({ "ErrorCode": "AccessDeniedException", "Message": message })
}

/// IAM's words (IAM guide, "Troubleshoot access denied error messages").
fn denied(ask: &Ask) -> Refusal {
    let Ask { action, resource, .. } = ask;
    let xml = action.starts_with("iam:") || action.starts_with("cloudformation:");
    let code = if xml { "AccessDenied" } else { "AccessDeniedException" };
    let json = ["dynamodb:", "kms:", "logs:", "tag:"].iter().any(|prefix| action.starts_with(prefix));
    let who = format!("arn:aws:iam::{ACCOUNT}:user/deployer");
    let words = format!(
        "User: {who} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action"
    );
    let via = ask.context.get("kms:ViaService").and_then(|services| services.first());
    match via.and_then(|service| service.split('.').next()) {
        // aws-controllers-k8s/dynamodb-controller, `docs/api-quirks`, finding DDB-TABLE-023.
        Some("dynamodb") => {
            let words = format!(
                "KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: {words}"
            );
            refusal(400, "AccessDeniedException", words)
        }
        Some(_) => {
            let why = if action == "kms:CreateGrant" {
                "configure access to your environment variables because the KMS key is invalid for CreateGrant. \
                 Please check your KMS key settings."
            } else {
                "encrypt your environment variables because KMS access was denied. Please check your KMS permissions."
            };
            let why = format!("Lambda was unable to {why} KMS Exception: {code} KMS Message: {words}");
            refusal(400, "InvalidParameterValueException", why)
        }
        None => refusal(if json { 400 } else { 403 }, code, words),
    }
}
