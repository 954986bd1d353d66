//! Updates a key: first it is made usable, then tags, rotation, description and policy follow.
use std::time::Duration;

use super::{
    KeyStatus, PROPAGATION, Props, ROTATION_DAYS, SLOW_PROPAGATION,
    authorization::{note_change, retry_while_new},
    create::kms_tag,
    observe, rename, retry_until_visible,
};
use crate::{
    aws::{Cx, Error, Result, tags},
    engine::Live,
    resources::policy::known_text,
};

/// Sends the differences in the order that KMS accepts: a disabled key cannot be changed.
pub(super) async fn update_key(cx: &Cx<'_>, live: &Live<super::Key>, to: &Props) -> Result<()> {
    let key = KeyTarget { cx, id: live.attrs.id.require_known()?, arn: live.attrs.arn.require_known()? };
    let mut from = live.props.clone();
    if from.state != to.state {
        let seen = key.enable().await?;
        let seen = observe::live_key(cx, &live.props.alias, &seen).await?.props;
        // The tags of others are not among those that were given.
        from = Props { tags: from.tags, ..seen };
    }
    if from.alias.is_empty() {
        note_change(cx, key.arn); // a run may have made it a moment ago, and died before it had an alias
    }
    // Tags come first, because the last-applied tag is among them: see `engine::Resource::update`.
    key.set_tags(&from, &rename::tags_while_moving(&live.props, to)).await?;
    if live.props.alias != to.alias {
        rename::move_alias(cx, live, to).await?;
    }
    if (from.rotation, from.rotation_days) != (to.rotation, to.rotation_days) {
        key.set_rotation(to.rotation, to.rotation_days.unwrap_or(ROTATION_DAYS)).await?;
    }
    if from.description != to.description {
        key.set_description(&to.description).await?;
    }
    if from.policy != to.policy {
        key.set_policy(&known_text(&to.policy)?).await?;
    }
    Ok(())
}

struct KeyTarget<'a> {
    cx: &'a Cx<'a>,
    id: &'a str,
    arn: &'a str,
}

impl KeyTarget<'_> {
    /// Cancels a deletion and enables the key, step by step depending on its state, until it is enabled.
    async fn enable(&self) -> Result<observe::DescribedKey> {
        let step = async || {
            let Some(seen) = observe::describe_key(self.cx, self.id).await? else { return Ok(None) };
            match &seen.state {
                KeyStatus::Enabled => return Ok(Some(seen)),
                KeyStatus::PendingDeletion => self.cancel_deletion().await?,
                KeyStatus::Disabled => {
                    retry_while_new(self.cx, Some(self.arn), async || {
                        let call = self.cx.aws.kms().enable_key().key_id(self.id).send();
                        self.cx.write(call).await
                    })
                    .await?;
                }
                KeyStatus::Unusable(state) => {
                    return Err(Error::InvalidState(format!("the key is in the state `{state}`")));
                }
            }
            note_change(self.cx, self.arn);
            Ok(None)
        };
        self.cx.poll_until("the key to be enabled", PROPAGATION, Duration::from_secs(1), step).await
    }

    async fn cancel_deletion(&self) -> Result<()> {
        let cancelled = retry_while_new(self.cx, Some(self.arn), async || {
            let call = self.cx.aws.kms().cancel_key_deletion().key_id(self.id).send();
            self.cx.write(call).await
        });
        match cancelled.await {
            // The deletion is already cancelled, and the state read before was outdated.
            Err(error) if error.code() == "KMSInvalidStateException" => Ok(()),
            other => other.map(drop),
        }
    }

    async fn set_rotation(&self, on: bool, days: i32) -> Result<()> {
        retry_until_visible(self.cx, self.arn, SLOW_PROPAGATION, async || {
            if on {
                let call = self.cx.aws.kms().enable_key_rotation().key_id(self.id);
                self.cx.write(call.rotation_period_in_days(days).send()).await.map(drop)
            } else {
                let call = self.cx.aws.kms().disable_key_rotation().key_id(self.id).send();
                self.cx.write(call).await.map(drop)
            }
        })
        .await
    }

    async fn set_description(&self, text: &str) -> Result<()> {
        retry_until_visible(self.cx, self.arn, PROPAGATION, async || {
            let call = self.cx.aws.kms().update_key_description().key_id(self.id).description(text).send();
            self.cx.write(call).await.map(drop)
        })
        .await
    }

    async fn set_policy(&self, policy: &str) -> Result<()> {
        retry_until_visible(self.cx, self.arn, PROPAGATION, async || {
            let call = self.cx.aws.kms().put_key_policy().key_id(self.id).policy_name("default");
            self.cx.write(call.policy(policy).send()).await.map(drop)
        })
        .await?;
        note_change(self.cx, self.arn); // services see the new policy late
        Ok(())
    }

    async fn set_tags(&self, from: &Props, to: &Props) -> Result<()> {
        let Some(change) = tags::diff_tags(&from.tags, &to.tags) else { return Ok(()) };
        if !change.set.is_empty() {
            let set: Vec<_> =
                change.set.iter().map(|(key, value)| kms_tag(key, value)).collect::<Result<_>>()?;
            retry_until_visible(self.cx, self.arn, PROPAGATION, async || {
                let call = self.cx.aws.kms().tag_resource().key_id(self.id).set_tags(Some(set.clone()));
                self.cx.write(call.send()).await
            })
            .await?;
        }
        if !change.remove.is_empty() {
            retry_until_visible(self.cx, self.arn, PROPAGATION, async || {
                let keys = Some(change.remove.clone());
                let call = self.cx.aws.kms().untag_resource().key_id(self.id).set_tag_keys(keys);
                self.cx.write(call.send()).await
            })
            .await?;
        }
        note_change(self.cx, self.arn); // authorization counts the new tags late
        Ok(())
    }
}
