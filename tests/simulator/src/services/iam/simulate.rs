//! The policy simulator (IAM API reference, `SimulatePrincipalPolicy`).
use super::marked;
use crate::{
    authorize::{Ask, allows, denies, missing_keys},
    call::Call,
    reply::{Answer, Refusal, refusal},
};
use serde_json::{Value, json};

pub(super) fn simulate(call: &mut Call<'_>) -> Answer {
    let policies = policies_of_source(call)?;
    let actions = call.texts("ActionNames");
    check_actions(call, &actions)?;
    let resources = call.texts("ResourceArns");
    let resources = if resources.is_empty() { vec!["*".to_owned()] } else { resources };
    let results = actions.iter().map(|action| result(call, &policies, action, &resources)).collect();
    Ok(marked(call, "EvaluationResults", results))
}

/// The policies of the user who calls, or of a role; a role must be named with its path.
fn policies_of_source(call: &Call<'_>) -> Result<Vec<Value>, Refusal> {
    let source = call.need("PolicySourceArn", "ValidationError")?;
    let own = || call.granted.as_ref().map(|granted| granted.to_vec());
    let anything = || vec![json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } })];
    let name = source.rsplit('/').next().unwrap_or_default();
    if source.ends_with(&format!(":{}", call.switches.caller)) && source.contains(":user/") {
        return Ok(own().unwrap_or_else(anything));
    }
    let role = call.iam.roles.get(&name.to_lowercase()).and_then(|slot| slot.now());
    match role.filter(|role| role.arn == source) {
        Some(role) => Ok(own().unwrap_or_else(|| role.inline.values().cloned().collect())),
        None => Err(refusal(404, "NoSuchEntity", format!("The entity with name {name} cannot be found."))),
    }
}

/// Some actions are taken in no list with others (github.com/aws-cloudformation/rain, `cft/forecast`, asks for one
/// action at a time for this reason).
fn check_actions(call: &Call<'_>, actions: &[String]) -> Result<(), Refusal> {
    let is_apart = |action: &&String| call.switches.simulated_apart.contains(&action.as_str());
    let (apart, together): (Vec<&String>, Vec<&String>) = actions.iter().partition(is_apart);
    if apart.is_empty() || together.is_empty() {
        return Ok(());
    }
    let list = |all: Vec<&String>| all.into_iter().map(String::as_str).collect::<Vec<_>>().join(",");
    let words = format!(
        "Invalid Input Actions: [{}] and [{}] require different authorization information.",
        list(together),
        list(apart)
    );
    Err(refusal(400, "InvalidInput", words))
}

/// Results by resource stand below that of the whole, which names a template; of `*` there is only that of the whole
/// (IAM API reference, `EvaluationResult`).
fn result(call: &Call<'_>, policies: &[Value], action: &str, resources: &[String]) -> Value {
    let judge = |resource: &str| {
        let mut ask = Ask::new(action, resource);
        for entry in call.list("ContextEntries") {
            let values = entry["ContextKeyValues"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let key = entry["ContextKeyName"].as_str().unwrap_or_default();
            ask = values.fold(ask, |ask, value| ask.with(key, value));
        }
        let decision = match (denies(policies, &ask), allows(policies, &ask)) {
            (true, _) => "explicitDeny",
            (_, true) => "allowed",
            _ => "implicitDeny",
        };
        (decision, missing_keys(policies, &ask))
    };
    if let [all] = resources
        && all == "*"
    {
        let (decision, missing) = judge(all);
        return json!({
            "EvalActionName": action, "EvalResourceName": "*", "EvalDecision": decision, "MissingContextValues": missing,
        });
    }
    let single: Vec<Value> = resources
        .iter()
        .map(|resource| {
            let (decision, missing) = judge(resource);
            json!({
                "EvalResourceName": resource, "EvalResourceDecision": decision, "MissingContextValues": missing,
            })
        })
        .collect();
    let all = single.iter().all(|one| one["EvalResourceDecision"] == "allowed");
    let service = action.split(':').next().unwrap_or_default();
    json!({
        "EvalActionName": action,
        "EvalResourceName": format!("arn:aws:{service}:::${{Resource}}"),
        "EvalDecision": if all { "allowed" } else { "implicitDeny" },
        "ResourceSpecificResults": single,
    })
}
