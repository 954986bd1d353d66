//! Subscription filters, which send the events of a log group elsewhere.
use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::{
    DataProtectionStatus, LogGroup as DescribedLogGroup, SubscriptionFilter as DescribedFilter,
};
use serde::Serialize;

use super::update::retry_while_busy;
use crate::{
    aws::{Cx, NotFoundExt, Operation, Result, all_members},
    resources::{
        exposures::Opening,
        side_read::{SideRead, join_warnings, side_read},
    },
};

/// What the filters let others do.
pub(super) const OPENINGS: &[Opening] = &[Opening {
    member: "/subscription_filters",
    allows: "whoever has the destination gets its events as they come",
    shown_by: "aws logs describe-subscription-filters --log-group-name {}",
}];

/// Subscription filters by name.
pub type SubscriptionFilters = BTreeMap<String, SubscriptionFilter>;

/// A subscription filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubscriptionFilter {
    /// ARN that gets the events.
    pub destination: String,
    /// Pattern of the events; empty for all.
    pub filter_pattern: String,
}

impl SubscriptionFilter {
    fn from_live(seen: DescribedFilter) -> (String, Self) {
        let destination = seen.destination_arn.unwrap_or_default();
        let filter = Self { destination, filter_pattern: seen.filter_pattern.unwrap_or_default() };
        (seen.filter_name.unwrap_or_default(), filter)
    }
}

/// Reads the subscription filters of the log group called `name`, with a warning if they may not be read.
pub(super) async fn read_filters(cx: &Cx<'_>, name: &str) -> Result<SideRead<SubscriptionFilters>> {
    let list = async {
        let pages = cx.aws.logs().describe_subscription_filters().log_group_name(name).into_paginator();
        let pages: Vec<_> = cx.read(pages.send().try_collect()).await?;
        let operation = Operation::LogsDescribeSubscriptionFilters;
        let all = all_members(operation, "subscriptionFilters", pages, |page| page.subscription_filters)?;
        Ok(all.into_iter().map(SubscriptionFilter::from_live).collect())
    };
    let what = "whether its events are sent elsewhere";
    side_read(Operation::LogsDescribeSubscriptionFilters, what, list).await
}

/// Deletes the filters of `live` that `to` does not have.
pub(super) async fn delete_filters(
    cx: &Cx<'_>,
    name: &str,
    live: &SubscriptionFilters,
    to: &SubscriptionFilters,
) -> Result<()> {
    for filter in live.keys().filter(|filter| !to.contains_key(*filter)) {
        retry_while_busy(cx, name, async || {
            let call = cx.aws.logs().delete_subscription_filter().log_group_name(name).filter_name(filter);
            cx.write(call.send()).await.not_found_to_none()
        })
        .await?;
    }
    Ok(())
}

/// Returns warnings of what else is made of the events: others' alarms hang on a metric, and a data protection policy masks
/// what is personal, so neither is taken away.
pub(super) fn derived_data_warning(name: &str, seen: &DescribedLogGroup) -> Option<String> {
    let count = seen.metric_filter_count.unwrap_or_default();
    let metrics = (count > 0).then(|| {
        format!(
            "metric filters ({count}) make metrics of its events, which the spec does not say: see `aws logs \
             describe-metric-filters --log-group-name {name}`"
        )
    });
    let protected = seen.data_protection_status == Some(DataProtectionStatus::Activated);
    let protection = protected.then(|| {
        format!(
            "a data protection policy, which the spec does not say, masks its events and may report what it finds: see \
             `aws logs get-data-protection-policy --log-group-identifier {name}`"
        )
    });
    join_warnings([metrics, protection])
}
