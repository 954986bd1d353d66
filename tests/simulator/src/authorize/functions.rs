//! Lambda (Service authorization reference, "Actions, resources, and condition keys for AWS Lambda").
use super::{Ask, Part, Takes, keys, roles};
use crate::call::Call;
use serde_json::Value;

/// What Lambda does with a customer's key in the name of whoever gives it to a function (Lambda guide,
/// "Securing Lambda environment variables").
const KEY: [&str; 2] = ["CreateGrant", "Encrypt"];

pub(super) fn takes(call: &Call<'_>) -> Takes {
    let own = format!("lambda:{}", call.operation);
    let name = ["FunctionName", "Resource", "ResourceArn"].iter().find_map(|member| call.text(member));
    let Some(name) = name.and_then(|name| name.rsplit(':').next()) else {
        return vec![Ask::new(own, "*")].into();
    };
    // Knows no resources.
    if call.operation == "ListEventSourceMappings" {
        return vec![Ask::new(own, "*")].into();
    }
    let arn = call.arn("lambda", &format!("function:{name}"));
    // An alias is a resource of its own.
    let arn = call.text("Qualifier").map_or_else(|| arn.clone(), |alias| format!("{arn}:{alias}"));
    let function = call.here.lambda.functions.get(name).and_then(|slot| slot.now());
    let tags = function.map(|function| function.tags.clone()).unwrap_or_default();
    let setting = |member: &str| function.and_then(|function| function.settings.get(member));
    let wanted = call.map("Tags");
    let mut ask = Ask::new(own, &arn).tagged(&tags).tagging(&wanted);
    if let ("AddPermission", Some(principal)) = (call.operation, call.text("Principal")) {
        ask = ask.with("lambda:Principal", principal);
    }
    let mut takes = Takes::from(vec![ask]);
    match call.operation {
        "CreateFunction" => {
            // Lambda guide, "Using tags on Lambda functions": tags at the creation take an action of their own.
            let tagging = || Ask::new("lambda:TagResource", &arn).tagging(&wanted);
            takes.must.extend((!wanted.is_empty()).then(tagging));
            takes.must.extend(given(call, call.text("KMSKeyArn")));
        }
        "UpdateFunctionConfiguration" => {
            let standing = setting("KMSKeyArn").and_then(Value::as_str);
            let key = call.input.get("KMSKeyArn").map_or(standing, Value::as_str);
            takes.must.extend(given(call, key.filter(|key| !key.is_empty())));
        }
        // Its answer holds tags only for who may list them, and the environment only for who may decrypt it.
        "GetFunction" if function.is_some() => {
            takes.may.push((Ask::new("lambda:ListTags", &arn).tagged(&tags), Part::Tags));
            let key = setting("KMSKeyArn").and_then(Value::as_str).filter(|key| !key.is_empty());
            if let (Some(key), Some(_)) = (key, setting("Environment")) {
                let decrypts = keys::through(call, "lambda", "Decrypt", key);
                takes.may.extend(decrypts.map(|ask| (ask, Part::Environment)));
            }
        }
        _ => {}
    }
    takes
}

/// What giving a function its role and its environment takes.
fn given(call: &Call<'_>, key: Option<&str>) -> Vec<Ask> {
    let role = call.text("Role").map(|role| roles::pass(role, "lambda.amazonaws.com"));
    let environment = call.input.contains_key("Environment") || call.input.contains_key("KMSKeyArn");
    let key = key.filter(|_| environment).into_iter();
    role.into_iter()
        .chain(key.flat_map(|key| KEY.iter().filter_map(|name| keys::through(call, "lambda", name, key))))
        .collect()
}
