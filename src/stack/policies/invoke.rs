//! The resource policy of a function: who may invoke it.
use serde_json::{Value, json};

use super::OtherCaller;
use crate::{aws::AwsScope, digest::short_digest, engine::MaybeKnown, facts::LIMITS, iam::Policy};

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

/// Bytes of a function's policy that stay free, so that the policy of one form can be turned into the other one
/// statement at a time.
const RESERVE: usize = 1024;
/// A placeholder as long as the ids of APIs and authorizers, which AWS generates.
const AN_ID: &str = "0000000000";

/// Lets a stage of an API call a function, each source by a statement of its own if all of them fit into the policy, else
/// all routes of the stage by one; `others` are let call it as well.
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
    others: &[OtherCaller],
) -> Policy {
    let statement = |sid: &str, path: MaybeKnown<String>| {
        let api = api.map(|api| scope.arn("execute-api", &format!("{api}/")));
        invoke_statement(scope, function_arn, sid, &MaybeKnown::concat([api, path]))
    };
    let exact = |source: &InvokeSource| {
        let path = match source {
            InvokeSource::Route(key) => MaybeKnown::Known(format!("{stage}/{key}")),
            InvokeSource::Authorizer(id) => id.map(|id| format!("authorizers/{id}")),
        };
        statement(&statement_id(source), path)
    };
    let callers = others.iter().map(|caller| caller.statement(scope, function_arn));
    let is_route = |source: &&InvokeSource| matches!(source, InvokeSource::Route(_));
    let shared = sources.iter().any(|source| is_route(&source))
        && !has_room_for_each(scope, function_arn, stage, sources, others);
    let own = sources.iter().filter(|source| !shared || !is_route(source)).map(exact);
    let routes = shared.then(|| statement("apigateway-routes", MaybeKnown::Known(format!("{stage}/*"))));
    Policy::new(own.chain(routes).chain(distinct(callers)))
}

/// Drops statements that occur twice: a caller may be written more than once.
fn distinct(statements: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut all = Vec::new();
    for statement in statements {
        if !all.contains(&statement) {
            all.push(statement);
        }
    }
    all
}

/// Returns whether a function's policy has room for a statement for each source (Lambda guide, "Lambda quotas").
#[must_use]
pub fn has_room_for_each(
    scope: &AwsScope,
    function_arn: &str,
    stage: &str,
    sources: &[InvokeSource],
    others: &[OtherCaller],
) -> bool {
    let sizes = sources.iter().map(|source| {
        let path = match source {
            InvokeSource::Route(key) => format!("{AN_ID}/{stage}/{key}"),
            InvokeSource::Authorizer(_) => format!("{AN_ID}/authorizers/{AN_ID}"),
        };
        let arn = MaybeKnown::Known(scope.arn("execute-api", &path));
        invoke_statement(scope, function_arn, &statement_id(source), &arn).to_string().len() + ",".len()
    });
    sizes.sum::<usize>() + callers_size(scope, function_arn, others) + RESERVE
        <= *LIMITS.function_policy_bytes
}

/// Returns the bytes that the statements of `others` take in a function's policy.
#[must_use]
pub fn callers_size(scope: &AwsScope, function_arn: &str, others: &[OtherCaller]) -> usize {
    let statements = distinct(others.iter().map(|caller| caller.statement(scope, function_arn)));
    statements.iter().map(|statement| statement.to_string().len() + ",".len()).sum()
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
        let policy = invoke_policy(&scope(), FUNCTION, &api, "prod", &[route("$connect")], &[]);
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
    fn more_routes_than_the_policy_holds_share_one_statement() {
        let api = MaybeKnown::Known("a1b2".to_owned());
        let sids = |count: usize| {
            let routes = (0..count).map(|number| route(&format!("route-{number:03}")));
            let authorizer = InvokeSource::Authorizer(MaybeKnown::Known("x9".into()));
            let sources: Vec<_> = routes.chain([authorizer]).collect();
            let policy = invoke_policy(&scope(), FUNCTION, &api, "prod", &sources, &[]);
            assert!(policy.document().to_string().len() <= *LIMITS.function_policy_bytes);
            policy.statements().keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(sids(40).len(), 41);
        assert_eq!(sids(100), ["apigateway-authorizer", "apigateway-routes"]);
    }

    #[test]
    fn an_authorizer_waits_for_its_id() {
        let api = MaybeKnown::Known("a1b2".to_owned());
        let source = InvokeSource::Authorizer(MaybeKnown::KnownAfter("api.authorizer.id".into()));
        let waiting = invoke_policy(&scope(), FUNCTION, &api, "prod", &[source], &[]);
        assert!(known_text(&waiting).is_err());
        let source = InvokeSource::Authorizer(MaybeKnown::Known("x9".into()));
        let known = invoke_policy(&scope(), FUNCTION, &api, "prod", &[source], &[]);
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
