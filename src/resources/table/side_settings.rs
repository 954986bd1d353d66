//! The settings beside the table itself: TTL, recovery and tags.
use std::time::Duration;

use aws_sdk_dynamodb::types::{PointInTimeRecoverySpecification, TimeToLiveSpecification};

use super::{Table, request};
use crate::aws::{
    Cx, Error, Result,
    tags::{TagDiff, Tags},
};

/// Days that point-in-time recovery reaches back unless a request says otherwise (DynamoDB API reference,
/// `PointInTimeRecoverySpecification`).
pub const RECOVERY_DAYS: i32 = 35;
/// Longest time to wait until reads show a change; the change is made in any case.
const SHOWN: Duration = Duration::from_secs(20);

impl Table {
    /// Enables or disables TTL by `attribute`.
    ///
    /// # Errors
    /// [`Error::InvalidState`] during the cool-down: DynamoDB refuses a second switch for about 31 minutes.
    pub(super) async fn set_ttl(&self, cx: &Cx<'_>, attribute: &str, on: bool) -> Result<()> {
        let specification = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(on).build();
        let specification = request::require_built(specification)?;
        let wanted = on.then_some(attribute);
        let sent = self.retry_side_call(cx, async || {
            let call = cx.aws.dynamodb().update_time_to_live().table_name(&self.name);
            let call = call.time_to_live_specification(specification.clone()).send();
            cx.write(call).await
        });
        match sent.await {
            Err(error) if error.has_code_and_text("ValidationException", "modified multiple times") => {
                return Err(Error::InvalidState(self.ttl_cooldown_text(attribute, on)));
            }
            // "already enabled" and "already disabled" are fine if they are about this attribute.
            Err(error) if error.code() == "ValidationException" => {
                let stands = self.get_ttl_attribute(cx).await?.as_deref() == wanted;
                return if stands { Ok(()) } else { Err(error) };
            }
            other => drop(other?),
        }
        wait_until_visible(cx, "the expiry to show", async || {
            Ok(self.get_ttl_attribute(cx).await?.as_deref() == wanted)
        })
        .await
    }

    fn ttl_cooldown_text(&self, attribute: &str, on: bool) -> String {
        let switch = if on { "on" } else { "off" };
        let name = &self.name;
        format!(
            "expiry of `{name}` by `{attribute}` could not be switched {switch} yet: DynamoDB takes one such \
             change in about half an hour; everything before it is done, so run the same command again in \
             31 minutes"
        )
    }

    /// Enables point-in-time recovery over `days`, or as many as AWS gives, or disables it.
    pub(super) async fn set_recovery(&self, cx: &Cx<'_>, on: bool, days: Option<i32>) -> Result<()> {
        let specification = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(on);
        // A period is refused while recovery is off (DynamoDB API reference, `PointInTimeRecoverySpecification`).
        let specification = specification.set_recovery_period_in_days(days.filter(|_| on)).build();
        let specification = request::require_built(specification)?;
        self.retry_side_call(cx, async || {
            let call = cx.aws.dynamodb().update_continuous_backups().table_name(&self.name);
            let call = call.point_in_time_recovery_specification(specification.clone()).send();
            cx.write(call).await
        })
        .await?;
        Ok(())
    }

    /// Sets all tags in one call and then removes the rest: each call locks the tags for seconds.
    pub(super) async fn set_tags(&self, cx: &Cx<'_>, change: &TagDiff, wanted: &Tags) -> Result<()> {
        let arn = &self.attrs(cx.aws).arn;
        let what = "the tags to show";
        if !change.set.is_empty() {
            let set = request::tag_list(wanted)?;
            self.retry_side_call(cx, async || {
                let call = cx.aws.dynamodb().tag_resource().resource_arn(arn).set_tags(Some(set.clone()));
                cx.write(call.send()).await
            })
            .await?;
            let set = async || Ok(count_missing_tags(&self.list_tags(cx).await?, wanted) == 0);
            wait_until_visible(cx, what, set).await?;
        }
        if !change.remove.is_empty() {
            self.retry_side_call(cx, async || {
                let keys = Some(change.remove.clone());
                let call = cx.aws.dynamodb().untag_resource().resource_arn(arn).set_tag_keys(keys);
                cx.write(call.send()).await
            })
            .await?;
            wait_until_visible(cx, what, async || {
                let all = self.list_tags(cx).await?;
                Ok(!all.iter().any(|(key, _)| change.remove.contains(key))
                    && count_missing_tags(&all, wanted) == 0)
            })
            .await?;
        }
        Ok(())
    }
}

/// Returns how many of the desired tags are missing.
fn count_missing_tags(all: &[(String, String)], wanted: &Tags) -> usize {
    let there = |(key, value): &(&String, &String)| all.iter().any(|(k, v)| (k, v) == (*key, *value));
    wanted.iter().filter(|tag| !there(tag)).count()
}

/// Waits until reads show an accepted change; they lag by seconds, and a lag is no failure.
async fn wait_until_visible(cx: &Cx<'_>, what: &str, look: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let look = async || Ok(look().await?.then_some(()));
    match cx.poll_until(what, SHOWN, Duration::from_secs(2), look).await {
        Err(Error::TimedOut { .. }) => Ok(()),
        other => other,
    }
}
