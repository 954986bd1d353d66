//! Reads live tables.
use std::time::Duration;

use aws_sdk_dynamodb::types::{PointInTimeRecoveryStatus, TableDescription, TableStatus, TimeToLiveStatus};

use super::{
    Props, Sharing, Table, canonical, find, retry, sharing, side_settings::RECOVERY_DAYS, stall::StallCheck,
};
use crate::{
    aws::{
        Cx, Error, Operation, Result, all_pages, require_field,
        tags::{self, owner_of_tags},
    },
    engine::{Live, MaybeKnown},
    resources::side_read::join_warnings,
};

/// Reads the live table with its side settings, tags and owner.
pub(super) async fn observe_table(table: &Table, cx: &Cx<'_>) -> Result<Option<Live<Table>>> {
    let Some(described) = table.find_present(cx).await? else { return Ok(None) };
    if retry::is_archived(&described) {
        return live_archived(table, cx, &described).await.map(Some);
    }
    let (ttl, (sharing, warning), live) = tokio::try_join!(
        table.get_ttl_attribute(cx),
        sharing::read_sharing(table, cx, &described),
        live_without_ttl(table, cx, &described)
    )?;
    let warning = join_warnings([live.warning, warning]);
    Ok(Some(Live { props: Props { ttl, sharing, ..live.props }, warning, ..live }))
}

/// Reads the live table without what no removal goes by.
pub(super) async fn observe_table_for_removal(table: &Table, cx: &Cx<'_>) -> Result<Option<Live<Table>>> {
    match table.find_present(cx).await? {
        Some(described) if retry::is_archived(&described) => {
            live_archived(table, cx, &described).await.map(Some)
        }
        Some(described) => Ok(Some(live_without_ttl(table, cx, &described).await?)),
        None => Ok(None),
    }
}

async fn live_without_ttl(table: &Table, cx: &Cx<'_>, described: &TableDescription) -> Result<Live<Table>> {
    let (recovery, all) = tokio::try_join!(table.get_recovery(cx), table.list_tags(cx))?;
    live_table(table, cx, described, recovery, &all)
}

/// Reads a table that DynamoDB put away, without what only a table in use has. A plan that keeps it is refused: it looks
/// as it should and serves nobody.
async fn live_archived(table: &Table, cx: &Cx<'_>, described: &TableDescription) -> Result<Live<Table>> {
    let tags = table.list_tags(cx).await;
    let live = match tags {
        Ok(tags) => live_table(table, cx, described, None, &tags)?,
        Err(error) => return Err(table.explain_refusal(cx, error).await),
    };
    let state = described.table_status().map(TableStatus::as_str).unwrap_or_default();
    let refusal = retry::unusable_state_text(&table.name, described, state);
    let remedy = "restore the table, or remove it from the spec; nothing has been changed".to_owned();
    Ok(Live { refusal: Some((refusal, remedy)), ..live })
}

fn live_table(
    table: &Table,
    cx: &Cx<'_>,
    described: &TableDescription,
    recovery: Option<i32>,
    all: &[(String, String)],
) -> Result<Live<Table>> {
    let props = Props {
        key_schema: canonical::key_schema(described)?,
        billing: canonical::canonical_billing(described, table),
        indexes: canonical::canonical_indexes(described, table)?,
        local_indexes: canonical::canonical_local_indexes(described, table)?,
        class: canonical::canonical_class(described),
        ttl: None,
        point_in_time_recovery: recovery.is_some(),
        recovery_period_days: recovery.filter(|days| *days != RECOVERY_DAYS),
        deletion_protection: described.deletion_protection_enabled == Some(true),
        key: canonical::customer_key_arn(described).map(MaybeKnown::Known),
        sharing: Sharing::default(),
        tags: tags::drop_aws_tags(all.to_vec()),
    };
    Ok(Live {
        owner: owner_of_tags(cx.stack, all.iter().map(|(key, value)| (key.as_str(), value.as_str()))),
        blocked_by: deletion_blocker(table, described),
        warning: table_warning(table, described),
        ..Live::owned(props, table.attrs(cx.aws))
    })
}

fn deletion_blocker(table: &Table, described: &TableDescription) -> Option<String> {
    if described.deletion_protection_enabled == Some(true) && !table.may_unprotect {
        return Some("its deletion protection is on and the spec does not ask for it".into());
    }
    if !described.replicas().is_empty() {
        return Some("it has replicas in other regions".into());
    }
    // "Operations are not allowed until archival is complete" (DynamoDB API reference, `TableDescription`).
    if described.table_status() == Some(&TableStatus::Archiving) {
        return Some("DynamoDB is archiving it, because it could not use its key for seven days".into());
    }
    retry::running_operation(described)
}

fn table_warning(table: &Table, described: &TableDescription) -> Option<String> {
    if let Some(state) = retry::unusable_state(described) {
        return Some(retry::unusable_state_text(&table.name, described, state));
    }
    let mut local = described.local_secondary_indexes().iter().filter_map(|index| index.index_name());
    if local.any(|name| !table.local_indexes.contains(name)) {
        return Some("it has local secondary indexes, which only a new table is without".into());
    }
    retry::running_operation(described)
}

impl Table {
    /// Returns the table once it is at rest. What only a list names and the caller may not read is gone if the list of all
    /// tables does not name it.
    async fn find_present(&self, cx: &Cx<'_>) -> Result<Option<TableDescription>> {
        match self.wait_until_present(cx).await {
            Err(error) if error.is_denied() && self.listed => {
                if find::is_listed(cx, &self.name).await? {
                    Err(error)
                } else {
                    Ok(None)
                }
            }
            described => described,
        }
    }

    /// Returns the table once it is neither being created nor deleted: until then TTL, recovery and tag calls fail.
    async fn wait_until_present(&self, cx: &Cx<'_>) -> Result<Option<TableDescription>> {
        let what = format!("`{}`, which is being made or removed", self.name);
        let stall = StallCheck::default();
        cx.poll_until(&what, retry::CHANGE, Duration::from_secs(1), async || {
            let found = self.describe_table(cx).await?;
            if let Some(table) = &found {
                stall.check(cx, table).await?;
            }
            let status = found.as_ref().and_then(TableDescription::table_status);
            let passing = matches!(status, Some(TableStatus::Creating | TableStatus::Deleting));
            Ok((!passing).then_some(found))
        })
        .await
    }

    /// Returns whether there is a table, once it is neither being created nor deleted.
    pub(super) async fn is_standing(&self, cx: &Cx<'_>) -> Result<bool> {
        Ok(self.wait_until_present(cx).await?.is_some())
    }

    /// Returns the TTL attribute.
    pub(super) async fn get_ttl_attribute(&self, cx: &Cx<'_>) -> Result<Option<String>> {
        let answer = self.retry_side_call(cx, async || {
            let call = cx.aws.dynamodb().describe_time_to_live().table_name(&self.name).send();
            cx.read(call).await
        });
        let ttl = answer.await?.time_to_live_description;
        let ttl = require_field(Operation::DynamoDbDescribeTimeToLive, "TimeToLiveDescription", ttl)?;
        let on =
            matches!(ttl.time_to_live_status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling));
        Ok(ttl.attribute_name.filter(|_| on))
    }

    /// Returns the days that point-in-time recovery reaches back; none if it is off.
    async fn get_recovery(&self, cx: &Cx<'_>) -> Result<Option<i32>> {
        let answer = self.retry_side_call(cx, async || {
            let call = cx.aws.dynamodb().describe_continuous_backups().table_name(&self.name).send();
            cx.read(call).await
        });
        // Continuous backups are on for every table; only point-in-time recovery can be chosen.
        let backups = answer.await?.continuous_backups_description;
        let backups = require_field(
            Operation::DynamoDbDescribeContinuousBackups,
            "ContinuousBackupsDescription",
            backups,
        )?;
        let recovery = backups.point_in_time_recovery_description;
        let on = recovery.filter(|recovery| {
            recovery.point_in_time_recovery_status == Some(PointInTimeRecoveryStatus::Enabled)
        });
        Ok(on.map(|recovery| recovery.recovery_period_in_days.unwrap_or(RECOVERY_DAYS)))
    }

    /// Returns all tags, AWS's own included.
    pub(super) async fn list_tags(&self, cx: &Cx<'_>) -> Result<Vec<(String, String)>> {
        let arn = &self.attrs(cx.aws).arn;
        let tags = all_pages(async |token| {
            let page = self.retry_side_call(cx, async || {
                let call = cx.aws.dynamodb().list_tags_of_resource().resource_arn(arn);
                cx.read(call.set_next_token(token.clone()).send()).await
            });
            let page = page.await?;
            Ok((page.tags.unwrap_or_default(), page.next_token))
        });
        Ok(tags.await?.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    /// Adopts the table that an earlier run or someone else created.
    pub(super) async fn adopt(&self, cx: &Cx<'_>) -> Result<Live<Self>> {
        // The tags of a table created seconds ago may not be visible yet; without them it has no owner.
        let look = async || {
            let found = observe_table(self, cx).await?;
            Ok(found.filter(|live| live.owner != tags::Owner::Unowned))
        };
        let what = format!("the tags of `{}`", self.name);
        let found = cx.poll_until(&what, Duration::from_secs(8), Duration::from_secs(2), look).await;
        match found {
            Ok(live) if live.owner == tags::Owner::ThisStack => Ok(live),
            Ok(_) | Err(Error::TimedOut { .. }) => Err(Error::ConcurrentModification(format!(
                "`{}` was made by another owner meanwhile",
                self.name
            ))),
            Err(error) => Err(error),
        }
    }
}
