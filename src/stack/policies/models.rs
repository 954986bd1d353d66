//! The Bedrock models that a function may call, directly or through inference profiles.
//!
//! A call through a profile is checked twice: on the profile, and on the model in whichever region serves it
//! (Bedrock guide, "Prerequisites for inference profiles"). The model is granted only through that profile.
use serde_json::{Value, json};

use super::statements::StatementBuilder;
use crate::{aws::AwsScope, engine::MaybeKnown, facts::MODELS};

/// Actions that call a model; `InvokeModel` covers Converse too, the second one covers `ConverseStream`.
const INVOKE: [&str; 2] = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];

/// Action that calls a model through the endpoint `bedrock-mantle`, on a project (Service authorization reference,
/// "Amazon Bedrock Powered by AWS Mantle").
const INFER: &str = "bedrock-mantle:CreateInference";
/// Actions by which the first call of a third party's model makes its agreement on AWS Marketplace (Bedrock guide,
/// "Access Amazon Bedrock foundation models").
const SUBSCRIBE: [&str; 3] =
    ["aws-marketplace:Subscribe", "aws-marketplace:Unsubscribe", "aws-marketplace:ViewSubscriptions"];

/// The resources that one model entry of the spec allows.
#[derive(Debug, PartialEq)]
struct CallableModel {
    /// ARN that the function names in its calls.
    arn: String,
    /// ARNs of the models that such a call reaches; empty for a model itself.
    behind: Vec<String>,
}

/// Adds the statements for `models`.
pub(super) fn allow_models(
    statements: &mut StatementBuilder,
    models: &[MaybeKnown<String>],
    scope: &AwsScope,
) {
    let (projects, models): (Vec<_>, Vec<_>) = models.iter().partition(|model| is_mantle_project(model));
    if !projects.is_empty() {
        let why = "`access.models`: projects of the endpoint `bedrock-mantle`";
        statements.allow(why, "ModelProjects", &[INFER], json!(projects));
    }
    if models.is_empty() {
        return;
    }
    let callables: Vec<MaybeKnown<CallableModel>> =
        models.iter().map(|model| model.map(|model| callable_model(model, scope))).collect();
    let arns: Value = callables.iter().map(|one| json!(one.map(|one| one.arn.clone()))).collect();
    statements.allow("`access.models`", "Models", &INVOKE, arns);
    for callable in &callables {
        let MaybeKnown::Known(CallableModel { arn, behind }) = callable else { continue };
        if !behind.is_empty() {
            let through = json!({ "ArnEquals": { "bedrock:InferenceProfileArn": arn } });
            let statement =
                json!({ "Effect": "Allow", "Action": INVOKE, "Resource": behind, "Condition": through });
            let why = "`access.models`: what the inference profile leads to, and only through it";
            statements.push(why, "ModelsBehindProfile", statement);
        }
    }
}

/// Lets Bedrock, and nobody else, make a model's agreement with the function's rights.
pub(super) fn allow_subscription(statements: &mut StatementBuilder) {
    let by_bedrock = json!({ "StringEquals": { "aws:CalledViaLast": "bedrock.amazonaws.com" } });
    let why = "`access.models_subscribe: true`; AWS Marketplace knows no resources for this";
    let statement =
        json!({ "Effect": "Allow", "Action": SUBSCRIBE, "Resource": "*", "Condition": by_bedrock });
    statements.push(why, "ModelAgreements", statement);
}

fn is_mantle_project(model: &MaybeKnown<String>) -> bool {
    matches!(model, MaybeKnown::Known(arn) if arn.contains(":bedrock-mantle:"))
}

fn callable_model(model: &str, scope: &AwsScope) -> CallableModel {
    let AwsScope { partition, region, .. } = scope;
    if !model.starts_with("arn:") {
        return match split_geography(model) {
            Some(_) => {
                profile_models(scope.arn("bedrock", &format!("inference-profile/{model}")), model, scope)
            }
            None => direct_model(format!("arn:{partition}:bedrock:{region}::foundation-model/{model}")),
        };
    }
    match model.split_once("inference-profile/") {
        Some((before, id)) if before.ends_with(':') => profile_models(model.to_owned(), id, scope),
        // Only AWS knows the models behind an application's own profile; the condition names the profile.
        Some(_) => CallableModel {
            arn: model.to_owned(),
            behind: vec![format!("arn:{partition}:bedrock:*::foundation-model/*")],
        },
        None => direct_model(model.to_owned()),
    }
}

/// Returns a model that is called directly.
fn direct_model(arn: String) -> CallableModel {
    CallableModel { arn, behind: Vec::new() }
}

/// Returns a cross-region profile and the models behind it.
///
/// A global one leads to the model in its own region or to an ARN without any (Bedrock guide, "Global
/// cross-Region inference"); a geographic one to any region of a list that AWS extends.
fn profile_models(arn: String, id: &str, scope: &AwsScope) -> CallableModel {
    let AwsScope { partition, region, .. } = scope;
    let (regions, model) = match split_geography(id) {
        Some(("global", model)) => (vec![region.as_str(), ""], model),
        Some((_, model)) => (vec!["*"], model),
        None => (vec!["*"], id),
    };
    let at = |region| format!("arn:{partition}:bedrock:{region}::foundation-model/{model}");
    CallableModel { arn, behind: regions.into_iter().map(at).collect() }
}

/// Returns whether an id, not an ARN, is that of a cross-region inference profile.
#[must_use]
pub fn is_profile(id: &str) -> bool {
    split_geography(id).is_some()
}

/// Returns the id of the foundation model that a model entry leads to, if the name tells: not of an application's
/// profile, a router or a model of one's own.
#[must_use]
pub fn foundation_model(name: &str) -> Option<&str> {
    let id = match name.rsplit_once('/') {
        Some((kind, id)) if kind.ends_with(":foundation-model") || kind.ends_with(":inference-profile") => id,
        Some(_) => return None,
        None => name,
    };
    Some(split_geography(id).map_or(id, |(_, model)| model))
}

/// Splits the id of a profile into its geography and its model; the ids of models start with their provider.
fn split_geography(id: &str) -> Option<(&str, &str)> {
    let is_known = |first: &str| {
        MODELS.profile_prefixes.iter().any(|known| known.prefix.strip_suffix('.') == Some(first))
    };
    id.split_once('.').filter(|(first, _)| is_known(first))
}

#[cfg(test)]
mod tests {
    use super::{super::scope, *};

    fn reached(model: &str) -> (String, Vec<String>) {
        let CallableModel { arn, behind } = callable_model(model, &scope());
        (arn, behind)
    }

    #[test]
    fn a_model_is_called_in_the_stacks_region() {
        for id in ["anthropic.claude-3-5-sonnet-20241022-v2:0", "zai.glm-4.6"] {
            let arn = format!("arn:aws:bedrock:us-east-1::foundation-model/{id}");
            assert_eq!(reached(id), (arn, vec![]));
        }
    }

    #[test]
    fn a_geographic_profile_reaches_its_model_in_any_region() {
        let (arn, behind) = reached("eu.anthropic.claude-sonnet-4-5-20250929-v1:0");
        let id = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
        assert_eq!(arn, format!("arn:aws:bedrock:us-east-1:123456789012:inference-profile/{id}"));
        let model = "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0";
        assert_eq!(behind, [model]);
    }

    #[test]
    fn a_global_profile_reaches_two_arns() {
        let (_, behind) = reached("global.amazon.nova-2-lite-v1:0");
        let model = "foundation-model/amazon.nova-2-lite-v1:0";
        let arns = [format!("arn:aws:bedrock:us-east-1::{model}"), format!("arn:aws:bedrock:::{model}")];
        assert_eq!(behind, arns);
    }

    #[test]
    fn an_arn_is_taken_as_it_is() {
        let model = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0";
        assert_eq!(reached(model), (model.to_owned(), vec![]));
        let own = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
        let any = "arn:aws:bedrock:*::foundation-model/*".to_owned();
        assert_eq!(reached(own), (own.to_owned(), vec![any]));
        let profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0";
        let model = "arn:aws:bedrock:*::foundation-model/amazon.nova-pro-v1:0".to_owned();
        assert_eq!(reached(profile), (profile.to_owned(), vec![model]));
    }

    #[test]
    fn the_model_behind_a_name_is_told() {
        let arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0";
        for name in ["amazon.nova-pro-v1:0", "eu.amazon.nova-pro-v1:0", arn] {
            assert_eq!(foundation_model(name), Some("amazon.nova-pro-v1:0"), "{name}");
        }
        let own = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
        assert_eq!(foundation_model(own), None);
    }

    #[test]
    fn projects_are_granted_for_the_other_endpoint() {
        let mut statements = StatementBuilder::default();
        let project = "arn:aws:bedrock-mantle:us-east-1:123456789012:project/default".to_owned();
        allow_models(&mut statements, &[MaybeKnown::Known(project.clone())], &scope());
        let policy = statements.into_granted().policy;
        assert_eq!(policy.statements().keys().collect::<Vec<_>>(), ["ModelProjects"]);
        assert_eq!(policy.statements()["ModelProjects"]["Resource"], json!([project]));
    }

    #[test]
    fn what_is_behind_a_profile_is_granted_through_it_only() {
        let mut statements = StatementBuilder::default();
        let models = ["amazon.nova-pro-v1:0", "us.amazon.nova-pro-v1:0"];
        allow_models(&mut statements, &models.map(|model| MaybeKnown::Known(model.to_owned())), &scope());
        let policy = statements.into_granted().policy;
        assert_eq!(policy.statements().keys().collect::<Vec<_>>(), ["Models", "ModelsBehindProfile"]);
        let through = &policy.statements()["ModelsBehindProfile"]["Condition"]["ArnEquals"];
        let profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0";
        assert_eq!(through["bedrock:InferenceProfileArn"], json!([profile]));
    }
}
