//! Executes the planned calls on a live table, each after the one before has settled.
use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::update_table::builders::UpdateTableFluentBuilder,
    types::{BillingMode, IndexStatus, TableDescription},
};

use super::{
    Billing, Props, Table, canonical,
    plan_calls::{TableCall, plan_calls},
    request, retry,
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
        table.wait_until_settled(cx, &what, retry::INDEX, |_| true).await?;
        let gone = || Error::ConcurrentModification(format!("`{}` is gone", table.name));
        live = super::observe::observe_table(table, cx).await?.ok_or_else(gone)?;
    }
    for change in plan_calls(&live.props, to)? {
        table.execute_call(cx, &change, to).await?;
    }
    Ok(Live::owned(to.clone(), live.attrs))
}

/// The goal of one `UpdateTable`.
struct TableUpdate<'a> {
    what: &'a str,
    budget: Duration,
    /// ARN of the key that the request names.
    key: Option<&'a str>,
}

impl Table {
    async fn execute_call(&self, cx: &Cx<'_>, change: &TableCall, to: &Props) -> Result<()> {
        match change {
            TableCall::SetDeletionProtection(on) => self.set_deletion_protection(cx, *on).await,
            TableCall::DropIndex(name) => self.drop_index(cx, name).await,
            TableCall::SetBilling { mode, table, indexes } => {
                self.set_billing(cx, *mode, *table, indexes, to.billing).await
            }
            TableCall::AddIndex(name, types) => self.add_index(cx, name, types, to).await,
            TableCall::SetEncryption(key) => self.set_encryption(cx, key.as_deref()).await,
            TableCall::SetRecovery(on) => self.set_recovery(cx, *on).await,
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
        self.wait_until_settled(cx, turn.what, turn.budget, reached).await
    }

    /// Enables or disables deletion protection.
    pub(super) async fn set_deletion_protection(&self, cx: &Cx<'_>, on: bool) -> Result<()> {
        let what = format!("the deletion protection of `{}`", self.name);
        let turn = TableUpdate { what: &what, budget: retry::CHANGE, key: None };
        let fill = |call: UpdateTableFluentBuilder| call.deletion_protection_enabled(on);
        self.send_update(cx, turn, fill, |table| table.deletion_protection_enabled.unwrap_or_default() == on)
            .await
    }

    async fn drop_index(&self, cx: &Cx<'_>, name: &str) -> Result<()> {
        let update = request::drop_index_request(name)?;
        let what = format!("index `{name}` of `{}` to be removed", self.name);
        let turn = TableUpdate { what: &what, budget: retry::INDEX, key: None };
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
        let turn = TableUpdate { what: &what, budget: retry::INDEX, key: None };
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

    async fn set_encryption(&self, cx: &Cx<'_>, key: Option<&str>) -> Result<()> {
        let what = format!("the encryption of `{}` to change", self.name);
        let turn = TableUpdate { what: &what, budget: retry::CHANGE, key };
        let fill = |call: UpdateTableFluentBuilder| call.sse_specification(request::encryption_request(key));
        self.send_update(cx, turn, fill, |table| canonical::customer_key_arn(table).as_deref() == key).await
    }

    async fn set_billing(
        &self,
        cx: &Cx<'_>,
        mode: bool,
        table: bool,
        indexes: &[String],
        billing: Billing,
    ) -> Result<()> {
        let mode = mode.then_some(match billing {
            Billing::OnDemand => BillingMode::PayPerRequest,
            Billing::Provisioned(_) => BillingMode::Provisioned,
        });
        let units = if table { request::provisioned_throughput(billing)? } else { None };
        let resized: Vec<_> =
            indexes.iter().map(|name| request::resize_index_request(name, billing)).collect::<Result<_>>()?;
        let resized = (!resized.is_empty()).then_some(resized);
        let what = format!("the capacity of `{}` to change", self.name);
        let turn = TableUpdate { what: &what, budget: retry::CHANGE, key: None };
        let fill = |call: UpdateTableFluentBuilder| {
            let call = call.set_billing_mode(mode.clone()).set_provisioned_throughput(units.clone());
            call.set_global_secondary_index_updates(resized.clone())
        };
        self.send_update(cx, turn, fill, |now| {
            let own = canonical::canonical_indexes(now)
                .is_ok_and(|all| all.values().any(|it| it.capacity.is_some()));
            canonical::canonical_billing(now) == billing && !own
        })
        .await
    }
}
