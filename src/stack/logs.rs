//! The log groups of functions and of the stage.
use super::layout::{StackLayout, node_label};
use crate::{
    aws::tags::{self, Tags},
    diagnostic::Spanned,
    engine::{MaybeKnown, NodeLabel},
    manifest::{
        defaults,
        types::{AccessLog, Function, LogOnDelete},
    },
    resources::log_group::{self, LogGroup},
};

/// What the spec says of a log: how long its events are kept, and whether and how the log itself goes.
#[derive(Clone, Copy)]
pub(super) struct LogSettings {
    pub(super) retention_days: Option<i32>,
    pub(super) deletion_protection: bool,
    pub(super) expendable: bool,
}

impl LogSettings {
    /// Returns the settings of a function's log.
    pub(super) fn of_function(function: &Function) -> Self {
        Self::new(
            function.log_retention_days.as_ref(),
            function.log_on_delete.as_ref(),
            function.log_deletion_protection.as_ref(),
        )
    }

    /// Returns the settings of the stage's logs.
    pub(super) fn of_stage(log: Option<&AccessLog>) -> Self {
        Self::new(
            log.and_then(|log| log.retention_days.as_ref()),
            log.and_then(|log| log.on_delete.as_ref()),
            log.and_then(|log| log.deletion_protection.as_ref()),
        )
    }

    fn new(
        days: Option<&Spanned<u32>>,
        on_delete: Option<&Spanned<LogOnDelete>>,
        protection: Option<&Spanned<bool>>,
    ) -> Self {
        let days = days.map_or(defaults::LOG_RETENTION_DAYS, |days| days.value);
        Self {
            retention_days: i32::try_from(days).ok(),
            deletion_protection: protection.is_some_and(|protection| protection.value),
            expendable: on_delete.is_some_and(|on_delete| on_delete.value == LogOnDelete::Delete),
        }
    }

    /// Adds the tag by which a log that goes with its source is known after it has left the spec.
    pub(super) fn tag(self, mut tags: Tags) -> Tags {
        if self.expendable {
            tags.insert(tags::ON_DELETE.to_owned(), tags::DELETE.to_owned());
        }
        tags
    }
}

/// Adds a log group; one that AWS has created by itself is adopted.
pub(super) fn add_log_group(
    layout: &mut StackLayout,
    address: &str,
    id: &Spanned<String>,
    resource: LogGroup,
    name: MaybeKnown<String>,
    settings: LogSettings,
    adopts: bool,
) {
    let tags = settings.tag(layout.context.resource_tags(address));
    let resource = resource.expendable(settings.expendable);
    let ((key, _), given) = layout.generated_handles(true, false);
    let label = NodeLabel { adopts, ..node_label(&layout.context, address, Some(id.span)) };
    let handle = layout.graph.add(label, resource, key, move |key| log_group::Props {
        name: name.clone(),
        retention_days: settings.retention_days,
        deletion_protection: settings.deletion_protection,
        key: given.generated_ids((key, None)).key.map(|key| key.arn),
        subscription_filters: log_group::SubscriptionFilters::new(),
        tags: tags.clone(),
    });
    layout.record_node(address.to_owned(), handle);
}
