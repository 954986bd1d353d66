//! Reads live keys.
use std::sync::Arc;

use aws_sdk_kms::types::{KeyMetadata, KeySpec, KeyState, KeyUsageType, OriginType};
use aws_smithy_types::DateTime;

use super::{
    Attrs, Key, KeyStatus, Props, aliases,
    authorization::{self, retry_while_new},
    ownership,
};
use crate::{
    aws::{
        Cx, Error, NotFoundExt, Operation, Result, require_field,
        tags::{self, Owner, owner_of_tags},
    },
    engine::{Live, MaybeKnown},
    iam::Policy,
    resources::policy,
};

/// The metadata of a key, as one `DescribeKey` call returns it.
#[derive(Clone, Debug)]
pub(super) struct DescribedKey {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) state: KeyStatus,
    description: String,
    /// What no key of the tool's making is like, in words.
    oddity: Option<&'static str>,
    created: Option<DateTime>,
}

impl From<KeyMetadata> for DescribedKey {
    fn from(key: KeyMetadata) -> Self {
        let oddity = oddity(&key);
        let state = match key.key_state {
            // The first two states pass by themselves within seconds.
            Some(KeyState::Creating | KeyState::Updating | KeyState::Enabled) => KeyStatus::Enabled,
            Some(KeyState::Disabled) => KeyStatus::Disabled,
            Some(KeyState::PendingDeletion) => KeyStatus::PendingDeletion,
            other => KeyStatus::Unusable(other.map_or("unknown".into(), |state| state.as_str().to_owned())),
        };
        let (arn, description) = (key.arn.unwrap_or_default(), key.description.unwrap_or_default());
        Self { id: key.key_id, arn, state, description, oddity, created: key.creation_date }
    }
}

/// Returns what sets a key apart from those that the tool makes: symmetric, and of material that nobody else knows
/// (KMS API reference, `KeyMetadata`).
fn oddity(key: &KeyMetadata) -> Option<&'static str> {
    if key.origin.as_ref().is_some_and(|origin| *origin != OriginType::AwsKms) {
        Some("its key material does not come from KMS, so others may know it")
    } else if key.key_spec.as_ref().is_some_and(|spec| *spec != KeySpec::SymmetricDefault)
        || key.key_usage.as_ref().is_some_and(|usage| *usage != KeyUsageType::EncryptDecrypt)
    {
        Some("it is no symmetric key for encryption")
    } else {
        None
    }
}

/// Returns the key with this id, ARN or alias.
///
/// A caller whose permissions hang on the key's tags or aliases is denied while these do not count yet, and may be denied
/// what is not there at all.
pub(super) async fn describe_key(cx: &Cx<'_>, name: &str) -> Result<Option<DescribedKey>> {
    match send_describe(cx, name).await {
        Err(error) if error.is_denied() => {
            if name.starts_with(super::ALIAS) {
                let all = cx.uncached(async |cx| aliases::list_aliases(cx).await).await?;
                let Some(alias) = all.iter().find(|alias| alias.name == name) else { return Ok(None) };
                authorization::note_age(cx, name, Some(DateTime::from_secs(alias.created_at)));
            }
            let noted = authorization::noted_name(cx, name);
            retry_while_new(cx, Some(&noted), async || send_describe(cx, name).await).await
        }
        seen => seen,
    }
}

/// Asks for the key once, and notes its age.
async fn send_describe(cx: &Cx<'_>, name: &str) -> Result<Option<DescribedKey>> {
    let call = cx.aws.kms().describe_key().key_id(name).send();
    let answer = cx.read(call).await.not_found_to_none()?;
    let seen =
        answer.map(|answer| require_field(Operation::KmsDescribeKey, "KeyMetadata", answer.key_metadata));
    let seen = seen.transpose()?.map(DescribedKey::from);
    if let Some(seen) = &seen {
        authorization::note_age(cx, &seen.arn, seen.created);
    }
    Ok(seen)
}

/// Returns whether the caller may read the key, or it is gone.
pub(super) async fn is_readable(cx: &Cx<'_>, id: &str) -> bool {
    send_describe(cx, id).await.is_ok()
}

/// Notes the age of the key `arn`, if the caller may learn it.
pub(in crate::resources) async fn learn_age(cx: &Cx<'_>, arn: &str) {
    if cx.run.remaining_authorization_lag(arn).is_none() && send_describe(cx, arn).await.is_err() {
        let id = arn.rsplit('/').next().unwrap_or_default();
        let all = aliases::list_aliases(cx).await;
        let newest = all.iter().flat_map(|all| all.iter()).rfind(|alias| alias.key == id);
        authorization::note_age(cx, arn, newest.map(|alias| DateTime::from_secs(alias.created_at)));
    }
}

/// Returns the key with this id, ARN or alias, read once for each plan.
pub(super) async fn describe_key_memoized(cx: &Cx<'_>, name: &str) -> Result<Arc<Option<DescribedKey>>> {
    let question = format!("{} {name}", Operation::KmsDescribeKey);
    cx.memo.get_or_fetch(&question, describe_key(cx, name)).await
}

/// Reads the rest of a live key.
pub(super) async fn live_key(cx: &Cx<'_>, name: &str, seen: &DescribedKey) -> Result<Live<Key>> {
    let (id, arn) = (&seen.id, Some(seen.arn.as_str()));
    let owned = async {
        let live = owned_key(cx, name, seen).await?;
        let ours = live.owner == Owner::ThisStack;
        let warning = if ours { ownership::grant_warning(cx, id).await? } else { None };
        Ok(Live { warning, ..live })
    };
    let (policy, (rotation, rotation_days), live) = tokio::try_join!(
        retry_while_new(cx, arn, async || get_policy(cx, id).await),
        retry_while_new(cx, arn, async || get_rotation(cx, id).await),
        owned,
    )?;
    Ok(Live { props: Props { rotation, rotation_days, policy, ..live.props }, ..live })
}

/// Reads the owner of a live key, without its policy, rotation and grants.
pub(super) async fn owned_key(cx: &Cx<'_>, name: &str, seen: &DescribedKey) -> Result<Live<Key>> {
    let id = &seen.id;
    let all = retry_while_new(cx, Some(&seen.arn), async || list_tags(cx, id).await).await?;
    let owner = owner_of_tags(cx.stack, all.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let alias = if name.starts_with(super::ALIAS) { name } else { "" };
    let refusal =
        seen.oddity.filter(|_| owner == Owner::ThisStack).map(|oddity| ownership::refusal(id, oddity));
    let props = Props {
        alias: alias.to_owned(),
        state: seen.state.clone(),
        description: seen.description.clone(),
        rotation: false,
        rotation_days: None,
        policy: Policy::default(),
        tags: tags::drop_aws_tags(all),
    };
    Ok(Live { owner, refusal, ..Live::owned(props, key_attrs(name, seen)) })
}

/// Returns the attributes of the key called `name`.
pub(super) fn key_attrs(name: &str, seen: &DescribedKey) -> Attrs {
    let (id, arn) = (MaybeKnown::Known(seen.id.clone()), MaybeKnown::Known(seen.arn.clone()));
    Attrs { id, arn, alias: name.to_owned() }
}

/// Returns the key policy: every key has exactly one, called `default` (KMS API reference, `GetKeyPolicy`).
async fn get_policy(cx: &Cx<'_>, id: &str) -> Result<Policy> {
    let call = cx.aws.kms().get_key_policy().key_id(id).policy_name("default").send();
    let text = cx.read(call).await?.policy.unwrap_or_default();
    policy::read(&text)
}

/// Returns whether the key rotates, and after how many days if not after the usual ones.
async fn get_rotation(cx: &Cx<'_>, id: &str) -> Result<(bool, Option<i32>)> {
    let call = cx.aws.kms().get_key_rotation_status().key_id(id).send();
    match cx.read(call).await {
        Ok(status) => {
            let on = status.key_rotation_enabled;
            let days = status.rotation_period_in_days.filter(|days| on && *days != super::ROTATION_DAYS);
            Ok((on, days))
        }
        // Other owners' keys that cannot rotate, and keys that are pending deletion.
        Err(error) if cannot_rotate(&error) => Ok((false, None)),
        Err(error) => Err(error),
    }
}

fn cannot_rotate(error: &Error) -> bool {
    matches!(error.code(), "UnsupportedOperationException" | "KMSInvalidStateException")
}

/// Returns all tags of a key.
pub(super) async fn list_tags(cx: &Cx<'_>, id: &str) -> Result<Vec<(String, String)>> {
    let tags = cx.aws.kms().list_resource_tags().key_id(id).into_paginator().items().send().try_collect();
    let tags: Vec<_> = cx.read(tags).await?;
    Ok(tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value)).collect())
}
