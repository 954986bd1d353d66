//! DynamoDB's temporary refusals, their retry limits, and when a table has settled.
use std::{
    cell::RefCell,
    time::{Duration, SystemTime},
};

use aws_sdk_dynamodb::types::{IndexStatus, SseStatus, TableDescription, TableStatus};
use tokio::time::Instant;

use super::{Table, stall::StallCheck};
use crate::{
    aws::{Cx, Error, NotFoundExt, Operation, Result, RetryDecision, require_field},
    resources::key,
    time::parse_timestamp,
};

/// Longest time any change of a table takes but that of an index.
pub(super) const CHANGE: Duration = Duration::from_mins(20);
/// Longest time that a refusal is retried for anything but an index.
const LONGEST: Duration = Duration::from_mins(30);

/// The delay and time limit of retries after a refusal.
struct RetryPolicy {
    delay: Duration,
    limit: Duration,
}

fn retry_policy(again: u64, limit: u64) -> RetryPolicy {
    RetryPolicy { delay: Duration::from_secs(again), limit: Duration::from_secs(limit) }
}

impl Table {
    /// Retries while the refusals are temporary.
    ///
    /// `key` is the ARN of the key in the call; if created in this run, it may not be visible everywhere yet.
    pub(super) async fn retry_passing<T>(
        &self,
        cx: &Cx<'_>,
        key: Option<&str>,
        attempt: impl AsyncFn() -> Result<T>,
    ) -> Result<T> {
        let began = Instant::now();
        let new_key = key.is_some_and(|key| cx.run.was_modified(key));
        let index_wait = cx.run.index_wait();
        let retry_decision = |error: &Error| match retryable_error(error, new_key, index_wait) {
            Some(hope) if began.elapsed() < hope.limit => RetryDecision::After(hope.delay),
            _ => RetryDecision::GiveUp,
        };
        let what = format!("`{}` to accept the change", self.name);
        let attempt = async || key::retry_while_new(cx, key, &attempt).await;
        cx.retry_until_ok(&what, index_wait.max(LONGEST), retry_decision, attempt).await
    }

    /// Retries the same way for TTL, recovery and tag calls, which do not find a new table at first.
    pub(super) async fn retry_side_call<T>(
        &self,
        cx: &Cx<'_>,
        attempt: impl AsyncFn() -> Result<T>,
    ) -> Result<T> {
        let began = Instant::now();
        let retry_decision = |error: &Error| match retryable_side_error(error)
            .or_else(|| retryable_error(error, false, CHANGE))
        {
            Some(hope) if began.elapsed() < hope.limit => RetryDecision::After(hope.delay),
            _ => RetryDecision::GiveUp,
        };
        cx.retry_until_ok(&format!("`{}` to be ready", self.name), CHANGE, retry_decision, attempt).await
    }

    /// Waits until `reached` is true and no operation runs on the table any more.
    pub(super) async fn wait_until_settled(
        &self,
        cx: &Cx<'_>,
        what: &str,
        budget: Duration,
        reached: impl Fn(&TableDescription) -> bool,
    ) -> Result<()> {
        let stall = StallCheck::default();
        cx.poll_until(what, budget, Duration::from_secs(2), async || {
            let table = self.require_present(cx).await?;
            if running_operation(&table).is_none() && reached(&table) {
                // Most changes are made even of a table that DynamoDB cannot open (DDB-TABLE-325).
                return Ok(Some(()));
            }
            self.require_usable(cx, &table, &stall).await?;
            Ok(None)
        })
        .await
    }

    /// Waits in the same way for an index, which may take hours: then it is left to AWS.
    pub(super) async fn wait_for_index(
        &self,
        cx: &Cx<'_>,
        what: &str,
        reached: impl Fn(&TableDescription) -> bool,
    ) -> Result<()> {
        let (stall, running, waited) = (StallCheck::default(), RefCell::default(), cx.run.index_wait());
        let settled = cx.poll_until(what, waited, Duration::from_secs(10), async || {
            let table = self.require_present(cx).await?;
            let operation = running_operation(&table);
            let done = operation.is_none() && reached(&table);
            *running.borrow_mut() = operation;
            if !done {
                self.require_usable(cx, &table, &stall).await?;
            }
            Ok(done.then_some(()))
        });
        match (settled.await, running.into_inner()) {
            (Err(Error::TimedOut { .. }), Some(operation)) => {
                Err(Error::StillRunning { what: format!("`{}`: {operation}", self.name), waited })
            }
            (settled, _) => settled,
        }
    }

    /// Returns the description of a table that is waited for.
    async fn require_present(&self, cx: &Cx<'_>) -> Result<TableDescription> {
        let gone = || Error::ConcurrentModification(format!("`{}` is gone", self.name));
        self.describe_table(cx).await?.ok_or_else(gone)
    }

    /// Returns an error if waiting for the table is vain.
    async fn require_usable(&self, cx: &Cx<'_>, table: &TableDescription, stall: &StallCheck) -> Result<()> {
        match unusable_state(table) {
            Some(state) => Err(Error::InvalidState(unusable_state_text(&self.name, table, state))),
            None => stall.check(cx, table).await,
        }
    }

    /// Returns a refusal of a change together with the state of the table, if that is why DynamoDB refuses.
    pub(super) async fn explain_refusal(&self, cx: &Cx<'_>, refusal: Error) -> Error {
        if !matches!(refusal, Error::Service { .. }) || refusal.is_denied() {
            return refusal;
        }
        let Ok(Some(table)) = self.describe_table(cx).await else { return refusal };
        match unusable_state(&table) {
            Some(state) => {
                let text = unusable_state_text(&self.name, &table, state);
                Error::InvalidState(format!("{text}; DynamoDB says: {refusal}"))
            }
            None => refusal,
        }
    }

    /// Returns the table's description alone, without what other calls return.
    pub(super) async fn describe_table(&self, cx: &Cx<'_>) -> Result<Option<TableDescription>> {
        let call = cx.aws.dynamodb().describe_table().table_name(&self.name).send();
        let answer = cx.read(call).await.not_found_to_none()?;
        answer
            .map(|answer| require_field(Operation::DynamoDbDescribeTable, "Table", answer.table))
            .transpose()
    }
}

/// Returns the retry policy for refusals that pass by themselves.
fn retryable_error(error: &Error, new_key: bool, index_wait: Duration) -> Option<RetryPolicy> {
    let Error::Service { code, message, .. } = error else { return None };
    let says = |text: &str| message.contains(text);
    match code.as_str() {
        "ThrottlingException" if says("modified within the previous") => {
            let now = SystemTime::now();
            Some(RetryPolicy { delay: protection_cooldown(message, now), limit: Duration::from_mins(1) })
        }
        "LimitExceededException" if says("Table tags are being updated") => Some(retry_policy(3, 30)),
        "LimitExceededException" if says("Only 1 online index") => {
            Some(retry_policy(10, index_wait.as_secs()))
        }
        "LimitExceededException" if says("simultaneously") => Some(retry_policy(30, 30 * 60)),
        "ResourceInUseException" if !says("already exists") => Some(retry_policy(3, CHANGE.as_secs())),
        // Only a deletion is refused so, and it is sent once the protection is off.
        "ValidationException" if says("currently protected against deletion") => Some(retry_policy(2, 30)),
        "ContinuousBackupsUnavailableException" => Some(retry_policy(2, CHANGE.as_secs())),
        "ValidationException" if new_key && says("KMS") => Some(retry_policy(3, 30)),
        _ if error.is_throttle() => Some(retry_policy(3, 120)),
        _ => None,
    }
}

/// Returns the retry policy for a not-found from a side call on a table that exists, which means "not yet".
fn retryable_side_error(error: &Error) -> Option<RetryPolicy> {
    let early = error.is_not_found() || error.has_code_and_text("ValidationException", "CREATING state");
    early.then(|| retry_policy(1, 30))
}

/// Returns how long to wait after a switch of deletion protection came too soon.
///
/// The text ends with the time from which on a switch is accepted, at most 15 s ahead.
fn protection_cooldown(message: &str, now: SystemTime) -> Duration {
    let (shortest, longest) = (Duration::from_secs(1), Duration::from_secs(16));
    let stamp = message.split_whitespace().next_back().unwrap_or_default().trim_end_matches('.');
    let left = parse_timestamp(stamp).map(|then| then.duration_since(now).unwrap_or_default());
    left.map_or(Duration::from_secs(5), |left| left.clamp(shortest, longest))
}

/// Returns the operation that runs on a table, if any; deletion and most changes are refused meanwhile.
///
/// An active table need not have settled: its indexes and encryption may still change.
pub(super) fn running_operation(table: &TableDescription) -> Option<String> {
    let indexes = table.global_secondary_indexes();
    let busy = indexes.iter().find(|index| index.index_status != Some(IndexStatus::Active));
    if let Some(index) = busy {
        let name = index.index_name().unwrap_or_default();
        let what = if index.index_status == Some(IndexStatus::Creating) { "built" } else { "changed" };
        let what = if index.index_status == Some(IndexStatus::Deleting) { "removed" } else { what };
        return Some(format!("index `{name}` is still being {what}"));
    }
    if let Some(SseStatus::Updating | SseStatus::Enabling | SseStatus::Disabling) =
        table.sse_description().and_then(|sse| sse.status())
    {
        return Some("its encryption is still being changed".into());
    }
    if is_warming(table) {
        return Some("its warm throughput is still being changed".into());
    }
    match table.table_status() {
        Some(TableStatus::Creating) => Some("it is still being made".into()),
        Some(TableStatus::Deleting) => Some("it is already being removed".into()),
        Some(TableStatus::Updating) => Some("it is still being changed".into()),
        _ => None,
    }
}

/// Returns whether the table or an index is being prepared for more requests: for minutes, under an active table, and
/// other changes are refused meanwhile (aws-controllers-k8s/dynamodb-controller, `docs/api-quirks`, DDB-TABLE-150).
fn is_warming(table: &TableDescription) -> bool {
    let own = table.warm_throughput().and_then(|warm| warm.status());
    let mut indexes = table.global_secondary_indexes().iter();
    matches!(own, Some(TableStatus::Updating | TableStatus::Creating))
        || indexes.any(|index| {
            let status = index.warm_throughput().and_then(|warm| warm.status());
            matches!(status, Some(IndexStatus::Updating | IndexStatus::Creating))
        })
}

/// Describes a state that waiting does not end, and what does (DynamoDB guide, "DynamoDB encryption usage notes").
///
/// A key whose deletion was taken back is disabled, and has to be enabled too; the table is active again 18 to 57 minutes
/// later (aws-controllers-k8s/dynamodb-controller, `docs/api-quirks`, DDB-TABLE-335). The backup of an archived table can
/// be restored to its name once the table is deleted (DynamoDB API reference, `ArchivalSummary`).
pub(super) fn unusable_state_text(name: &str, table: &TableDescription, state: &str) -> String {
    let key = table.sse_description().and_then(|sse| sse.kms_master_key_arn()).unwrap_or("its key");
    let advice = match table.table_status() {
        Some(TableStatus::InaccessibleEncryptionCredentials) => format!(
            ": DynamoDB cannot use the key {key}; take its deletion back if it is scheduled, enable it, and run again once \
             the table is active, which takes up to an hour; after seven days in this state DynamoDB archives the table"
        ),
        Some(TableStatus::Archiving | TableStatus::Archived) => {
            let backup = table.archival_summary().and_then(|summary| summary.archival_backup_arn());
            format!(": DynamoDB could not use the key {key} for seven days; {}", restore_text(name, backup))
        }
        _ => String::new(),
    };
    format!("`{name}` is in the state `{state}`{advice}")
}

/// Returns how an archived table comes back.
fn restore_text(name: &str, backup: Option<&str>) -> String {
    let backup = backup.unwrap_or("the one that `ArchivalSummary` of the table names");
    format!(
        "its data are in the backup {backup}; once the key is enabled again and the archival is over, run `aws dynamodb \
         delete-table --table-name {name}`, then `aws dynamodb restore-table-from-backup --target-table-name {name} \
         --backup-arn` with that backup, and tag the restored table as this stack's before the next apply"
    )
}

/// Returns whether DynamoDB archives the table or has done so: nothing but its deletion is possible then.
pub(super) fn is_archived(table: &TableDescription) -> bool {
    matches!(table.table_status(), Some(TableStatus::Archiving | TableStatus::Archived))
}

/// Returns a table status that waiting does not end.
pub(super) fn unusable_state(table: &TableDescription) -> Option<&str> {
    match table.table_status()? {
        TableStatus::Active | TableStatus::Creating | TableStatus::Updating | TableStatus::Deleting => None,
        other => Some(other.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{
        GlobalSecondaryIndexDescription, SseDescription, TableWarmThroughputDescription,
    };

    use super::*;

    fn service(code: &str, message: &str) -> Error {
        let (code, message) = (code.to_owned(), message.to_owned());
        Error::Service { operation: "dynamodb:UpdateTable", code, message, request_id: None, status: 400 }
    }

    #[test]
    fn the_moment_in_a_cooldown_is_waited_for() {
        let message = "Deletion protection setting for table X modified within the previous 15000 \
            milliseconds. Please try again after 2026-10-08T10:00:09Z";
        let now = parse_timestamp("2026-10-08T10:00:00Z").unwrap();
        assert_eq!(protection_cooldown(message, now), Duration::from_secs(9));
        assert_eq!(protection_cooldown(message, now + Duration::from_mins(1)), Duration::from_secs(1));
        assert_eq!(protection_cooldown("soon", now), Duration::from_secs(5));
    }

    #[test]
    fn quotas_are_final_and_locks_are_not() {
        let limit = |text| retryable_error(&service("LimitExceededException", text), false, CHANGE).is_some();
        assert!(limit("Subscriber limit exceeded: Only 1 online index can be created or deleted"));
        assert!(limit("Subscriber limit exceeded: Table tags are being updated: x"));
        assert!(!limit("Encryption mode changes are limited in the 24h window ending at x"));
        assert!(
            retryable_error(&service("ResourceInUseException", "Table is being updated: x"), false, CHANGE)
                .is_some()
        );
        assert!(
            retryable_error(&service("ResourceInUseException", "Table already exists: x"), false, CHANGE)
                .is_none()
        );
    }

    #[test]
    fn a_key_is_only_waited_for_if_it_is_new() {
        let refusal = service("ValidationException", "KMS validation error: Key 'x' does not exist");
        assert!(retryable_error(&refusal, true, CHANGE).is_some());
        assert!(retryable_error(&refusal, false, CHANGE).is_none());
    }

    #[test]
    fn an_active_table_may_not_be_at_rest() {
        let table = TableDescription::builder().table_status(TableStatus::Active);
        assert_eq!(running_operation(&table.clone().build()), None);
        let index = GlobalSecondaryIndexDescription::builder()
            .index_name("ByUser")
            .index_status(IndexStatus::Creating)
            .build();
        let building = table.clone().global_secondary_indexes(index).build();
        assert_eq!(running_operation(&building).as_deref(), Some("index `ByUser` is still being built"));
        let warm = TableWarmThroughputDescription::builder().status(TableStatus::Updating).build();
        let warming = running_operation(&table.clone().warm_throughput(warm).build());
        assert_eq!(warming.as_deref(), Some("its warm throughput is still being changed"));
        let sse = SseDescription::builder().status(SseStatus::Updating).build();
        assert!(running_operation(&table.sse_description(sse).build()).is_some());
    }
}
