//! The resource policy of a function: who may invoke it.
use serde_json::{Value, json};

use crate::{aws::AwsScope, digest::short_digest, engine::MaybeKnown, iam::Policy};

/// A part of the API that calls a function.
#[derive(Clone, Debug)]
pub enum InvokeSource {
    /// The route of this key.
    Route(String),
    /// The authorizer of this id.
    Authorizer(MaybeKnown<String>),
}

/// Statement names that belong to other sources than a route of that key.
const TAKEN: [&str; 4] = ["connect", "disconnect", "default", "authorizer"];
/// Maximum length of a route's name in a statement id, which may have 100 characters (Lambda API, `AddPermission`).
const LONGEST: usize = 70;

/// Lets a stage of an API call a function, each source by a statement of its own.
///
/// The form is the one in which Lambda stores a permission with a source ARN and a source account, so that it
/// reads back equal; both are given against confused deputies (Lambda guide, "Granting Lambda function access
/// to AWS services").
#[must_use]
pub fn invoke_policy(
    scope: &AwsScope,
    function_arn: &str,
    api: &MaybeKnown<String>,
    stage: &str,
    sources: &[InvokeSource],
) -> Policy {
    Policy::new(sources.iter().map(|source| {
        let path = match source {
            InvokeSource::Route(key) => MaybeKnown::Known(format!("{stage}/{key}")),
            InvokeSource::Authorizer(id) => id.map(|id| format!("authorizers/{id}")),
        };
        let api = api.map(|api| scope.arn("execute-api", &format!("{api}/")));
        invoke_statement(scope, function_arn, &statement_id(source), &MaybeKnown::concat([api, path]))
    }))
}

fn invoke_statement(scope: &AwsScope, function_arn: &str, sid: &str, source: &MaybeKnown<String>) -> Value {
    json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": { "Service": "apigateway.amazonaws.com" },
        "Action": "lambda:InvokeFunction",
        "Resource": function_arn,
        "Condition": {
            "StringEquals": { "AWS:SourceAccount": scope.account },
            "ArnLike": { "AWS:SourceArn": source },
        },
    })
}

/// Returns a statement id that no other source of the API has: the characters that a route key loses are made up for by
/// a digest.
fn statement_id(source: &InvokeSource) -> String {
    let key = match source {
        InvokeSource::Authorizer(_) => return "apigateway-authorizer".to_owned(),
        InvokeSource::Route(key) => key,
    };
    if let Some(name @ ("connect" | "disconnect" | "default")) = key.strip_prefix('$') {
        return format!("apigateway-{name}");
    }
    let plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_';
    let name: String = key.chars().map(|sign| if plain(sign) { sign } else { '_' }).take(LONGEST).collect();
    if name == *key && !TAKEN.contains(&name.as_str()) {
        return format!("apigateway-{name}");
    }
    format!("apigateway-{name}-{}", short_digest(key, 4))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::scope, *};
    use crate::resources::policy::known_text;

    const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:demo-message";

    fn route(key: &str) -> InvokeSource {
        InvokeSource::Route(key.to_owned())
    }

    #[test]
    fn a_route_is_named_exactly() {
        let api = MaybeKnown::Known("a1b2".to_owned());
        let policy = invoke_policy(&scope(), FUNCTION, &api, "prod", &[route("$connect")]);
        // As Lambda stores AddPermission with a source ARN and account.
        let stored = r#"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"apigateway-connect",
            "Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},
            "Action":"lambda:InvokeFunction","Resource":
            "arn:aws:lambda:us-east-1:123456789012:function:demo-message","Condition":{"StringEquals":
            {"AWS:SourceAccount":"123456789012"},"ArnLike":{"AWS:SourceArn":
            "arn:aws:execute-api:us-east-1:123456789012:a1b2/prod/$connect"}}}]}"#;
        assert_eq!(Policy::parse(stored).unwrap(), policy);
    }

    #[test]
    fn an_authorizer_waits_for_its_id() {
        let api = MaybeKnown::Known("a1b2".to_owned());
        let source = InvokeSource::Authorizer(MaybeKnown::KnownAfter("api.authorizer.id".into()));
        let waiting = invoke_policy(&scope(), FUNCTION, &api, "prod", &[source]);
        assert!(known_text(&waiting).is_err());
        let source = InvokeSource::Authorizer(MaybeKnown::Known("x9".into()));
        let known = invoke_policy(&scope(), FUNCTION, &api, "prod", &[source]);
        let arn = &known.statements()["apigateway-authorizer"]["Condition"]["ArnLike"]["AWS:SourceArn"];
        assert_eq!(arn, &json!(["arn:aws:execute-api:us-east-1:123456789012:a1b2/authorizers/x9"]));
    }

    #[test]
    fn statement_ids_are_legal_and_distinct() {
        let long = "x".repeat(200);
        let keys = ["$connect", "connect", "$default", "default", "authorizer", "a b", "a_b", "a.b", &long];
        let mut sids: BTreeSet<String> = keys.iter().map(|key| statement_id(&route(key))).collect();
        sids.insert(statement_id(&InvokeSource::Authorizer(MaybeKnown::Known(String::new()))));
        assert_eq!(sids.len(), keys.len() + 1);
        let legal = |sign: char| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_';
        assert!(sids.iter().all(|sid| sid.len() <= 100 && sid.chars().all(legal)));
        assert!(sids.contains("apigateway-connect"));
    }
}
