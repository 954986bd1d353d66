//! Functions: made, shown, changed, removed.
use super::checks::{check, check_role, code, grant};
use super::{
    ACCOUNT_RUNS, Fate, Function, INVALID, UNRESERVED, absent, arn, change, function, idle, invalid, name,
    settle,
};
use crate::{
    call::{Call, PageSizes, Tags, check_tags, iso},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Map, Value, json};

/// The members that a configuration has, taken from a request.
const MEMBERS: [&str; 17] = [
    "Role",
    "Handler",
    "Runtime",
    "MemorySize",
    "Timeout",
    "Description",
    "Environment",
    "KMSKeyArn",
    "TracingConfig",
    "LoggingConfig",
    "Architectures",
    "PackageType",
    "Layers",
    "VpcConfig",
    "FileSystemConfigs",
    "DeadLetterConfig",
    "SnapStart",
];

/// Takes what the request names; empty texts and environments take away.
fn adopt(settings: &mut Map<String, Value>, input: &Map<String, Value>) {
    for member in MEMBERS {
        let Some(value) = input.get(member).filter(|value| !value.is_null()) else { continue };
        let empty = value == "" || takes_away(member, value);
        if empty && member != "Description" {
            settings.remove(member);
        } else {
            settings.insert(member.to_owned(), value.clone());
        }
    }
    // There is nothing for the key to encrypt, and Lambda need not keep it.
    if !settings.contains_key("Environment") {
        settings.remove("KMSKeyArn");
    }
}

/// Whether a value that is no text stands for none (Lambda API reference, `UpdateFunctionConfiguration`; a function leaves
/// its VPC by empty lists).
fn takes_away(member: &str, value: &Value) -> bool {
    let none = |member: &str| value[member].as_array().is_none_or(Vec::is_empty);
    match member {
        "Environment" => value["Variables"].as_object().is_none_or(Map::is_empty),
        "Layers" | "FileSystemConfigs" => value.as_array().is_none_or(Vec::is_empty),
        "VpcConfig" => none("SubnetIds") && none("SecurityGroupIds"),
        "DeadLetterConfig" => value["TargetArn"].as_str().is_none_or(str::is_empty),
        "SnapStart" => value["ApplyOn"] == "None",
        _ => false,
    }
}

pub(super) fn create(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    // Lambda's defaults (Lambda API reference, `CreateFunction`).
    let defaults = json!({
        "Timeout": 3, "MemorySize": 128, "Description": "", "PackageType": "Zip", "Architectures": ["x86_64"],
        "TracingConfig": { "Mode": "PassThrough" },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}") },
    });
    let Value::Object(mut settings) = defaults else { return crate::services::unknown(call) };
    adopt(&mut settings, &call.input);
    check(call, &settings)?;
    let (sha, size) = code(call, call.input.get("Code").unwrap_or(&Value::Null))?;
    let tags = call.map("Tags");
    check_tags(&tags, INVALID)?;
    if call.here.lambda.functions.get(&name).is_some_and(|slot| slot.now().is_some()) {
        let words = format!("Function already exist: {name}");
        return Err(refusal(409, "ResourceConflictException", words));
    }
    let tracing = settings["TracingConfig"]["Mode"].as_str().unwrap_or_default().to_owned();
    check_role(call, settings["Role"].as_str().unwrap_or_default(), &tracing)?;
    let grantee = grant(call, &settings)?;
    settings.insert("CodeSha256".into(), sha.into());
    settings.insert("CodeSize".into(), size.into());
    let arn = arn(call, &name);
    let (pending, lag, found) = (call.between(500, 8_000), call.lag(1_500), call.lag(8_000));
    let (revision, settled) = (call.uuid(), call.uuid());
    let function = Function {
        settings,
        pending: call.now + pending,
        updating: 0,
        leaving: None,
        found: call.now + found.max(lag),
        revision,
        next_revision: Some((call.now + pending, settled)),
        modified: call.now,
        fate: None,
        concurrency: None,
        tags: tags.clone(),
        policy: Slot::default(),
        policy_busy: 0,
        beside: super::beside::Beside::default(),
        grantee,
    };
    let answer = described(call, &name, &function);
    call.here.lambda.functions.entry(name).or_default().set(call.now, lag, Some(function));
    call.index(&arn, Some(&tags));
    Ok(answer)
}

/// What comes back unasked (Lambda API reference, `FunctionConfiguration`).
fn described(call: &Call<'_>, name: &str, function: &Function) -> Value {
    let mut shown = Value::Object(function.settings.clone());
    let state = match (function.leaving, call.now < function.pending, function.fate) {
        (Some(_), ..) => "Deleting",
        (None, true, _) => "Pending",
        (None, false, Some(Fate::Failed)) => "Failed",
        (None, false, Some(Fate::Inactive)) => "Inactive",
        (None, false, Some(Fate::Deactivated)) => "Deactivated",
        (None, false, _) => "Active",
    };
    let update = match (call.now < function.updating, function.fate) {
        (true, _) => "InProgress",
        (false, Some(Fate::UpdateFailed)) => "Failed",
        (false, _) => "Successful",
    };
    let filled = json!({
        "FunctionName": name, "FunctionArn": arn(call, name), "Version": "$LATEST", "State": state,
        "LastUpdateStatus": update, "RevisionId": function.revision(call.now), "LastModified": iso(function.modified),
        "EphemeralStorage": { "Size": 512 },
        "RuntimeVersionConfig": { "RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:x" },
    });
    if let Some(layers) = function.settings.get("Layers").and_then(Value::as_array) {
        shown["Layers"] = layers.iter().map(|arn| json!({ "Arn": arn, "CodeSize": 1 })).collect();
    }
    for (member, none) in [
        ("SnapStart", json!({ "ApplyOn": "None", "OptimizationStatus": "Off" })),
        ("VpcConfig", json!({ "SubnetIds": [], "SecurityGroupIds": [], "VpcId": "" })),
    ] {
        if shown[member].is_null() {
            shown[member] = none;
        }
    }
    if let (Value::Object(shown), Value::Object(filled)) = (&mut shown, filled) {
        shown.extend(filled);
        if state == "Pending" {
            shown.insert("StateReasonCode".into(), "Creating".into());
        }
        if state == "Failed" {
            shown.insert("StateReasonCode".into(), "InternalError".into());
            shown.insert("StateReason".into(), "The function could not be set up".into());
        }
        if update == "Failed" {
            shown.insert("LastUpdateStatusReasonCode".into(), "InternalError".into());
            shown.insert("LastUpdateStatusReason".into(), "The change could not be made".into());
        }
    }
    shown
}

/// Right after the creation it may not be found (hashicorp/terraform-provider-aws, `lambda/function.go`).
pub(super) fn get(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let slot = call.here.lambda.functions.get(&name);
    let seen = slot.and_then(|slot| slot.seen(call.now, call.stale)).ok_or_else(|| absent(call, &name))?;
    let mut answer = json!({
        "Configuration": described(call, &name, seen), "Tags": seen.tags,
        "Code": { "RepositoryType": "S3", "Location": "https://example.invalid/code" },
    });
    if let Some(reserved) = seen.concurrency {
        answer["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
    }
    Ok(answer)
}

pub(super) fn list(call: &mut Call<'_>) -> Answer {
    let seen = call
        .here
        .lambda
        .functions
        .iter()
        .filter_map(|(name, slot)| Some((name, slot.seen(call.now, call.stale)?)));
    let all = seen.map(|(name, function)| described(call, name, function)).collect();
    // Lambda API reference, `ListFunctions`.
    let sizes = PageSizes::fixed(50);
    let (page, next) = call.page(all, call.text("Marker"), call.number("MaxItems"), sizes);
    Ok(match next {
        Some(next) => json!({ "Functions": page, "NextMarker": next }),
        None => json!({ "Functions": page }),
    })
}

/// A revision that is not the newest is refused with 412 (Lambda API reference,
/// `PreconditionFailedException`).
fn check_revision(wanted: Option<&str>, function: &Function, now: u64) -> Result<(), Refusal> {
    if wanted.is_none_or(|wanted| wanted == function.revision(now)) {
        return Ok(());
    }
    let words = "The Revision Id provided does not match the latest Revision Id. Call the \
                 GetFunction/GetAlias API to retrieve the latest Revision Id";
    Err(refusal(412, "PreconditionFailedException", words))
}

/// What is not named stays; the environment is replaced whole (Lambda API reference,
/// `UpdateFunctionConfiguration`).
pub(super) fn update(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let wanted = call.text("RevisionId").map(str::to_owned);
    let mut settings = {
        let now = call.now;
        let function = idle(call, &name)?;
        check_revision(wanted.as_deref(), function, now)?;
        function.settings.clone()
    };
    adopt(&mut settings, &call.input);
    check(call, &settings)?;
    let tracing = settings["TracingConfig"]["Mode"].as_str().unwrap_or_default().to_owned();
    let role = settings["Role"].as_str().unwrap_or_default().to_owned();
    let regrants = ["Role", "Environment", "KMSKeyArn"].iter().any(|member| call.input.contains_key(*member));
    if call.input.contains_key("Role") || call.input.contains_key("TracingConfig") {
        check_role(call, &role, &tracing)?;
    }
    let grantee = if regrants { Some(grant(call, &settings)?) } else { None };
    begin_update(call, &name, |function| {
        function.settings = settings;
        function.grantee = grantee.unwrap_or_else(|| function.grantee.clone());
    })
}

/// Lets a change begin, which takes a while and moves the revision at both ends; readers see it late.
fn begin_update(call: &mut Call<'_>, name: &str, edit: impl FnOnce(&mut Function)) -> Answer {
    let (settled, end) = (call.uuid(), call.now + call.between(500, 6_000));
    let now = call.now;
    change(call, name, |function| {
        edit(function);
        function.next_revision = Some((end, settled));
        (function.updating, function.modified) = (end, now);
        function.fate = match function.fate {
            Some(Fate::NextUpdateFails) => Some(Fate::UpdateFailed),
            _ => None,
        };
    })?;
    let changed = function(call, name)?.clone();
    Ok(described(call, name, &changed))
}

pub(super) fn update_code(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let (sha, size) = code(call, &Value::Null)?;
    let wanted = call.text("RevisionId").map(str::to_owned);
    let (architectures, now) = (call.input.get("Architectures").cloned(), call.now);
    check_revision(wanted.as_deref(), idle(call, &name)?, now)?;
    begin_update(call, &name, |function| {
        function.settings.insert("CodeSha256".into(), sha.into());
        function.settings.insert("CodeSize".into(), size.into());
        if let Some(architectures) = architectures {
            function.settings.insert("Architectures".into(), architectures);
        }
    })
}

/// May pass through `Deleting` (Lambda API reference, `State`).
pub(super) fn delete(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let gone = call.now + call.lag(4_000);
    let busy = call.switches.refuses_busy_delete;
    let function = if busy { idle(call, &name)? } else { function(call, &name)? };
    function.leaving = Some(gone);
    let arn = arn(call, &name);
    call.index(&arn, None);
    settle(call);
    Ok(json!({}))
}

/// An account keeps 100 runs unreserved (text: awslabs/fhir-works-on-aws-deployment issue 691).
pub(super) fn reserve(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let wanted = call.number("ReservedConcurrentExecutions").unwrap_or_default();
    let others = call.here.lambda.functions.iter().filter(|(other, _)| **other != name);
    let taken: i64 = others.filter_map(|(_, slot)| slot.now()?.concurrency).sum();
    if ACCOUNT_RUNS - taken - wanted < UNRESERVED {
        return Err(invalid(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution \
             below its minimum value of [{UNRESERVED}]."
        )));
    }
    if call.switches.refuses_busy_delete {
        idle(call, &name)?;
    }
    change(call, &name, |function| function.concurrency = Some(wanted))?;
    Ok(json!({ "ReservedConcurrentExecutions": wanted }))
}

pub(super) fn retag(call: &mut Call<'_>, edit: impl FnOnce(&mut Tags)) -> Answer {
    let name = name(call)?;
    change(call, &name, |function| edit(&mut function.tags))?;
    let tags = function(call, &name)?.tags.clone();
    let arn = arn(call, &name);
    call.index(&arn, Some(&tags));
    Ok(json!({}))
}
