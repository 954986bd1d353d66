//! The log groups of functions and of the stage.
use super::layout::{Layout, label};
use crate::{
    diagnostic::Spanned,
    engine::{MaybeKnown, NodeLabel},
    resources::log_group::{self, LogGroup},
};

/// Adds a log group; one that AWS makes by itself is taken over.
pub(super) fn group(
    layout: &mut Layout,
    address: &str,
    id: &Spanned<String>,
    resource: LogGroup,
    name: MaybeKnown<String>,
    days: u32,
    adopts: bool,
) {
    let tags = layout.base.tags(address);
    let ((key, _), given) = layout.made(true, false);
    let label = NodeLabel { adopts, ..label(&layout.base, address, Some(id.span)) };
    let handle = layout.graph.add(label, resource, key, move |key| log_group::Props {
        name: name.clone(),
        retention_days: i32::try_from(days).ok(),
        key: given.made((key, None)).key.map(|key| key.arn),
        tags: tags.clone(),
    });
    layout.keep(address.to_owned(), handle);
}
