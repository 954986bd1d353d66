//! The log groups of functions and of the stage.
use super::layout::{StackLayout, node_label};
use crate::{
    diagnostic::Spanned,
    engine::{MaybeKnown, NodeLabel},
    resources::log_group::{self, LogGroup},
};

/// Adds a log group; one that AWS has created by itself is adopted.
pub(super) fn add_log_group(
    layout: &mut StackLayout,
    address: &str,
    id: &Spanned<String>,
    resource: LogGroup,
    name: MaybeKnown<String>,
    days: u32,
    adopts: bool,
) {
    let tags = layout.context.resource_tags(address);
    let ((key, _), given) = layout.generated_handles(true, false);
    let label = NodeLabel { adopts, ..node_label(&layout.context, address, Some(id.span)) };
    let handle = layout.graph.add(label, resource, key, move |key| log_group::Props {
        name: name.clone(),
        retention_days: i32::try_from(days).ok(),
        key: given.generated_ids((key, None)).key.map(|key| key.arn),
        tags: tags.clone(),
    });
    layout.record_node(address.to_owned(), handle);
}
