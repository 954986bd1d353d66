//! Tells a resource that this tool applied from one that merely carries the stack's tag.
//!
//! Whoever may tag a resource can put the stack's tag on it. What was made here carries a last-applied tag with a digest
//! of the very resource, and mostly a name of the stack's; what has neither is changed or removed only by its address.
use serde_json::Value;

use super::{
    last_applied::{BYTES, LastApplied, config_digest},
    resource::{Live, Resource, tag_value, unmarked_document},
};
use crate::{
    aws::tags::{APPLIED, Owner, STACK},
    digest::short_digest,
    pointer::Pointer,
};

/// Returns the digest of a resource's stack, kind and name.
pub(super) fn identity_digest(stack: &str, kind: &str, name: &str) -> String {
    short_digest(format!("{stack}\n{kind}\n{name}"), BYTES)
}

/// Returns the digest of a resource that carries the tags of `props`.
pub(super) fn identity_of<R: Resource>(resource: &R, props: &R::Props) -> String {
    identity_digest(&tag_value::<R>(props, STACK).unwrap_or_default(), R::KIND, &resource.identity(props))
}

/// Returns whether the last-applied tag of a live resource was written to this very resource.
///
/// The first version told no identity; there the whole configuration must be what was applied.
pub(super) fn is_applied_here<R: Resource>(resource: &R, props: &R::Props) -> bool {
    let mark = tag_value::<R>(props, APPLIED).and_then(|text| LastApplied::parse(&text));
    match mark {
        Some(LastApplied { record: Some(record), .. }) => record.identity == identity_of(resource, props),
        Some(mark) => {
            first_version_digests::<R>(&unmarked_document::<R>(props)).contains(&mark.config_digest)
        }
        None => false,
    }
}

/// Returns the digests of a live configuration with nothing redacted and with all redacted that may be.
fn first_version_digests<R: Resource>(doc: &Value) -> [String; 2] {
    let secret = |at: &str| R::REDACTED.iter().any(|root| at != *root && Pointer::from(at).is_within(root));
    [config_digest(doc, &|_| false), config_digest(doc, &secret)]
}

/// Returns a live resource as the stack's own if CloudFormation's tag is a remnant: this tool applied it since.
pub(super) fn settle_owner<R: Resource>(resource: &R, live: Live<R>) -> Live<R> {
    if matches!(live.owner, Owner::Contested(_)) && is_applied_here(resource, &live.props) {
        return Live { owner: Owner::ThisStack, ..live };
    }
    live
}
