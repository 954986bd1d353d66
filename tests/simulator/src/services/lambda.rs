//! Lambda: functions that settle, their code, settings, concurrency, tags and resource policies.
use crate::{
    call::{Call, Tags, check_tags, iso},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
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
    revision: String,
    modified: u64,
    pub(crate) concurrency: Option<i64>,
    pub(crate) tags: Tags,
    pub(crate) policy: Slot<BTreeMap<String, Value>>,
    /// Until when a change to the policy collides with the one before.
    policy_busy: u64,
    /// Unique id of the role that the grant on the key was made for.
    pub(crate) grantee: Option<String>,
}

/// Functions by name.
#[derive(Clone, Default)]
pub(crate) struct Lambda {
    pub(crate) functions: BTreeMap<String, Slot<Function>>,
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
            function(call, &name)?.concurrency = None;
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

/// A function that may be changed.
fn function<'a>(call: &'a mut Call<'_>, name: &str) -> Result<&'a mut Function, Refusal> {
    let missing = absent(call, name);
    let slot = call.here.lambda.functions.get_mut(name);
    slot.and_then(Slot::now_mut).filter(|it| it.leaving.is_none()).ok_or(missing)
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

/// A role must be seen and let Lambda take it; so must what it needs for active tracing
/// (hashicorp/terraform-provider-aws, `lambda/function.go`; cargo-lambda, `functions.rs`).
fn check_role(call: &Call<'_>, role: &str, tracing: &str) -> Result<(), Refusal> {
    if !(role.starts_with("arn:") && role.contains(":iam::") && role.contains(":role/")) {
        let words =
            format!("1 validation error detected: Value '{role}' at 'role' failed to satisfy constraint");
        return Err(refusal(400, "ValidationException", words));
    }
    let seen = call.iam.usable(role, call.now).filter(|role| role.trusts("lambda.amazonaws.com"));
    let Some(seen) = seen else {
        return Err(invalid("The role defined for the function cannot be assumed by Lambda."));
    };
    let traces = tracing != "Active" || seen.allows(call.now, "xray:PutTraceSegments");
    if call.switches.checks_tracing_role && !traces {
        let words = "The provided execution role does not have permissions to call PutTraceSegments on XRAY";
        return Err(invalid(words));
    }
    Ok(())
}

/// Lambda makes a grant on the key for the role's unique id, with the caller's rights
/// (serverless/examples issue 279, hashicorp/terraform-provider-aws issue 9703).
fn grant(call: &Call<'_>, settings: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    let key = settings.get("KMSKeyArn").and_then(Value::as_str).filter(|key| !key.is_empty());
    let variables = settings.get("Environment").is_some();
    let role = settings.get("Role").and_then(Value::as_str).unwrap_or_default();
    let id = call.iam.usable(role, call.now).map(|role| role.id.clone());
    let Some(key) = key.filter(|_| variables) else { return Ok(id.filter(|_| variables)) };
    if call.here.kms.usable(key, call.now).is_err() {
        return Err(invalid(
            "Lambda was unable to configure access to your environment variables because the KMS key is invalid for \
             CreateGrant. Please check your KMS key settings.",
        ));
    }
    Ok(id)
}

/// Bounds of ordinary functions (Lambda guide, "Lambda quotas").
fn check(call: &Call<'_>, settings: &Map<String, Value>) -> Result<(), Refusal> {
    let text = |member: &str| settings.get(member).and_then(Value::as_str).unwrap_or_default();
    let number = |member: &str| settings.get(member).and_then(Value::as_i64).unwrap_or_default();
    let bad = |words: String| Err(refusal(400, "ValidationException", words));
    if !(1..=900).contains(&number("Timeout")) {
        return bad(format!("Value '{}' at 'timeout' failed to satisfy constraint", number("Timeout")));
    }
    if !(128..=10_240).contains(&number("MemorySize")) {
        return bad(format!("'MemorySize' value failed to satisfy constraint: {}", number("MemorySize")));
    }
    if text("Description").chars().count() > 256 || text("Handler").len() > 128 || text("Handler").is_empty()
    {
        return bad("a member failed to satisfy its constraint".into());
    }
    let runtime = text("Runtime");
    if !RUNTIMES.contains(&runtime) {
        return Err(invalid(format!("Value {runtime} at 'runtime' failed to satisfy constraint")));
    }
    if call.switches.blocked_runtimes.contains(&runtime) {
        return Err(invalid(format!(
            "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions."
        )));
    }
    check_environment(settings)
}

/// At most 4 KB, and no reserved names (Lambda guide, "Using environment variables").
fn check_environment(settings: &Map<String, Value>) -> Result<(), Refusal> {
    let variables = settings.get("Environment").and_then(|it| it["Variables"].as_object());
    let Some(variables) = variables else { return Ok(()) };
    let size: usize =
        variables.iter().map(|(key, value)| key.len() + value.as_str().unwrap_or_default().len()).sum();
    if size > 4096 {
        let words = "Lambda was unable to configure your environment variables because the environment variables you \
                     have provided exceeded the 4KB limit.";
        return Err(invalid(words));
    }
    let reserved = |key: &&String| {
        [
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ]
        .contains(&key.as_str())
            || key.starts_with("AWS_LAMBDA_")
    };
    match variables.keys().find(reserved) {
        Some(key) => Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided contains reserved keys that are currently not supported for modification. Reserved keys used \
             in this request: {key}"
        ))),
        None => Ok(()),
    }
}

/// Digest of a package, and its size.
fn code(call: &Call<'_>, holder: &Value) -> Result<(String, usize), Refusal> {
    let text = holder["ZipFile"].as_str().or(call.text("ZipFile")).unwrap_or_default();
    let zip = STANDARD.decode(text).unwrap_or_default();
    if zip.len() < 22 || !zip.starts_with(b"PK") {
        return Err(invalid(
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ));
    }
    Ok((STANDARD.encode(Sha256::digest(&zip)), zip.len()))
}

/// The members that a configuration has, taken from a request.
const MEMBERS: [&str; 12] = [
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
];

/// Takes what the request names; empty texts and environments take away.
fn adopt(settings: &mut Map<String, Value>, input: &Map<String, Value>) {
    for member in MEMBERS {
        let Some(value) = input.get(member).filter(|value| !value.is_null()) else { continue };
        let empty = value == ""
            || (member == "Environment" && value["Variables"].as_object().is_none_or(Map::is_empty));
        if empty && member != "Description" {
            settings.remove(member);
        } else {
            settings.insert(member.to_owned(), value.clone());
        }
    }
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    // Lambda's defaults (Lambda API reference, `CreateFunction`).
    let defaults = json!({
        "Timeout": 3, "MemorySize": 128, "Description": "", "PackageType": "Zip", "Architectures": ["x86_64"],
        "TracingConfig": { "Mode": "PassThrough" },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}") },
    });
    let Value::Object(mut settings) = defaults else { return super::unknown(call) };
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
    let (pending, lag) = (call.between(500, 8_000), call.lag(1_500));
    let function = Function {
        settings,
        pending: call.now + pending,
        updating: 0,
        leaving: None,
        revision: call.uuid(),
        modified: call.now,
        concurrency: None,
        tags: tags.clone(),
        policy: Slot::default(),
        policy_busy: 0,
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
    let state = match (function.leaving, call.now < function.pending) {
        (Some(_), _) => "Deleting",
        (None, true) => "Pending",
        (None, false) => "Active",
    };
    let update = if call.now < function.updating { "InProgress" } else { "Successful" };
    let filled = json!({
        "FunctionName": name, "FunctionArn": arn(call, name), "Version": "$LATEST", "State": state,
        "LastUpdateStatus": update, "RevisionId": function.revision, "LastModified": iso(function.modified),
        "EphemeralStorage": { "Size": 512 }, "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [], "VpcId": "" },
        "RuntimeVersionConfig": { "RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:x" },
    });
    if let (Value::Object(shown), Value::Object(filled)) = (&mut shown, filled) {
        shown.extend(filled);
        if state == "Pending" {
            shown.insert("StateReasonCode".into(), "Creating".into());
        }
    }
    shown
}

/// Right after the creation it may not be found (hashicorp/terraform-provider-aws, `lambda/function.go`).
fn get(call: &mut Call<'_>) -> Answer {
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

fn list(call: &mut Call<'_>) -> Answer {
    let seen = call
        .here
        .lambda
        .functions
        .iter()
        .filter_map(|(name, slot)| Some((name, slot.seen(call.now, call.stale)?)));
    let all = seen.map(|(name, function)| described(call, name, function)).collect();
    let (page, next) = call.page(all, call.text("Marker"), call.number("MaxItems"));
    Ok(match next {
        Some(next) => json!({ "Functions": page, "NextMarker": next }),
        None => json!({ "Functions": page }),
    })
}

/// A revision that is not the newest is refused with 412 (Lambda API reference,
/// `PreconditionFailedException`).
fn check_revision(wanted: Option<&str>, function: &Function) -> Result<(), Refusal> {
    if wanted.is_none_or(|wanted| wanted == function.revision) {
        return Ok(());
    }
    let words = "The Revision Id provided does not match the latest Revision Id. Call the \
                 GetFunction/GetAlias API to retrieve the latest Revision Id";
    Err(refusal(412, "PreconditionFailedException", words))
}

/// What is not named stays; the environment is replaced whole (Lambda API reference,
/// `UpdateFunctionConfiguration`).
fn update(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let wanted = call.text("RevisionId").map(str::to_owned);
    let mut settings = {
        let function = idle(call, &name)?;
        check_revision(wanted.as_deref(), function)?;
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
    let (revision, took, now) = (call.uuid(), call.between(500, 6_000), call.now);
    let function = function(call, &name)?;
    function.settings = settings;
    function.grantee = grantee.unwrap_or_else(|| function.grantee.clone());
    (function.revision, function.updating, function.modified) = (revision, now + took, now);
    let changed = function.clone();
    Ok(described(call, &name, &changed))
}

fn update_code(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let (sha, size) = code(call, &Value::Null)?;
    let wanted = call.text("RevisionId").map(str::to_owned);
    let (revision, took, now) = (call.uuid(), call.between(500, 6_000), call.now);
    let architectures = call.input.get("Architectures").cloned();
    let function = idle(call, &name)?;
    check_revision(wanted.as_deref(), function)?;
    function.settings.insert("CodeSha256".into(), sha.into());
    function.settings.insert("CodeSize".into(), size.into());
    if let Some(architectures) = architectures {
        function.settings.insert("Architectures".into(), architectures);
    }
    (function.revision, function.updating, function.modified) = (revision, now + took, now);
    let changed = function.clone();
    Ok(described(call, &name, &changed))
}

/// May pass through `Deleting` (Lambda API reference, `State`).
fn delete(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let gone = call.now + call.lag(4_000);
    idle(call, &name)?.leaving = Some(gone);
    let arn = arn(call, &name);
    call.index(&arn, None);
    settle(call);
    Ok(json!({}))
}

/// An account keeps 100 runs unreserved (text: awslabs/fhir-works-on-aws-deployment issue 691).
fn reserve(call: &mut Call<'_>) -> Answer {
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
    idle(call, &name)?.concurrency = Some(wanted);
    Ok(json!({ "ReservedConcurrentExecutions": wanted }))
}

fn retag(call: &mut Call<'_>, edit: impl FnOnce(&mut Tags)) -> Answer {
    let name = name(call)?;
    let function = function(call, &name)?;
    edit(&mut function.tags);
    let tags = function.tags.clone();
    let arn = arn(call, &name);
    call.index(&arn, Some(&tags));
    Ok(json!({}))
}

/// No policy looks like no function (Lambda API reference, `GetPolicy`); a change shows late
/// (hashicorp/terraform-provider-aws, `lambda/permission.go`).
fn get_policy(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let missing = || refusal(404, "ResourceNotFoundException", "The resource you requested does not exist.");
    let function = call.here.lambda.functions.get(&name).and_then(Slot::now).ok_or_else(missing)?;
    let policy = function.policy.seen(call.now, call.stale).filter(|all| !all.is_empty());
    let statements: Vec<_> = policy.ok_or_else(missing)?.values().cloned().collect();
    let policy = json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements });
    Ok(json!({ "Policy": policy.to_string(), "RevisionId": function.revision }))
}

/// Changes the policy; parallel changes collide (hashicorp/terraform-provider-aws, `lambda/permission.go`, where
/// they lose statements).
fn repolicy(
    call: &mut Call<'_>,
    edit: impl FnOnce(&mut BTreeMap<String, Value>) -> Result<(), Refusal>,
) -> Answer {
    let name = name(call)?;
    let (now, lag, busy) = (call.now, call.lag(3_000), call.lag(60));
    let arn = arn(call, &name);
    let function = function(call, &name)?;
    if now < function.policy_busy {
        let words = format!(
            "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
        );
        return Err(refusal(409, "ResourceConflictException", words));
    }
    let mut policy = function.policy.now().cloned().unwrap_or_default();
    edit(&mut policy)?;
    let size: usize = policy.values().map(|statement| statement.to_string().len()).sum();
    if size > 20_480 {
        return Err(refusal(
            400,
            "PolicyLengthExceededException",
            "The final policy size is bigger than the limit (20480).",
        ));
    }
    function.policy.set(now, lag, Some(policy));
    function.policy_busy = now + busy;
    Ok(json!({}))
}

fn add_permission(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let sid = call.need("StatementId", "ValidationException")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if sid.len() > 100 || !sid.chars().all(fits) {
        return Err(refusal(400, "ValidationException", format!("'{sid}' is not a statement id")));
    }
    // The form that Lambda stores (Lambda guide, "Viewing resource-based IAM policies").
    let mut statement = json!({
        "Sid": sid, "Effect": "Allow", "Principal": { "Service": call.need("Principal", "ValidationException")? },
        "Action": call.need("Action", "ValidationException")?, "Resource": arn(call, &name),
    });
    if let Some(account) = call.text("SourceAccount") {
        statement["Condition"]["StringEquals"]["AWS:SourceAccount"] = account.into();
    }
    if let Some(source) = call.text("SourceArn") {
        statement["Condition"]["ArnLike"]["AWS:SourceArn"] = source.into();
    }
    let text = statement.to_string();
    repolicy(call, |policy| {
        if policy.contains_key(&sid) {
            let words = format!(
                "The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing statement."
            );
            return Err(refusal(409, "ResourceConflictException", words));
        }
        policy.insert(sid, statement);
        Ok(())
    })?;
    Ok(json!({ "Statement": text }))
}

fn remove_permission(call: &mut Call<'_>) -> Answer {
    let sid = call.need("StatementId", "ValidationException")?;
    repolicy(call, |policy| {
        if policy.remove(&sid).is_some() {
            Ok(())
        } else {
            let words = format!("Statement {sid} is not found in resource policy.");
            Err(refusal(404, "ResourceNotFoundException", words))
        }
    })
}

/// Replaces the whole policy (Lambda API reference, `PutResourcePolicy`, of 2026-07-09).
fn put_policy(call: &mut Call<'_>) -> Answer {
    let text = call.need("Policy", "ValidationException")?;
    let parsed: Value =
        serde_json::from_str(&text).map_err(|_| invalid("The provided policy is not valid JSON"))?;
    let all: BTreeMap<String, Value> = super::iam::statements(&parsed)
        .enumerate()
        .map(|(at, it)| (it["Sid"].as_str().map_or_else(|| format!(" {at}"), str::to_owned), it.clone()))
        .collect();
    repolicy(call, |policy| {
        *policy = all;
        Ok(())
    })?;
    Ok(json!({ "Policy": text }))
}
