//! How long the models will be there; Bedrock itself says so.
use super::{Finding, Level, Patient};
use crate::{
    aws::{Cx, Result},
    stack::{models, policies},
};
use aws_sdk_bedrock::types::FoundationModelLifecycleStatus as Status;
use aws_smithy_types::date_time::{DateTime, Format};
use futures_util::future::{join_all, try_join_all};
use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

const CHECK: &str = "models";
/// How long before its end a model is warned of.
const NOTICE: Duration = Duration::from_hours(180 * 24);
const REMEDY: &str = "choose a newer model or inference profile in `access.models` and BEDROCK_MODEL_ID";

/// The lifecycle of every model that a function may call.
pub(super) async fn lifecycle(cx: &Cx<'_>, patient: &Patient<'_>) -> Vec<Finding> {
    let names: BTreeSet<String> =
        models(patient.loaded, patient.inputs.clone(), cx.aws).into_iter().collect();
    let looks = names.iter().map(|name| async move {
        look(cx, name).await.unwrap_or_else(|error| vec![Finding::unknown(CHECK, &error)])
    });
    join_all(looks).await.into_iter().flatten().collect()
}

async fn look(cx: &Cx<'_>, name: &str) -> Result<Vec<Finding>> {
    if !is_profile(name) {
        let call = cx.aws.bedrock().get_foundation_model().model_identifier(base(name)).send();
        return match cx.read("bedrock:GetFoundationModel", call).await {
            Ok(answer) => Ok(answer
                .model_details
                .map(|model| judge(name, model.model_lifecycle()))
                .into_iter()
                .collect()),
            Err(error) if error.is_not_found() || error.code() == "ValidationException" => {
                Ok(vec![absent(name, cx)])
            }
            Err(error) => Err(error),
        };
    }
    let call = cx.aws.bedrock().get_inference_profile().inference_profile_identifier(name).send();
    let profile = match cx.read("bedrock:GetInferenceProfile", call).await {
        Err(error) if error.is_not_found() || error.code() == "ValidationException" => {
            return Ok(vec![absent(name, cx)]);
        }
        profile => profile?,
    };
    let behind: BTreeSet<&str> =
        profile.models().iter().filter_map(|model| model.model_arn()).map(base).collect();
    let looks = behind.into_iter().map(|model| async move {
        let call = cx.aws.bedrock().get_foundation_model().model_identifier(model).send();
        let details = cx.read("bedrock:GetFoundationModel", call).await?.model_details;
        Ok(details.map(|details| judge(&format!("{model}` behind `{name}"), details.model_lifecycle())))
    });
    Ok(try_join_all(looks).await?.into_iter().flatten().collect())
}

/// The id that an ARN ends in, or the id itself.
fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// A profile's id starts with a geography, as in `us.anthropic.…`, where a model's starts with its provider.
fn is_profile(name: &str) -> bool {
    name.contains("inference-profile/") || policies::is_profile(name)
}

fn absent(name: &str, cx: &Cx<'_>) -> Finding {
    let message = format!("Bedrock knows no `{name}` in {}", cx.aws.region);
    Finding::new(CHECK, Level::Problem, message, Some(REMEDY))
}

fn judge(name: &str, life: Option<&aws_sdk_bedrock::types::FoundationModelLifecycle>) -> Finding {
    let Some(life) = life else { return Finding::fine(CHECK, format!("`{name}` has no end in sight")) };
    let day =
        |date: &DateTime| date.fmt(Format::DateTime).unwrap_or_default().chars().take(10).collect::<String>();
    let end = life.end_of_life_time();
    let left = end
        .and_then(|end| SystemTime::try_from(*end).ok())
        .map(|end| end.duration_since(SystemTime::now()).unwrap_or_default());
    let until = end.map(|end| format!(", end of life on {}", day(end))).unwrap_or_default();
    match (life.status(), left) {
        (_, Some(Duration::ZERO)) => {
            Finding::new(CHECK, Level::Problem, format!("`{name}` is past its end{until}"), Some(REMEDY))
        }
        (Status::Legacy, _) => {
            Finding::new(CHECK, Level::Warning, format!("`{name}` is legacy{until}"), Some(REMEDY))
        }
        (_, Some(left)) if left < NOTICE => {
            Finding::new(CHECK, Level::Warning, format!("`{name}` is active{until}"), Some(REMEDY))
        }
        _ => Finding::fine(CHECK, format!("`{name}` is active{until}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_bedrock::types::FoundationModelLifecycle;

    fn level(status: Status, days: Option<i64>) -> Level {
        let now = SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let end = days.map(|days| DateTime::from_secs(i64::try_from(now).unwrap() + days * 86_400));
        let life =
            FoundationModelLifecycle::builder().status(status).set_end_of_life_time(end).build().unwrap();
        judge("m", Some(&life)).level
    }

    #[test]
    fn an_end_is_warned_of_half_a_year_before() {
        assert_eq!(level(Status::Active, None), Level::Fine);
        assert_eq!(level(Status::Active, Some(400)), Level::Fine);
        assert_eq!(level(Status::Active, Some(100)), Level::Warning);
        assert_eq!(level(Status::Legacy, Some(400)), Level::Warning);
        assert_eq!(level(Status::Legacy, Some(-1)), Level::Problem);
    }

    #[test]
    fn profiles_are_told_from_models() {
        assert!(is_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0"));
        assert!(is_profile("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"));
        assert!(!is_profile("anthropic.claude-3-5-sonnet-20241022-v2:0"));
        assert!(!is_profile("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"));
    }
}
