//! Creates a key and its alias exactly once, even if answers are lost.
use std::time::Duration;

use aws_sdk_kms::types::Tag;
use aws_smithy_types::retry::RetryConfig;

use super::{Key, KeyStatus, PROPAGATION, Props, SLOW_PROPAGATION, find, observe, retry_until_visible};
use crate::{
    aws::{Cx, Error, Operation, Result, create_once, tags::Owner},
    engine::Live,
    resources::policy::known_text,
};

/// Creates the key, or adopts the one that an earlier run left without an alias.
pub(super) async fn create_or_adopt(key: &Key, cx: &Cx<'_>, to: &Props) -> Result<Live<Key>> {
    if let Some(seen) = observe::describe_key(cx, &key.id).await? {
        // An earlier run created it, but it was not visible yet at plan time.
        let live = observe::live_key(cx, &key.id, &seen).await?;
        return if live.owner == Owner::ThisStack { Ok(live) } else { Err(alias_taken_error(key)) };
    }
    if let Some(seen) = find::find_unnamed_key(cx, &to.tags).await? {
        cx.run.mark_modified(&seen.arn);
        create_alias(key, cx, &seen).await?;
        return observe::live_key(cx, &key.id, &seen).await;
    }
    let seen = create_once(
        cx,
        "the key",
        async || send_create(cx, to).await,
        async || find::find_unnamed_key(cx, &to.tags).await,
    )
    .await?;
    cx.run.mark_modified(&seen.arn);
    create_alias(key, cx, &seen).await?;
    let props = Props { alias: key.id.clone(), state: KeyStatus::Enabled, rotation: false, ..to.clone() };
    Ok(Live::owned(props, observe::key_attrs(&key.id, &seen)))
}

/// Sends one creation request without retries: KMS would create a second key for a repeated one.
async fn send_create(cx: &Cx<'_>, to: &Props) -> Result<observe::DescribedKey> {
    let once = aws_sdk_kms::config::Builder::new().retry_config(RetryConfig::disabled());
    let call = cx.aws.kms().create_key().policy(known_text(&to.policy)?).description(&to.description);
    let tags = to.tags.iter().map(|(key, value)| kms_tag(key, value)).collect::<Result<_>>()?;
    let call = call.set_tags(Some(tags)).customize().config_override(once).send();
    let made = cx.write(call).await?.key_metadata;
    made.map(observe::DescribedKey::from).ok_or_else(|| Error::NoResponse {
        operation: Operation::KmsCreateKey.name(),
        message: "the answer does not describe the key".into(),
    })
}

/// Creates the key's alias and waits until the alias resolves to the key.
async fn create_alias(key: &Key, cx: &Cx<'_>, seen: &observe::DescribedKey) -> Result<()> {
    let create = async || {
        let call = cx.aws.kms().create_alias().alias_name(&key.id).target_key_id(&seen.id).send();
        cx.write(call).await
    };
    match retry_until_visible(cx, &seen.arn, SLOW_PROPAGATION, create).await {
        // The answer to this request was lost, or someone else was first: the read below shows which.
        Err(error) if error.code() == "AlreadyExistsException" => {}
        other => drop(other?),
    }
    let waiting = format!("`{}` to lead to the key", key.id);
    let target = cx
        .poll_until(&waiting, PROPAGATION, Duration::from_secs(1), async || {
            observe::describe_key(cx, &key.id).await
        })
        .await?;
    if target.id == seen.id { Ok(()) } else { Err(alias_taken_error(key)) }
}

fn alias_taken_error(key: &Key) -> Error {
    Error::ConcurrentModification(format!("`{}` was given to another key meanwhile", key.id))
}

/// Returns a tag in KMS's form.
pub(super) fn kms_tag(key: &str, value: &str) -> Result<Tag> {
    let tag = Tag::builder().tag_key(key).tag_value(value).build();
    tag.map_err(|error| Error::InvalidState(format!("the tag `{key}` is not whole: {error}")))
}
