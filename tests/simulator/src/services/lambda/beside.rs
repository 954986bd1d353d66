//! What stands beside a function: URLs, asynchronous invocation, aliases with policies, event source mappings.
use super::{absent, arn, function, invalid, name};
use crate::{
    call::{Call, PageSizes},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What stands beside one function, by qualifier.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    pub(crate) urls: BTreeMap<String, Value>,
    pub(crate) invokes: BTreeMap<String, Value>,
    /// Policies by alias.
    pub(crate) aliases: BTreeMap<String, BTreeMap<String, Value>>,
}

const LATEST: &str = "$LATEST";

pub(super) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "CreateFunctionUrlConfig" => create_url(call),
        "ListFunctionUrlConfigs" => {
            let all = seen(call)?.urls.values().cloned().collect();
            Ok(listed(call, "FunctionUrlConfigs", all))
        }
        "DeleteFunctionUrlConfig" => remove(call, |beside, qualifier| beside.urls.remove(qualifier)),
        "PutFunctionEventInvokeConfig" => put_invoke(call),
        "ListFunctionEventInvokeConfigs" => {
            let all = seen(call)?.invokes.values().cloned().collect();
            Ok(listed(call, "FunctionEventInvokeConfigs", all))
        }
        "DeleteFunctionEventInvokeConfig" => {
            remove(call, |beside, qualifier| beside.invokes.remove(qualifier))
        }
        "CreateAlias" => {
            let (function, alias) = (name(call)?, call.need("Name", "ValidationException")?);
            edit(call, &function, |beside| drop(beside.aliases.insert(alias, BTreeMap::new())))
        }
        "ListAliases" => {
            let all = seen(call)?.aliases.keys();
            let all = all.map(|alias| json!({ "Name": alias, "FunctionVersion": "1" })).collect();
            Ok(listed(call, "Aliases", all))
        }
        "CreateEventSourceMapping" => map(call),
        _ => list_mappings(call),
    }
}

/// What stands beside a function that is there for readers.
fn seen<'a>(call: &'a Call<'_>) -> Result<&'a Beside, Refusal> {
    let name = name(call)?;
    let slot = call.here.lambda.functions.get(&name);
    let function = slot.and_then(|slot| slot.seen(call.now, call.stale));
    function.map(|function| &function.beside).ok_or_else(|| absent(call, &name))
}

fn listed(call: &Call<'_>, member: &str, all: Vec<Value>) -> Value {
    let (page, next) = call.page(all, call.text("Marker"), call.number("MaxItems"), PageSizes::fixed(50));
    let mut answer = json!({ member: page });
    if let Some(next) = next {
        answer["NextMarker"] = next.into();
    }
    answer
}

/// Changes what stands beside a function, which moves nothing of its own.
fn edit(call: &mut Call<'_>, name: &str, edit: impl FnOnce(&mut Beside)) -> Answer {
    function(call, name)?;
    let (now, lag) = (call.now, call.lag(1_000));
    if let Some(slot) = call.here.lambda.functions.get_mut(name) {
        slot.change(now, lag, |function| edit(&mut function.beside));
    }
    Ok(json!({}))
}

fn qualifier(call: &Call<'_>) -> String {
    call.text("Qualifier").unwrap_or(LATEST).to_owned()
}

fn qualified_arn(call: &Call<'_>, name: &str) -> String {
    match call.text("Qualifier") {
        Some(qualifier) => format!("{}:{qualifier}", arn(call, name)),
        None => arn(call, name),
    }
}

/// The ARN of a URL names a qualifier only where there is one (Lambda API reference, `FunctionUrlConfig`).
fn create_url(call: &mut Call<'_>) -> Answer {
    let (name, qualifier) = (name(call)?, qualifier(call));
    if qualifier == LATEST && call.text("Qualifier").is_some() {
        return Err(invalid("a function URL takes no $LATEST"));
    }
    let config = json!({
        "FunctionUrl": "https://x.lambda-url.us-east-1.on.aws/", "FunctionArn": qualified_arn(call, &name),
        "AuthType": call.need("AuthType", "ValidationException")?, "InvokeMode": "BUFFERED",
        "CreationTime": "2026-11-16T00:00:00Z", "LastModifiedTime": "2026-11-16T00:00:00Z",
    });
    let answer = config.clone();
    edit(call, &name, |beside| drop(beside.urls.insert(qualifier, config)))?;
    Ok(answer)
}

/// The ARN of asynchronous invocation always names a qualifier (Lambda guide, "Configuring error handling settings for
/// asynchronous invocations": `arn:…:function:my-function:$LATEST`).
fn put_invoke(call: &mut Call<'_>) -> Answer {
    let (name, qualifier) = (name(call)?, qualifier(call));
    let mut config = json!({ "FunctionArn": format!("{}:{qualifier}", arn(call, &name)) });
    for member in ["DestinationConfig", "MaximumRetryAttempts", "MaximumEventAgeInSeconds"] {
        if let Some(value) = call.input.get(member) {
            config[member] = value.clone();
        }
    }
    let answer = config.clone();
    edit(call, &name, |beside| drop(beside.invokes.insert(qualifier, config)))?;
    Ok(answer)
}

fn remove(call: &mut Call<'_>, take: impl FnOnce(&mut Beside, &str) -> Option<Value>) -> Answer {
    let (name, qualifier) = (name(call)?, qualifier(call));
    let mut gone = false;
    edit(call, &name, |beside| gone = take(beside, &qualifier).is_some())?;
    let missing = || refusal(404, "ResourceNotFoundException", "The resource you requested does not exist.");
    if gone { Ok(json!({})) } else { Err(missing()) }
}

/// Adds a statement to the policy of an alias.
pub(super) fn open_alias(call: &mut Call<'_>, alias: &str, sid: &str, statement: Value) -> Answer {
    let (function, sid) = (name(call)?, sid.to_owned());
    edit(call, &function, |beside| {
        beside.aliases.entry(alias.to_owned()).or_default().insert(sid, statement);
    })
}

/// The policy of an alias; an empty one is missing.
pub(super) fn alias_policy<'a>(call: &'a Call<'_>, alias: &str) -> Option<&'a BTreeMap<String, Value>> {
    let name = name(call).ok()?;
    let function = call.here.lambda.functions.get(&name).and_then(Slot::now)?;
    function.beside.aliases.get(alias).filter(|policy| !policy.is_empty())
}

fn map(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    function(call, &name)?;
    let mapping = json!({ "UUID": call.uuid(), "FunctionArn": arn(call, &name), "State": "Enabled",
        "EventSourceArn": call.need("EventSourceArn", "ValidationException")? });
    call.here.lambda.mappings.push(mapping.clone());
    Ok(mapping)
}

fn list_mappings(call: &mut Call<'_>) -> Answer {
    let own = match call.text("FunctionName") {
        Some(_) => Some(arn(call, &name(call)?)),
        None => None,
    };
    let all = call.here.lambda.mappings.iter();
    let all = all.filter(|one| own.as_ref().is_none_or(|own| one["FunctionArn"] == **own)).cloned().collect();
    Ok(listed(call, "EventSourceMappings", all))
}
