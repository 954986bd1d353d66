//! Whether the account may call the models of the stack: Bedrock itself says so.
//!
//! The first call of a third party's model makes an agreement on AWS Marketplace with the rights of the caller, which a
//! function's role does not have; calls may be answered for some minutes before they are denied (Bedrock guide, "Access
//! Amazon Bedrock foundation models").
use std::collections::{BTreeMap, BTreeSet};

use aws_config::Region;
use aws_sdk_bedrock::{
    operation::get_foundation_model_availability::GetFoundationModelAvailabilityOutput,
    types::{
        AgreementAvailability, AgreementStatus, AuthorizationStatus, EntitlementAvailability,
        RegionAvailability,
    },
};
use futures_util::future::join_all;

use super::{Checked, FindingLevel, checked, fine, models::is_profile, unknown};
use crate::{
    aws::{Cx, Result},
    stack::{ModelCall, policies},
};

const CHECK: &str = "model access";
const REMEDY: &str = "an administrator opens the model once in the model catalog of the Bedrock console (Anthropic asks for \
                      a use case there), or calls it once; `access.models_subscribe: true` lets the function do it";

/// Checks whether the account has what each model needs before its first call.
pub(super) async fn check_model_access(cx: &Cx<'_>, calls: &BTreeSet<ModelCall>) -> Vec<Checked> {
    let asked = ask_all(cx, calls).await.into_iter().map(|(model, answer)| match answer {
        Err(error) => unknown(CHECK, &error.diagnostic()),
        Ok(missing) if missing.is_empty() => fine(CHECK, format!("`{model}` may be called")),
        Ok(missing) => checked(CHECK, FindingLevel::Warning, missing_message(&model, &missing), Some(REMEDY)),
    });
    asked.collect()
}

/// Returns what is missing before the models of a stack can be called; nothing where Bedrock does not say.
pub async fn missing_model_access(cx: &Cx<'_>, calls: &BTreeSet<ModelCall>) -> Vec<String> {
    let asked = ask_all(cx, calls).await.into_iter();
    let missing =
        asked.filter_map(|(model, answer)| Some((model, answer.ok().filter(|all| !all.is_empty())?)));
    missing.map(|(model, missing)| format!("{}: {REMEDY}", missing_message(&model, &missing))).collect()
}

fn missing_message(model: &str, missing: &[&str]) -> String {
    format!("this account cannot call `{model}` for long: {}", missing.join(", "))
}

/// Asks about each model once.
async fn ask_all(cx: &Cx<'_>, calls: &BTreeSet<ModelCall>) -> Vec<(String, Result<Vec<&'static str>>)> {
    // Whether the region has the model is no matter for a profile, which leads to others.
    let models: BTreeMap<(&str, &str), bool> = calls
        .iter()
        .filter_map(|call| {
            let model = policies::foundation_model(&call.name)?;
            Some(((model, call.region.as_str()), !is_profile(&call.name)))
        })
        .collect();
    let asked = models.into_iter().map(|((model, region), direct)| async move {
        let call = cx.aws.bedrock().get_foundation_model_availability().model_id(model);
        let there = aws_sdk_bedrock::config::Builder::new().region(Region::new(region.to_owned()));
        let answer = cx.read(call.customize().config_override(there).send()).await;
        (model.to_owned(), answer.map(|answer| missing_of(&answer, direct)))
    });
    join_all(asked).await
}

fn missing_of(answer: &GetFoundationModelAvailabilityOutput, direct: bool) -> Vec<&'static str> {
    let agreement = answer.agreement_availability().map(AgreementAvailability::status);
    let agreed = matches!(agreement, None | Some(AgreementStatus::Available | AgreementStatus::Pending));
    [
        (!agreed, "its agreement on AWS Marketplace is not made"),
        (
            answer.authorization_status() == &AuthorizationStatus::NotAuthorized,
            "the account is not authorized",
        ),
        (
            answer.entitlement_availability() == &EntitlementAvailability::NotAvailable,
            "the account is not entitled to it",
        ),
        (
            direct && answer.region_availability() == &RegionAvailability::NotAvailable,
            "the region does not have it",
        ),
    ]
    .into_iter()
    .filter_map(|(missing, words)| missing.then_some(words))
    .collect()
}
