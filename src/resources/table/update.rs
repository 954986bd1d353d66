//! Executes the planned calls on a live table, each after the one before has settled.
use aws_sdk_dynamodb::{
    operation::update_table::builders::UpdateTableFluentBuilder,
    types::{IndexStatus, StreamSpecification, TableDescription},
};

use super::{
    Class, Props, Table, canonical,
    plan_calls::{TableCall, plan_calls},
    request, retry, sharing,
};
use crate::{
    aws::{Cx, Error, Result},
    engine::Live,
};

/// Updates the table to `to`.
pub(super) async fn update_table(
    table: &Table,
    cx: &Cx<'_>,
    mut live: Live<Table>,
    to: &Props,
) -> Result<Live<Table>> {
    if live.blocked_by.is_some() {
        // An operation may have been running at plan time: only after it is the live state known.
        let what = format!("`{}` to come to rest", table.name);
        table.wait_for_index(cx, &what, |_| true).await?;
        let gone = || Error::ConcurrentModification(format!("`{}` is gone", table.name));
        let now = super::observe::observe_table(table, cx).await?.ok_or_else(gone)?;
        // The tags of others are not among those that were given.
        live = Live { props: Props { tags: live.props.tags, ..now.props }, ..now };
    }
    let mut cooling = None;
    for change in plan_calls(&live.props, to)? {
        let expiry = matches!(change, TableCall::SetTtl(..));
        if expiry && cooling.is_some() {
            continue;
        }
        match table.execute_call(cx, &change, to).await {
            // The cool-down of TTL does not hold up indexes, which take longer still.
            Err(error @ Error::InvalidState(_)) if expiry => cooling = Some(error),
            Err(refusal) => return Err(table.explain_refusal(cx, refusal).await),
            Ok(()) => {}
        }
    }
    cooling.map_or_else(|| Ok(Live::owned(to.clone(), live.attrs)), Err)
}

/// The goal of one `UpdateTable`.
struct TableUpdate<'a> {
    what: &'a str,
    /// Whether an index is built or removed, which may take hours.
    index: bool,
    /// ARN of the key that the request names.
    key: Option<&'a str>,
}

impl Table {
    async fn execute_call(&self, cx: &Cx<'_>, change: &TableCall, to: &Props) -> Result<()> {
        match change {
            TableCall::SetDeletionProtection(on) => self.set_deletion_protection(cx, *on).await,
            TableCall::DeleteResourcePolicy => self.delete_resource_policy(cx).await,
            TableCall::DisableKinesisStream(stream) => self.disable_kinesis_stream(cx, stream).await,
            TableCall::DisableStream => self.disable_stream(cx).await,
            TableCall::DropIndex(name) => self.drop_index(cx, name).await,
            TableCall::SetBilling { mode, table, indexes } => {
                self.set_billing(cx, *mode, *table, indexes, to).await
            }
            TableCall::AddIndex(name, types) => self.add_index(cx, name, types, to).await,
            TableCall::SetClass(class) => self.set_class(cx, *class).await,
            TableCall::SetEncryption(key) => self.set_encryption(cx, key.as_deref()).await,
            TableCall::SetRecovery(on, days) => self.set_recovery(cx, *on, *days).await,
            TableCall::SetTags(change) => self.set_tags(cx, change, &to.tags).await,
            TableCall::SetTtl(attribute, on) => self.set_ttl(cx, attribute, *on).await,
        }
    }

    /// Sends one `UpdateTable` and waits until the table shows the change and has settled.
    async fn send_update(
        &self,
        cx: &Cx<'_>,
        turn: TableUpdate<'_>,
        fill: impl Fn(UpdateTableFluentBuilder) -> UpdateTableFluentBuilder,
        reached: impl Fn(&TableDescription) -> bool,
    ) -> Result<()> {
        let attempt = async || {
            let call = fill(cx.aws.dynamodb().update_table().table_name(&self.name));
            cx.write(call.send()).await
        };
        if let Err(error) = self.retry_passing(cx, turn.key, attempt).await {
            // A request that is retried because its answer was lost is refused: the live state decides.
            let refused = matches!(error, Error::Service { .. });
            let stands = refused && self.describe_table(cx).await?.is_some_and(|table| reached(&table));
            if !stands {
                return Err(error);
            }
        }
        if turn.index {
            return self.wait_for_index(cx, turn.what, reached).await;
        }
        self.wait_until_settled(cx, turn.what, retry::CHANGE, reached).await
    }

    /// Enables or disables deletion protection.
    pub(super) async fn set_deletion_protection(&self, cx: &Cx<'_>, on: bool) -> Result<()> {
        let what = format!("the deletion protection of `{}`", self.name);
        let turn = TableUpdate { what: &what, index: false, key: None };
        let fill = |call: UpdateTableFluentBuilder| call.deletion_protection_enabled(on);
        self.send_update(cx, turn, fill, |table| table.deletion_protection_enabled.unwrap_or_default() == on)
            .await
    }

    /// Switches the stream off; whoever reads it may go on for another day (DynamoDB guide, "Change data capture for
    /// DynamoDB Streams").
    async fn disable_stream(&self, cx: &Cx<'_>) -> Result<()> {
        let off = request::require_built(StreamSpecification::builder().stream_enabled(false).build())?;
        let what = format!("the stream of `{}` to be off", self.name);
        let turn = TableUpdate { what: &what, index: false, key: None };
        let fill = |call: UpdateTableFluentBuilder| call.stream_specification(off.clone());
        self.send_update(cx, turn, fill, |table| sharing::stream_view(table).is_none()).await
    }

    async fn drop_index(&self, cx: &Cx<'_>, name: &str) -> Result<()> {
        let update = request::drop_index_request(name)?;
        let what = format!("index `{name}` of `{}` to be removed", self.name);
        let turn = TableUpdate { what: &what, index: true, key: None };
        let fill = |call: UpdateTableFluentBuilder| call.global_secondary_index_updates(update.clone());
        let gone = |table: &TableDescription| {
            table.global_secondary_indexes().iter().all(|index| index.index_name() != Some(name))
        };
        self.send_update(cx, turn, fill, gone).await
    }

    async fn add_index(
        &self,
        cx: &Cx<'_>,
        name: &str,
        types: &request::KeyAttributeTypes,
        to: &Props,
    ) -> Result<()> {
        let Some(index) = to.indexes.get(name) else { return Ok(()) };
        let (update, definitions) =
            (request::add_index_request(name, index, to.billing)?, request::attribute_definitions(types)?);
        let what = format!("index `{name}` of `{}` to be built: 8 to 17 minutes even if empty", self.name);
        let turn = TableUpdate { what: &what, index: true, key: None };
        let fill = |call: UpdateTableFluentBuilder| {
            let call = call.set_attribute_definitions(Some(definitions.clone()));
            call.global_secondary_index_updates(update.clone())
        };
        let there = |table: &TableDescription| {
            let mut indexes = table.global_secondary_indexes().iter();
            indexes.any(|it| it.index_name() == Some(name) && it.index_status != Some(IndexStatus::Deleting))
        };
        self.send_update(cx, turn, fill, there).await
    }

    async fn set_class(&self, cx: &Cx<'_>, class: Class) -> Result<()> {
        let what = format!("the storage class of `{}` to change", self.name);
        let turn = TableUpdate { what: &what, index: false, key: None };
        let fill = |call: UpdateTableFluentBuilder| call.table_class(request::table_class(class));
        self.send_update(cx, turn, fill, |table| canonical::canonical_class(table) == class).await
    }

    async fn set_encryption(&self, cx: &Cx<'_>, key: Option<&str>) -> Result<()> {
        let what = format!("the encryption of `{}` to change", self.name);
        let turn = TableUpdate { what: &what, index: false, key };
        let fill = |call: UpdateTableFluentBuilder| call.sse_specification(request::encryption_request(key));
        self.send_update(cx, turn, fill, |table| canonical::customer_key_arn(table).as_deref() == key).await
    }

    async fn set_billing(
        &self,
        cx: &Cx<'_>,
        mode: bool,
        table: bool,
        indexes: &[String],
        to: &Props,
    ) -> Result<()> {
        let (units, ceiling) = if table {
            (request::provisioned_throughput(to.billing)?, request::ceiling(to.billing))
        } else {
            (None, None)
        };
        let wanted =
            |name: &String| to.indexes.get(name).map_or(to.billing, |index| index.billing(to.billing));
        let resized = indexes.iter().map(|name| request::resize_index_request(name, wanted(name)));
        let resized: Vec<_> = resized.collect::<Result<_>>()?;
        let resized = (!resized.is_empty()).then_some(resized);
        let what = format!("the capacity of `{}` to change", self.name);
        let turn = TableUpdate { what: &what, index: false, key: None };
        let fill = |call: UpdateTableFluentBuilder| {
            let call = call.set_billing_mode(mode.then(|| request::billing_mode(to.billing)));
            let call = call.set_provisioned_throughput(units.clone());
            let call = call.set_on_demand_throughput(ceiling.clone());
            call.set_global_secondary_index_updates(resized.clone())
        };
        self.send_update(cx, turn, fill, |now| {
            let billing = canonical::canonical_billing(now, self);
            let live = canonical::canonical_indexes(now, self).unwrap_or_default();
            let resized = |name: &String| live.get(name).is_none_or(|it| it.billing(billing) == wanted(name));
            (billing == to.billing || !(mode || table)) && indexes.iter().all(resized)
        })
        .await
    }
}
