//! The calls that update one log group, each with the retries that AWS needs.
use std::{collections::HashMap, time::Duration};

use super::BUSY;
use crate::{
    aws::{
        Cx, Error, Result, RetryDecision,
        tags::{self, Tags},
    },
    resources::key,
};

/// Decides whether to retry a change that collided with another one.
fn retry_collision(error: &Error) -> RetryDecision {
    if error.code() == "OperationAbortedException" {
        RetryDecision::After(Duration::from_secs(1))
    } else {
        RetryDecision::GiveUp
    }
}

/// Retries while another change to the group runs.
pub(super) async fn retry_while_busy<T>(
    cx: &Cx<'_>,
    name: &str,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<T> {
    let waiting = format!("another change to `{name}` to finish");
    cx.retry_until_ok(&waiting, BUSY, retry_collision, attempt).await
}

/// Retries the same way, and while CloudWatch Logs may not use `key` because the key or its policy is new.
pub(super) async fn retry_until_key_accepted<T>(
    cx: &Cx<'_>,
    name: &str,
    key: Option<&String>,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<T> {
    let attempt = async || retry_while_busy(cx, name, &attempt).await;
    key::retry_while_new(cx, key.map(String::as_str), attempt).await
}

pub(super) async fn set_key(cx: &Cx<'_>, name: &str, key: Option<&String>) -> Result<()> {
    let attempt = async || {
        if let Some(key) = key {
            let call = cx.aws.logs().associate_kms_key().log_group_name(name).kms_key_id(key).send();
            cx.write(call).await.map(drop)
        } else {
            let call = cx.aws.logs().disassociate_kms_key().log_group_name(name).send();
            cx.write(call).await.map(drop)
        }
    };
    retry_until_key_accepted(cx, name, key, attempt).await
}

pub(super) async fn set_retention(cx: &Cx<'_>, name: &str, days: Option<i32>) -> Result<()> {
    retry_while_busy(cx, name, async || {
        if let Some(days) = days {
            let call =
                cx.aws.logs().put_retention_policy().log_group_name(name).retention_in_days(days).send();
            cx.write(call).await.map(drop)
        } else {
            let call = cx.aws.logs().delete_retention_policy().log_group_name(name).send();
            cx.write(call).await.map(drop)
        }
    })
    .await
}

/// Switches deletion protection, under which `DeleteLogGroup` is refused (CloudWatch Logs API,
/// `PutLogGroupDeletionProtection`).
pub(super) async fn set_deletion_protection(cx: &Cx<'_>, name: &str, on: bool) -> Result<()> {
    retry_while_busy(cx, name, async || {
        let call = cx.aws.logs().put_log_group_deletion_protection().log_group_identifier(name);
        cx.write(call.deletion_protection_enabled(on).send()).await.map(drop)
    })
    .await
}

pub(super) async fn set_tags(cx: &Cx<'_>, name: &str, live: &Tags, wanted: &Tags) -> Result<()> {
    let Some(change) = tags::diff_tags(live, wanted) else { return Ok(()) };
    let arn = &cx.aws.arn("logs", &format!("log-group:{name}"));
    if !change.set.is_empty() {
        let set: HashMap<_, _> = change.set.into_iter().collect();
        retry_while_busy(cx, name, async || {
            let call = cx.aws.logs().tag_resource().resource_arn(arn).set_tags(Some(set.clone())).send();
            cx.write(call).await
        })
        .await?;
    }
    if !change.remove.is_empty() {
        retry_while_busy(cx, name, async || {
            let keys = Some(change.remove.clone());
            let call = cx.aws.logs().untag_resource().resource_arn(arn).set_tag_keys(keys).send();
            cx.write(call).await
        })
        .await?;
    }
    Ok(())
}
