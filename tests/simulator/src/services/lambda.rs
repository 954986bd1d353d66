//! Lambda: functions that settle, their code, settings, concurrency, tags and resource policies.
mod beside;
mod checks;
mod functions;
mod policy;

use crate::{
    call::{Call, Tags, check_tags},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use functions::{create, delete, get, list, reserve, retag, update, update_code};
use policy::{add_permission, get_policy, put_policy, remove_permission, repolicy};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A function.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// Members of its configuration, as they are shown.
    pub(crate) settings: Map<String, Value>,
    /// Until when it is being made.
    pending: u64,
    /// Until when it is being changed.
    pub(crate) updating: u64,
    /// When it is gone, once it is being removed.
    leaving: Option<u64>,
    /// From when on the calls that change it find it.
    found: u64,
    revision: String,
    /// The revision that it gets once it has settled, and when that is (aws/aws-sdk issue 377).
    next_revision: Option<(u64, String)>,
    modified: u64,
    /// What has befallen it.
    pub(crate) fate: Option<Fate>,
    pub(crate) concurrency: Option<i64>,
    pub(crate) tags: Tags,
    pub(crate) policy: Slot<BTreeMap<String, Value>>,
    /// Until when a change to the policy collides with the one before.
    policy_busy: u64,
    pub(crate) beside: beside::Beside,
    /// Unique id of the role that the grant on the key was made for.
    pub(crate) grantee: Option<String>,
}

/// What befalls a function without anybody asking for it (Lambda guide, "Lambda function states").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It could not be made, and cannot be changed any more.
    Failed,
    /// It was idle for long.
    Inactive,
    /// A limit of Lambda or a missing subscription has put it out of use.
    Deactivated,
    /// Its last change was given up.
    UpdateFailed,
    /// Its next change will be given up.
    NextUpdateFails,
}

impl Function {
    /// The revision that stands at `now`.
    fn revision(&self, now: u64) -> &str {
        match &self.next_revision {
            Some((at, revision)) if now >= *at => revision,
            _ => &self.revision,
        }
    }

    /// Moves the revision; a change that takes until `settles` moves it once more then.
    fn revise(&mut self, revision: String, settles: Option<(u64, String)>) {
        (self.revision, self.next_revision) = (revision, settles);
    }
}

/// Functions by name.
#[derive(Clone, Default)]
pub(crate) struct Lambda {
    pub(crate) functions: BTreeMap<String, Slot<Function>>,
    /// Event source mappings.
    mappings: Vec<Value>,
}

/// Runs that every account may have at once, and how many of them must stay unreserved (Lambda guide, "Lambda
/// quotas" and "Configuring reserved concurrency").
const ACCOUNT_RUNS: i64 = 1000;

const UNRESERVED: i64 = 100;

const RUNTIMES: [&str; 12] = [
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "provided.al2",
    "provided.al2023",
    "java21",
];

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    settle(call);
    match call.operation {
        "CreateFunction" => create(call),
        "GetFunction" => get(call),
        "ListFunctions" => list(call),
        "UpdateFunctionConfiguration" => update(call),
        "UpdateFunctionCode" => update_code(call),
        "DeleteFunction" => delete(call),
        "PutFunctionConcurrency" => reserve(call),
        "DeleteFunctionConcurrency" => {
            let name = name(call)?;
            change(call, &name, |function| function.concurrency = None)?;
            Ok(json!({}))
        }
        "GetAccountSettings" => Ok(json!({
            "AccountLimit": { "ConcurrentExecutions": ACCOUNT_RUNS, "UnreservedConcurrentExecutions": UNRESERVED,
                "TotalCodeSize": 80_530_636_800_i64, "CodeSizeUnzipped": 262_144_000, "CodeSizeZipped": 52_428_800 },
            "AccountUsage": { "FunctionCount": call.here.lambda.functions.len(), "TotalCodeSize": 0 },
        })),
        "GetPolicy" => get_policy(call),
        "AddPermission" => add_permission(call),
        "RemovePermission" => remove_permission(call),
        "PutResourcePolicy" => put_policy(call),
        "DeleteResourcePolicy" => repolicy(call, |policy| {
            policy.clear();
            Ok(())
        }),
        "CreateFunctionUrlConfig"
        | "ListFunctionUrlConfigs"
        | "DeleteFunctionUrlConfig"
        | "PutFunctionEventInvokeConfig"
        | "ListFunctionEventInvokeConfigs"
        | "DeleteFunctionEventInvokeConfig"
        | "CreateAlias"
        | "ListAliases"
        | "CreateEventSourceMapping"
        | "ListEventSourceMappings" => beside::handle(call),
        "ListTags" => {
            let name = name(call)?;
            Ok(json!({ "Tags": function(call, &name)?.tags }))
        }
        "TagResource" => {
            let tags = call.map("Tags");
            check_tags(&tags, INVALID)?;
            retag(call, |all| all.extend(tags))
        }
        "UntagResource" => {
            let keys = call.texts("tagKeys");
            retag(call, |all| all.retain(|key, _| !keys.contains(key)))
        }
        _ => super::unknown(call),
    }
}

const INVALID: &str = "InvalidParameterValueException";

fn invalid(words: impl Into<String>) -> Refusal {
    refusal(400, INVALID, words)
}

pub(super) fn settle(call: &mut Call<'_>) {
    let now = call.now;
    let gone: Vec<String> = call
        .here
        .lambda
        .functions
        .iter()
        .filter(|(_, slot)| slot.now().is_some_and(|it| it.leaving.is_some_and(|at| now >= at)))
        .map(|(name, _)| name.clone())
        .collect();
    for name in gone {
        call.here.lambda.functions.remove(&name);
    }
}

/// The name in a name or ARN.
fn name(call: &Call<'_>) -> Result<String, Refusal> {
    let given = call.text("FunctionName").or(call.text("ResourceArn")).or(call.text("Resource"));
    let given = given.ok_or_else(|| refusal(400, "ValidationException", "FunctionName is missing"))?;
    let name = given.rsplit(":function:").next().unwrap_or(given);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if name.len() > 64 || !name.chars().all(fits) {
        return Err(refusal(400, "ValidationException", format!("'{name}' is not a function name")));
    }
    Ok(name.to_owned())
}

fn arn(call: &Call<'_>, name: &str) -> String {
    call.arn("lambda", &format!("function:{name}"))
}

fn absent(call: &Call<'_>, name: &str) -> Refusal {
    refusal(404, "ResourceNotFoundException", format!("Function not found: {}", arn(call, name)))
}

/// A function that may be changed. Right after its creation it may not be found yet
/// (hashicorp/terraform-provider-aws issue 3570: `PutFunctionConcurrency`).
fn function<'a>(call: &'a mut Call<'_>, name: &str) -> Result<&'a mut Function, Refusal> {
    let (missing, now) = (absent(call, name), call.now);
    let deletes = call.operation == "DeleteFunction";
    let slot = call.here.lambda.functions.get_mut(name);
    slot.and_then(Slot::now_mut)
        .filter(|it| it.leaving.is_none() && (deletes || now >= it.found))
        .ok_or(missing)
}

/// Changes a function at once, which moves its revision (localstack/localstack issue 7482); readers see it late
/// (hashicorp/terraform-provider-aws pull request 14578).
fn change(call: &mut Call<'_>, name: &str, edit: impl FnOnce(&mut Function)) -> Result<(), Refusal> {
    let (now, revision, lag) = (call.now, call.uuid(), call.lag(2_000));
    function(call, name)?;
    let Some(slot) = call.here.lambda.functions.get_mut(name) else { return Err(absent(call, name)) };
    slot.change(now, lag, |function| {
        // One that is being changed still gets another revision when it has settled.
        let settles = function.next_revision.take().filter(|(at, _)| now < *at);
        function.revise(revision, settles);
        edit(function);
    });
    Ok(())
}

/// One change at a time (Lambda guide, "Lambda function states"; text: alchemy-run/alchemy-effect,
/// `src/aws/lambda`).
fn idle<'a>(call: &'a mut Call<'_>, name: &str) -> Result<&'a mut Function, Refusal> {
    let (now, arn) = (call.now, arn(call, name));
    let function = function(call, name)?;
    let words = "The operation cannot be performed at this time.";
    if now < function.pending {
        let words = format!("{words} The function is currently in the following state: Pending");
        return Err(refusal(409, "ResourceConflictException", words));
    }
    if now < function.updating {
        let words = format!("{words} An update is in progress for resource: {arn}");
        return Err(refusal(409, "ResourceConflictException", words));
    }
    Ok(function)
}
