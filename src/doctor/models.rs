//! How long the models will be there; Bedrock itself says so.
use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use aws_config::Region;
use aws_sdk_bedrock::types::{FoundationModelDetails, FoundationModelLifecycleStatus as Status};
use futures_util::future::{join_all, try_join_all};

use super::{Checked, DoctorContext, FindingLevel, checked, fine, unknown, warned};
use crate::{
    aws::{Cx, Error, Result},
    stack::{ModelCall, called_models, policies},
    time::format_date,
};

const CHECK: &str = "models";
/// How long before a model's end of life the check warns.
const NOTICE: Duration = Duration::from_hours(180 * 24);
const REMEDY: &str = "choose a newer model or inference profile in `access.models` and BEDROCK_MODEL_ID";

/// Checks the lifecycle of every model that a function may call, with the spec's own rules for models that Bedrock
/// has no information about.
pub(super) async fn check_model_lifecycles(cx: &Cx<'_>, context: &DoctorContext<'_>) -> Vec<Checked> {
    let calls = called_models(context.loaded, context.inputs.clone(), cx.aws);
    let looks = calls.iter().map(|call| async move {
        check_model(cx, call, context.local)
            .await
            .unwrap_or_else(|error| vec![unknown(CHECK, &error.diagnostic())])
    });
    let mut found: Vec<Checked> = join_all(looks).await.into_iter().flatten().collect();
    let is_warned = |name: &str| {
        found
            .iter()
            .any(|(level, one)| *level >= FindingLevel::Warning && one.message.contains(&format!("`{name}`")))
    };
    let old = context.loaded.warnings.iter().filter(|one| one.rule() == Some("old-model"));
    let told =
        |message: &str| calls.iter().any(|ModelCall { name, .. }| message.contains(name) && is_warned(name));
    let rest: Vec<_> = old.filter(|one| !told(&one.message)).map(|one| warned(CHECK, one)).collect();
    found.extend(rest);
    found
}

/// `local` clouds take any model for granted, and know no profile.
async fn check_model(cx: &Cx<'_>, call: &ModelCall, local: bool) -> Result<Vec<Checked>> {
    let ModelCall { name, region } = call;
    let there = || aws_sdk_bedrock::config::Builder::new().region(Region::new(region.clone()));
    let model = async |id: &str| {
        let call = cx.aws.bedrock().get_foundation_model().model_identifier(id);
        let call = call.customize().config_override(there()).send();
        Ok(cx.read(call).await?.model_details)
    };
    let absent = |error: Error| {
        let unknown = error.is_not_found() || error.code() == "ValidationException";
        if unknown { Ok(vec![unknown_model_finding(call)]) } else { Err(error) }
    };
    if !is_profile(name) {
        return match model(model_id(name)).await {
            Ok(details) => {
                Ok(details.map(|model| judge_lifecycle(name, model.model_lifecycle())).into_iter().collect())
            }
            Err(error) => absent(error),
        };
    }
    if local {
        let message = format!("`{name}`: the local cloud knows no inference profiles");
        return Ok(vec![checked(CHECK, FindingLevel::Unknown, message, None)]);
    }
    let profile = cx.aws.bedrock().get_inference_profile().inference_profile_identifier(name);
    let profile = profile.customize().config_override(there()).send();
    let profile = match cx.read(profile).await {
        Ok(profile) => profile,
        Err(error) => return absent(error),
    };
    let behind: BTreeSet<&str> =
        profile.models().iter().filter_map(|model| model.model_arn()).map(model_id).collect();
    let looks = behind.into_iter().map(|id| {
        let details = model(id);
        async move {
            let judged = |details: FoundationModelDetails| {
                judge_lifecycle(&format!("{id}` behind `{name}"), details.model_lifecycle())
            };
            Ok(details.await?.map(judged))
        }
    });
    Ok(try_join_all(looks).await?.into_iter().flatten().collect())
}

/// The id that an ARN ends in, or the id itself.
fn model_id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// A profile's id starts with a geography, as in `us.anthropic.…`, where a model's starts with its provider.
fn is_profile(name: &str) -> bool {
    name.contains("inference-profile/") || policies::is_profile(name)
}

fn unknown_model_finding(ModelCall { name, region }: &ModelCall) -> Checked {
    let message = format!("Bedrock knows no `{name}` in {region}");
    checked(CHECK, FindingLevel::Problem, message, Some(REMEDY))
}

fn judge_lifecycle(name: &str, life: Option<&aws_sdk_bedrock::types::FoundationModelLifecycle>) -> Checked {
    let Some(life) = life else { return fine(CHECK, format!("`{name}` has no end in sight")) };
    let end = life.end_of_life_time();
    let left = end
        .and_then(|end| SystemTime::try_from(*end).ok())
        .map(|end| end.duration_since(SystemTime::now()).unwrap_or_default());
    let until = end.map(|end| format!(", end of life on {}", format_date(*end))).unwrap_or_default();
    match (life.status(), left) {
        (_, Some(Duration::ZERO)) => {
            checked(CHECK, FindingLevel::Problem, format!("`{name}` is past its end{until}"), Some(REMEDY))
        }
        (Status::Legacy, _) => {
            checked(CHECK, FindingLevel::Warning, format!("`{name}` is legacy{until}"), Some(REMEDY))
        }
        (_, Some(left)) if left < NOTICE => {
            checked(CHECK, FindingLevel::Warning, format!("`{name}` is active{until}"), Some(REMEDY))
        }
        _ => fine(CHECK, format!("`{name}` is active{until}")),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_bedrock::types::FoundationModelLifecycle;
    use aws_smithy_types::DateTime;

    use super::*;

    fn level(status: Status, days: Option<i64>) -> FindingLevel {
        let now = SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let end = days.map(|days| DateTime::from_secs(i64::try_from(now).unwrap() + days * 86_400));
        let life =
            FoundationModelLifecycle::builder().status(status).set_end_of_life_time(end).build().unwrap();
        judge_lifecycle("m", Some(&life)).0
    }

    #[test]
    fn an_end_is_warned_of_half_a_year_before() {
        assert_eq!(level(Status::Active, None), FindingLevel::Fine);
        assert_eq!(level(Status::Active, Some(400)), FindingLevel::Fine);
        assert_eq!(level(Status::Active, Some(100)), FindingLevel::Warning);
        assert_eq!(level(Status::Legacy, Some(400)), FindingLevel::Warning);
        assert_eq!(level(Status::Legacy, Some(-1)), FindingLevel::Problem);
    }

    #[test]
    fn profiles_are_told_from_models() {
        assert!(is_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0"));
        assert!(is_profile("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"));
        assert!(!is_profile("anthropic.claude-3-5-sonnet-20241022-v2:0"));
        assert!(!is_profile("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"));
    }
}
