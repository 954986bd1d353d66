//! Bedrock's control plane, as far as it is used: some models, the lives of them, and whether the account may call them.
use std::collections::BTreeSet;

use crate::{
    call::Call,
    reply::{Answer, refusal},
};
use serde_json::{Value, json};

/// What the account has agreed to.
#[derive(Clone, Default)]
pub(crate) struct Bedrock {
    /// Ids of the models whose agreement on AWS Marketplace is made.
    agreed: BTreeSet<String>,
}

/// A model: its id, the ways in which it may be called, its life, and whether it is sold on AWS Marketplace.
struct Model {
    id: &'static str,
    types: &'static [&'static str],
    life: fn() -> Value,
    sold: bool,
}

/// Models of each kind of life (Bedrock guide, "Model lifecycle", and the cards of the models).
const MODELS: [Model; 4] = [
    Model {
        id: "anthropic.claude-sonnet-5-5",
        types: &["ON_DEMAND", "INFERENCE_PROFILE"],
        life: || json!({ "status": "ACTIVE", "startOfLifeTime": "2026-09-28T00:00:00Z" }),
        sold: true,
    },
    Model {
        id: "anthropic.claude-sonnet-4-6",
        types: &["INFERENCE_PROFILE"],
        life: || json!({ "status": "ACTIVE" }),
        sold: true,
    },
    Model {
        id: "anthropic.claude-opus-4-1-20250805-v1:0",
        types: &["INFERENCE_PROFILE"],
        life: || {
            json!({
                "status": "LEGACY",
                "startOfLifeTime": "2025-08-05T00:00:00Z",
                "legacyTime": "2026-07-08T00:00:00Z",
                "publicExtendedAccessTime": "2026-10-08T00:00:00Z",
                "endOfLifeTime": "2227-01-08T00:00:00Z",
            })
        },
        sold: true,
    },
    Model {
        id: "amazon.nova-pro-v1:0",
        types: &["ON_DEMAND"],
        life: || json!({ "status": "ACTIVE" }),
        sold: false,
    },
];

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "GetFoundationModel" => foundation_model(call),
        "GetFoundationModelAvailability" => availability(call),
        "GetInferenceProfile" => profile(call),
        "CreateFoundationModelAgreement" => agree(call),
        _ => super::unknown(call),
    }
}

fn find(id: &str) -> Result<&'static Model, crate::reply::Refusal> {
    MODELS.iter().find(|model| model.id == id).ok_or_else(|| {
        refusal(404, "ResourceNotFoundException", "The provided model identifier is not found.")
    })
}

fn arn(call: &Call<'_>, id: &str) -> String {
    format!("arn:{}:bedrock:{}::foundation-model/{id}", call.partition(), call.region)
}

/// The resource that a permission is asked for on; none for what is asked of the account (Service authorization
/// reference, "Amazon Bedrock").
pub(crate) fn resource(call: &Call<'_>) -> String {
    match (call.operation, call.text("modelId"), call.text("inferenceProfileIdentifier")) {
        ("GetFoundationModel", Some(id), _) => arn(call, id),
        (_, _, Some(id)) => call.arn("bedrock", &format!("inference-profile/{id}")),
        _ => "*".to_owned(),
    }
}

fn foundation_model(call: &Call<'_>) -> Answer {
    let model = find(call.text("modelId").unwrap_or_default())?;
    Ok(json!({ "modelDetails": {
        "modelArn": arn(call, model.id),
        "modelId": model.id,
        "inferenceTypesSupported": model.types,
        "modelLifecycle": (model.life)(),
    }}))
}

/// Says what the account has: a model that is sold is called by agreement only.
fn availability(call: &Call<'_>) -> Answer {
    let model = find(call.text("modelId").unwrap_or_default())?;
    let agreed = !model.sold || call.here.bedrock.agreed.contains(model.id);
    Ok(json!({
        "modelId": model.id,
        "agreementAvailability": { "status": if agreed { "AVAILABLE" } else { "NOT_AVAILABLE" } },
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": if agreed { "AVAILABLE" } else { "NOT_AVAILABLE" },
        "regionAvailability": "AVAILABLE",
    }))
}

fn profile(call: &Call<'_>) -> Answer {
    let id = call.text("inferenceProfileIdentifier").unwrap_or_default();
    let id = id.rsplit('/').next().unwrap_or(id);
    let model = find(id.split_once('.').map_or(id, |(_, model)| model))?;
    Ok(json!({
        "inferenceProfileArn": call.arn("bedrock", &format!("inference-profile/{id}")),
        "inferenceProfileId": id,
        "inferenceProfileName": id,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
        "models": [{ "modelArn": arn(call, model.id) }],
    }))
}

fn agree(call: &mut Call<'_>) -> Answer {
    let id = find(call.text("modelId").unwrap_or_default())?.id;
    call.here.bedrock.agreed.insert(id.to_owned());
    Ok(json!({ "modelId": id }))
}
