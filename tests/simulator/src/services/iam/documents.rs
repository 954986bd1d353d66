//! Policy documents, as IAM takes and shows them.
use crate::{
    call::{Call, several},
    reply::{Refusal, refusal},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// The statements of a policy, whether they are a list or one.
pub(crate) fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    let all = &policy["Statement"];
    all.as_array().map_or_else(|| std::slice::from_ref(all), Vec::as_slice).iter()
}

/// What percent-encoding leaves alone (RFC 3986, which the `GetRole` reference names).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A document as responses carry it: percent-encoded, and perhaps written anew.
pub(super) fn encoded(call: &Call<'_>, policy: &Value) -> String {
    let text =
        if call.switches.rewrites_policies { rewritten(policy).to_string() } else { format!("{policy:#}") };
    utf8_percent_encode(&text, PLAIN).to_string()
}

/// The same policy in other words: members in another order, lists of one as text.
pub(crate) fn rewritten(policy: &Value) -> Value {
    match policy {
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(key, value)| (key.clone(), rewritten(value))).collect();
            members.reverse();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(all) => match &all[..] {
            [Value::String(one)] => Value::String(one.clone()),
            _ if all.iter().all(Value::is_string) => all.iter().rev().cloned().collect(),
            _ => all.iter().map(rewritten).collect(),
        },
        other => other.clone(),
    }
}

/// Reads a policy as IAM does: JSON with a version and statements that have an effect.
pub(super) fn document(call: &Call<'_>, member: &str) -> Result<Value, Refusal> {
    let text = call.need(member, "ValidationError")?;
    let malformed = |why: &str| refusal(400, "MalformedPolicyDocument", why.to_owned());
    let policy: Value =
        serde_json::from_str(&text).map_err(|_| malformed("This policy contains invalid Json"))?;
    if !policy.is_object() || policy["Statement"].is_null() {
        return Err(malformed("Syntax errors in policy."));
    }
    let effect = |it: &Value| it["Effect"] == "Allow" || it["Effect"] == "Deny";
    if !statements(&policy).all(effect) {
        return Err(malformed("Missing required field Effect"));
    }
    let action = |it: &Value| !it["Action"].is_null() || !it["NotAction"].is_null();
    if !statements(&policy).all(action) {
        return Err(malformed("Missing required field Action"));
    }
    Ok(policy)
}

/// A permissions policy names resources and no principals (IAM guide, "Policy elements reference").
pub(super) fn permissions(call: &Call<'_>, member: &str) -> Result<Value, Refusal> {
    let policy = document(call, member)?;
    let whole =
        |it: &Value| it["Principal"].is_null() && !(it["Resource"].is_null() && it["NotResource"].is_null());
    if statements(&policy).all(whole) && statements(&policy).next().is_some() {
        return Ok(policy);
    }
    Err(refusal(400, "MalformedPolicyDocument", "Policy statement must contain resources."))
}

/// A trust policy names principals, which IAM wants to see (hashicorp/terraform-provider-aws, `iam/role.go`:
/// "Invalid principal in policy").
pub(super) fn trust(call: &Call<'_>, member: &str) -> Result<Value, Refusal> {
    let policy = document(call, member)?;
    for statement in statements(&policy) {
        if statement["Principal"].is_null() {
            let words = "Has prohibited field Resource or lacks Principal";
            return Err(refusal(400, "MalformedPolicyDocument", words));
        }
        for arn in several(&statement["Principal"]["AWS"]) {
            if arn.contains(":role/") && call.iam.usable(arn, call.now).is_none() {
                let words = format!("Invalid principal in policy: \"AWS\":\"{arn}\"");
                return Err(refusal(400, "MalformedPolicyDocument", words));
            }
        }
    }
    Ok(policy)
}
