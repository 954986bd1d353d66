//! Creates a key and its alias exactly once, even if answers are lost.
use aws_sdk_kms::types::Tag;
use aws_smithy_types::retry::RetryConfig;

use super::{Key, KeyStatus, Props, authorization::note_change, observe, ownership, rename};
use crate::{
    aws::{Cx, Error, Operation, Result, create_once, tags::Owner},
    engine::{Live, Resource},
    resources::policy::known_text,
};

/// Creates the key, or adopts the one that an earlier run created, unseen when this run was planned.
pub(super) async fn create_or_adopt(key: &Key, cx: &Cx<'_>, to: &Props) -> Result<Live<Key>> {
    if let Some(live) = find_created(key, cx).await? {
        return if live.owner == Owner::ThisStack { Ok(live) } else { Err(rename::alias_taken(&key.id)) };
    }
    let made = create_once(
        cx,
        "the key",
        async || send_create(cx, to).await.map(Created::Key),
        async || Ok(find_created(key, cx).await?.map(|live| Created::Found(Box::new(live)))),
    )
    .await?;
    let seen = match made {
        Created::Found(live) => return Ok(*live),
        Created::Key(seen) => seen,
    };
    note_change(cx, &seen.arn);
    rename::create_alias(cx, &key.id, &seen.id, &seen.arn).await?;
    let props = Props {
        alias: key.id.clone(),
        state: KeyStatus::Enabled,
        rotation: false,
        rotation_days: None,
        ..to.clone()
    };
    Ok(Live::owned(props, observe::key_attrs(&key.id, &seen)))
}

/// What a creation led to.
enum Created {
    Key(observe::DescribedKey),
    /// The key that was found after the answer was lost.
    Found(Box<Live<Key>>),
}

/// Finds the key as it now is; one that bears the stack's tags but must not be taken over is an error.
async fn find_created(key: &Key, cx: &Cx<'_>) -> Result<Option<Live<Key>>> {
    let Some(live) = cx.uncached(async |cx| key.observe(cx).await).await? else { return Ok(None) };
    if let Some(refusal) = live.refusal {
        Err(ownership::refused(refusal))
    } else {
        if live.props.alias.is_empty() {
            note_change(cx, live.attrs.arn.require_known()?); // it may be new, and not be seen everywhere
        }
        Ok(Some(live))
    }
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

/// Returns a tag in KMS's form.
pub(super) fn kms_tag(key: &str, value: &str) -> Result<Tag> {
    let tag = Tag::builder().tag_key(key).tag_value(value).build();
    tag.map_err(|error| Error::InvalidState(format!("the tag `{key}` is not whole: {error}")))
}
