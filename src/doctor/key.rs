//! The check of the key, without which nothing of the stack can be read.
use aws_sdk_kms::types::KeyState;

use super::{Checked, FindingLevel, checked, fine, unknown};
use crate::{
    aws::{Cx, NotFoundExt},
    manifest::types::Spec,
};

const CHECK: &str = "key";

/// Checks the state of the stack's own key, or of a given one whose ARN is in the spec.
pub(super) async fn check_key_state(cx: &Cx<'_>, spec: &Spec) -> Vec<Checked> {
    let given = spec.key.as_ref().and_then(|key| key.arn.as_ref()).and_then(|arn| arn.literal());
    let Some(id) = spec.alias().or_else(|| given.map(ToString::to_string)) else { return Vec::new() };
    let call = cx.aws.kms().describe_key().key_id(&id).send();
    let key = match cx.read(call).await.not_found_to_none() {
        Err(error) => return vec![unknown(CHECK, &error.diagnostic())],
        Ok(answer) => answer.and_then(|answer| answer.key_metadata),
    };
    let Some(key) = key else {
        let remedy = Some("`copilot-infra apply` makes the stack's own key");
        return vec![checked(CHECK, FindingLevel::Problem, format!("there is no key `{id}`"), remedy)];
    };
    let (state, remedy) = match &key.key_state {
        Some(KeyState::Enabled) => {
            return vec![fine(CHECK, format!("`{id}` is enabled"))];
        }
        Some(KeyState::PendingDeletion) => {
            let when = key.deletion_date.map(|date| date.to_string()).unwrap_or_default();
            (
                format!("will be destroyed, and all data with it: {when}"),
                "`aws kms cancel-key-deletion` keeps it",
            )
        }
        Some(KeyState::Disabled) => ("is disabled".to_owned(), "`copilot-infra apply` enables it"),
        other => (
            format!("cannot be used: {}", other.as_ref().map_or("no state", KeyState::as_str)),
            "see the key in the KMS console",
        ),
    };
    vec![checked(CHECK, FindingLevel::Problem, format!("`{id}` {state}"), Some(remedy))]
}
