//! How long the models will be there; Bedrock itself says so.
use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use aws_config::Region;
use aws_sdk_bedrock::types::{
    FoundationModelDetails, FoundationModelLifecycle, FoundationModelLifecycleStatus as Status, InferenceType,
};
use aws_smithy_types::DateTime;
use futures_util::future::{join_all, try_join_all};

use super::{Checked, DoctorContext, FindingLevel, checked, fine, unknown, warned};
use crate::{
    aws::{Cx, Error, Result},
    facts::MODELS,
    stack::{ModelCall, called_models, policies},
    time::{format_date, parse_timestamp},
};

const CHECK: &str = "models";
/// How long before a model becomes legacy the check warns.
const LOOK_AHEAD: Duration = Duration::from_hours(30 * 24);
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
            Ok(details) => Ok(details.iter().flat_map(|model| judge_model(name, model)).collect()),
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
                judge_lifecycle(
                    &format!("{id}` behind `{name}"),
                    details.model_lifecycle(),
                    SystemTime::now(),
                )
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
pub(super) fn is_profile(name: &str) -> bool {
    name.contains("inference-profile/") || policies::is_profile(name)
}

fn unknown_model_finding(ModelCall { name, region }: &ModelCall) -> Checked {
    let message = format!("Bedrock knows no `{name}` in {region}");
    checked(CHECK, FindingLevel::Problem, message, Some(REMEDY))
}

/// Judges a model that is called by its own id.
fn judge_model(name: &str, model: &FoundationModelDetails) -> Vec<Checked> {
    let types = model.inference_types_supported();
    let on_demand = types.is_empty() || types.contains(&InferenceType::OnDemand);
    let through_profile = (!on_demand).then(|| {
        let message = format!("`{name}` answers through an inference profile only");
        let remedy =
            "write the profile, such as `us.…` or `global.…`, in `access.models` and BEDROCK_MODEL_ID";
        checked(CHECK, FindingLevel::Problem, message, Some(remedy))
    });
    let life = judge_lifecycle(name, model.model_lifecycle(), SystemTime::now());
    std::iter::once(life).chain(through_profile).collect()
}

/// Judges the life of a model by its own dates (Bedrock guide, "Model lifecycle").
fn judge_lifecycle(name: &str, life: Option<&FoundationModelLifecycle>, now: SystemTime) -> Checked {
    let Some(life) = life else { return fine(CHECK, format!("`{name}` has no end in sight")) };
    let moment = |time: Option<&DateTime>| time.and_then(|time| SystemTime::try_from(*time).ok());
    let is_past = |time: Option<&DateTime>| moment(time).is_some_and(|time| time <= now);
    let on = |what: &str, time: Option<&DateTime>| {
        time.map(|time| format!(", {what} {}", format_date(*time))).unwrap_or_default()
    };
    let end = life.end_of_life_time();
    let until = on("end of life on", end);
    let warn = |message: String| checked(CHECK, FindingLevel::Warning, message, Some(REMEDY));
    if is_past(end) {
        return checked(
            CHECK,
            FindingLevel::Problem,
            format!("`{name}` is past its end{until}"),
            Some(REMEDY),
        );
    }
    if life.status() == &Status::Legacy || is_past(life.legacy_time()) {
        let dearer = on("at the provider's extended price from", life.public_extended_access_time());
        return warn(format!("`{name}` is legacy{dearer}{until}"));
    }
    let legacy = on("legacy from", life.legacy_time());
    let begins = moment(life.legacy_time()).or_else(|| Some(moment(end)? - legacy_period(life)));
    if begins.is_some_and(|begins| begins <= now + LOOK_AHEAD) {
        return warn(format!("`{name}` is active{legacy}{until}"));
    }
    fine(CHECK, format!("`{name}` is active{legacy}{until}"))
}

/// Returns the time between a model's legacy state and its end, the shorter one where it may be that.
fn legacy_period(life: &FoundationModelLifecycle) -> Duration {
    let short = parse_timestamp(&format!("{}T00:00:00Z", *MODELS.short_legacy_since));
    let began = life.start_of_life_time().and_then(|time| SystemTime::try_from(*time).ok());
    let days = if began >= short { *MODELS.short_legacy_days } else { *MODELS.legacy_days };
    Duration::from_hours(24 * days)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    /// The level and the words of a model's life, all of whose days count from the moment it is looked at.
    fn judged(
        status: Status,
        start: Option<i64>,
        legacy: Option<i64>,
        end: Option<i64>,
    ) -> (FindingLevel, String) {
        let now = parse_timestamp("2026-11-29T00:00:00Z").unwrap();
        let at = |days: Option<i64>| {
            days.map(|days| {
                DateTime::from_secs(DateTime::from(now).secs() + days * i64::try_from(DAY).unwrap())
            })
        };
        let life = FoundationModelLifecycle::builder().status(status).set_start_of_life_time(at(start));
        let life = life.set_legacy_time(at(legacy)).set_end_of_life_time(at(end)).build().unwrap();
        let (level, said) = judge_lifecycle("m", Some(&life), now);
        (level, said.message)
    }

    #[test]
    fn a_model_is_judged_by_its_own_dates() {
        let level = |status, start, legacy, end| judged(status, start, legacy, end).0;
        assert_eq!(level(Status::Active, None, None, None), FindingLevel::Fine);
        assert_eq!(level(Status::Active, Some(-400), None, Some(400)), FindingLevel::Fine);
        assert_eq!(level(Status::Active, Some(-400), None, Some(170)), FindingLevel::Warning);
        // Launched since September 2026: its legacy period may be no longer than 45 days.
        assert_eq!(level(Status::Active, Some(-60), None, Some(170)), FindingLevel::Fine);
        assert_eq!(level(Status::Active, Some(-60), None, Some(60)), FindingLevel::Warning);
        assert_eq!(level(Status::Active, Some(-60), Some(100), Some(280)), FindingLevel::Fine);
        assert_eq!(level(Status::Active, Some(-60), Some(20), Some(200)), FindingLevel::Warning);
        assert_eq!(level(Status::Legacy, None, None, Some(400)), FindingLevel::Warning);
        assert_eq!(level(Status::Legacy, None, None, Some(-1)), FindingLevel::Problem);
        let (_, words) = judged(Status::Active, None, Some(-1), Some(179));
        assert_eq!(words, "`m` is legacy, end of life on 2027-05-27");
    }

    #[test]
    fn profiles_are_told_from_models() {
        assert!(is_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0"));
        assert!(is_profile("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"));
        assert!(!is_profile("anthropic.claude-3-5-sonnet-20241022-v2:0"));
        assert!(!is_profile("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"));
    }
}
