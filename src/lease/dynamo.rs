//! Lease store in `DynamoDB`.
use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};

use super::{
    LeaseStore, Record, SwapOutcome,
    item::{self, KEY, RecordItem, TABLE},
    table::{self, send},
};
use crate::aws::{Aws, Error, NotFoundExt, OperationError, Result, tags::Tags};

/// Store of one stack's lease record in [`TABLE`].
pub struct DynamoStore<'a> {
    aws: &'a Aws,
    stack: &'a str,
    /// Tags that the table is made with, besides those that tell its purpose: an organisation may demand some.
    tags: Tags,
    /// Reports what is being done about the table itself.
    note: Box<dyn Fn(&str) + 'a>,
}

impl<'a> DynamoStore<'a> {
    /// Returns the store of `stack`'s record; `note` is called when the table has to be made.
    #[must_use]
    pub fn new(aws: &'a Aws, stack: &'a str, tags: Tags, note: impl Fn(&str) + 'a) -> Self {
        Self { aws, stack, tags, note: Box::new(note) }
    }

    async fn put_record(&self, before: Option<&Record>, next: &Record) -> Result<SwapOutcome> {
        let call = self
            .aws
            .dynamodb()
            .put_item()
            .table_name(TABLE)
            .set_item(Some(item::write_item(self.stack, next)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let call = match before {
            None => call
                .condition_expression("attribute_not_exists(#stack)")
                .expression_attribute_names("#stack", KEY),
            Some(before) => call
                .condition_expression("#grant = :grant AND #beat = :beat")
                .expression_attribute_names("#grant", "grant")
                .expression_attribute_names("#beat", "beat")
                .expression_attribute_values(":grant", AttributeValue::S(before.grant.clone()))
                .expression_attribute_values(":beat", AttributeValue::N(before.renewals.to_string())),
        };
        tracing::debug!(operation = PutItemError::OPERATION.name(), "lease");
        let Err(error) = call.send().await else { return Ok(SwapOutcome::Done) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                Ok(SwapOutcome::Other(refused.item().map(item::read_item).transpose()?))
            }
            _ => Err(Error::from_sdk(&error)),
        }
    }
}

impl LeaseStore for DynamoStore<'_> {
    async fn read(&self) -> Result<Option<Record>> {
        let call = self.aws.dynamodb().get_item().table_name(TABLE).consistent_read(true);
        let call = call.key(KEY, AttributeValue::S(self.stack.to_owned()));
        let answer = send(call.send()).await.not_found_to_none()?;
        let found: Option<RecordItem> = answer.and_then(|answer| answer.item);
        found.as_ref().map(item::read_item).transpose()
    }

    async fn swap(&self, before: Option<&Record>, next: &Record) -> Result<SwapOutcome> {
        match self.put_record(before, next).await {
            // Only for the first grant: a table that vanished under a holder is a lost lease.
            Err(error) if error.is_not_found() && before.is_none() => {
                (self.note)("making the table of leases, which all stacks of this account and region share");
                table::ensure_table(self.aws, &self.tags, &self.note).await?;
                self.put_record(None, next).await
            }
            Err(error) if error.is_not_found() => Ok(SwapOutcome::Other(None)),
            other => other,
        }
    }
}
