//! What Lambda refuses to take: roles, settings, environments, code.
use super::{RUNTIMES, invalid};
use crate::{
    call::Call,
    reply::{Refusal, refusal},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A role must be seen and let Lambda take it; so must what it needs for active tracing
/// (hashicorp/terraform-provider-aws, `lambda/function.go`; cargo-lambda, `functions.rs`).
pub(super) fn check_role(call: &Call<'_>, role: &str, tracing: &str) -> Result<(), Refusal> {
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
pub(super) fn grant(call: &Call<'_>, settings: &Map<String, Value>) -> Result<Option<String>, Refusal> {
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
pub(super) fn check(call: &Call<'_>, settings: &Map<String, Value>) -> Result<(), Refusal> {
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
    // The refusal quotes what is measured (github-aws-runners/terraform-aws-github-runner#3594).
    let measured = Value::Object(variables.clone()).to_string();
    if measured.len() > 4096 {
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided exceeded the 4KB limit. String measured: {measured}"
        )));
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

/// Largest archive in a request, in bytes (text: localstack/docs#933).
const MAX_ZIPPED: usize = 52_428_800;

/// Digest of a package, and its size.
pub(super) fn code(call: &Call<'_>, holder: &Value) -> Result<(String, usize), Refusal> {
    let text = holder["ZipFile"].as_str().or(call.text("ZipFile")).unwrap_or_default();
    let zip = STANDARD.decode(text).unwrap_or_default();
    if zip.len() < 22 || !zip.starts_with(b"PK") {
        return Err(invalid(
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ));
    }
    if zip.len() > MAX_ZIPPED {
        return Err(invalid(format!("Zipped size must be smaller than {MAX_ZIPPED} bytes")));
    }
    Ok((STANDARD.encode(Sha256::digest(&zip)), zip.len()))
}
