//! Whether a key that bears the stack's tags is one of the tool's making: whoever may tag can plant one.
use aws_sdk_kms::types::GrantListEntry;

use super::{Key, authorization::retry_while_new};
use crate::{
    aws::{Cx, Error, Result},
    engine::Live,
};

/// Returns a warning of grants by which others may use a key of the stack's, or that they may not be read.
pub(super) async fn grant_warning(cx: &Cx<'_>, key: &str) -> Result<Option<String>> {
    match grants_to_others(cx, key).await {
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) if error.is_denied() => Ok(Some(
            "whether grants let others use the key cannot be told: `kms:ListGrants` is denied".into(),
        )),
        others => {
            let others = others?;
            let grantees = others.join("`, `");
            Ok((!others.is_empty()).then(|| {
                format!(
                    "grants let `{grantees}` use the key: see `aws kms list-grants --key-id {key}`; `aws kms \
                     revoke-grant` ends one"
                )
            }))
        }
    }
}

/// Returns the principals outside the account, other than AWS's services, that grants let use a key.
///
/// # Errors
/// Any error of the read.
async fn grants_to_others(cx: &Cx<'_>, key: &str) -> Result<Vec<String>> {
    let pages = cx.aws.kms().list_grants().key_id(key).into_paginator().items().send().try_collect();
    let grants: Vec<GrantListEntry> = cx.read(pages).await?;
    let grantees = grants.into_iter().filter_map(|grant| grant.grantee_principal);
    Ok(grantees.filter(|grantee| is_other(grantee, &cx.aws.account)).collect())
}

/// Returns whether a grantee is neither of the account nor a service: the grants of `DynamoDB` name the service, those
/// of Lambda the functions' roles (KMS guide, "Grants in AWS KMS").
fn is_other(grantee: &str, account: &str) -> bool {
    let owner = grantee.strip_prefix("arn:").map(|rest| rest.split(':').nth(3).unwrap_or_default());
    owner.is_some_and(|owner| owner != account)
}

/// Returns why a key that was found by its tags must not be taken over, if so, and the remedy.
///
/// # Errors
/// Any error of a read.
pub(super) async fn distrust(key: &Key, cx: &Cx<'_>, live: &Live<Key>) -> Result<Option<(String, String)>> {
    if live.refusal.is_some() {
        return Ok(live.refusal.clone());
    }
    let id = live.attrs.id.require_known()?;
    let arn = live.attrs.arn.require_known()?;
    let grants = retry_while_new(cx, Some(arn), async || grants_to_others(cx, id).await).await?;
    let why = match grants.first() {
        Some(grantee) => Some(format!("a grant lets `{grantee}` use it")),
        // One that goes by an alias is in use, and its policy is mended like any other.
        None if live.props.alias.is_empty() => foreign_creation(key, live),
        None => None,
    };
    Ok(why.map(|why| refusal(id, &why)))
}

/// Returns what of a key without an alias no run of this stack would have sent.
///
/// A statement of an earlier spec may be in its policy, but none that names anybody beside the account and AWS's
/// services.
fn foreign_creation(key: &Key, live: &Live<Key>) -> Option<String> {
    let (description, policy) = key.creation.as_ref()?;
    if live.props.description != *description {
        return Some(format!("its description is not `{description}`"));
    }
    let sent = policy.statements();
    let root = sent.get("Account").map(|statement| &statement["Principal"]);
    let foreign = live.props.policy.statements().iter().find(|(sid, statement)| {
        let who = &statement["Principal"];
        let service = who.as_object().is_some_and(|kinds| kinds.keys().eq(["Service"]));
        sent.get(*sid) != Some(*statement) && Some(who) != root && !service
    });
    foreign.map(|(sid, _)| format!("the statement `{sid}` of its policy is not this stack's"))
}

/// Returns the refusal to use a key, with its remedy.
pub(super) fn refusal(id: &str, why: &str) -> (String, String) {
    let reason = format!("the key `{id}` bears this stack's tags, but {why}: somebody may have planted it");
    let remedy = format!(
        "if it is not yours, take its tags off (`aws kms untag-resource --key-id {id} --tag-keys {}`) or schedule its deletion; if it is, remove what is named here",
        crate::aws::tags::STACK
    );
    (reason, remedy)
}

/// Returns a refusal as the error of a run that finds the key only while it applies.
pub(super) fn refused((reason, remedy): (String, String)) -> Error {
    Error::InvalidState(format!("{reason}; {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::is_other;

    #[test]
    fn services_and_the_accounts_own_roles_are_no_others() {
        let account = "123456789012";
        for (grantee, other) in [
            ("dynamodb.us-east-1.amazonaws.com", false),
            ("arn:aws:iam::123456789012:role/copilot-infra/demo/us-east-1/demo-chat", false),
            ("arn:aws:sts::123456789012:assumed-role/demo-chat/demo-chat", false),
            ("arn:aws:iam::999999999999:role/reader", true),
            ("arn:aws:iam::999999999999:root", true),
        ] {
            assert_eq!(is_other(grantee, account), other, "{grantee}");
        }
    }
}
