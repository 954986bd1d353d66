//! Orphans: live resources that the spec does not ask for, and every resource when the stack is removed.
use std::time::Duration;

use futures_util::{
    StreamExt, TryStreamExt,
    future::{LocalBoxFuture, try_join_all},
    stream,
};
use serde_json::Value;

use super::{
    diff::LeafChange,
    event::Verb,
    exposure::Exposure,
    last_applied::LastApplied,
    loss::Loss,
    ownership,
    plan::{Action, KeepReason},
    resource::{Live, RemovalClass, Resource, tag_value, unmarked_document},
};
use crate::{
    aws::{
        Cx, Result,
        tags::{APPLIED, Owner, PROTECT},
    },
    pointer::Pointer,
    redact::{Redactor, redact_paths},
};

/// A live resource that the stack owns and may remove.
pub trait Orphan: Send + Sync {
    /// Returns the address in the spec, or the kind and name.
    fn address(&self) -> String;
    /// Returns the id in AWS.
    fn id(&self) -> &str;
    /// Returns the kind of the resource.
    fn kind(&self) -> &'static str;
    /// Returns the consequence of removing it.
    fn removal_class(&self) -> RemovalClass;
    /// Returns why it may be somebody else's although it carries the stack's tag.
    fn doubt(&self) -> Option<KeepReason>;
    /// Returns why it could not be removed now.
    fn blocked_by(&self) -> Option<&str>;
    /// Returns whether the resource may not be removed.
    fn is_protected(&self) -> bool;
    /// Returns its physical id, for a kind that has one.
    fn physical_id(&self) -> Option<String>;
    /// Returns the origin that it was last applied from, if its tag tells; none if the spec asks for it.
    fn origin(&self) -> Option<String>;
    /// Returns what users lose for good besides its data once it is removed.
    fn loss(&self) -> Option<Loss>;
    /// Returns its configuration, with all its secrets.
    fn document(&self) -> Value;
    /// Returns its configuration, without values that may be secrets.
    fn props(&self) -> Value;
    /// Deletes the resource.
    fn delete<'a>(&'a self, cx: &'a Cx<'a>) -> LocalBoxFuture<'a, Result<()>>;
}

/// A resource with its live configuration.
pub(super) struct LiveResource<R: Resource> {
    pub(super) address: Option<String>,
    pub(super) resource: R,
    pub(super) live: Live<R>,
    /// Whether the spec, or its own name, path or alias, shows that it is the stack's.
    pub(super) named: bool,
    /// Whether the spec protects it; its tags may do so as well.
    pub(super) protect: bool,
    /// Redactor of values that must not be shown, if the spec has any.
    pub(super) redactor: Option<Redactor>,
}

impl<R: Resource> Orphan for LiveResource<R> {
    fn address(&self) -> String {
        self.address.clone().unwrap_or_else(|| format!("{}/{}", R::KIND, self.resource.id()))
    }
    fn id(&self) -> &str {
        self.resource.id()
    }
    fn kind(&self) -> &'static str {
        R::KIND
    }
    fn removal_class(&self) -> RemovalClass {
        self.resource.removal_class(&self.live.props)
    }
    fn doubt(&self) -> Option<KeepReason> {
        match self.live.owner {
            Owner::Contested(_) => Some(KeepReason::Contested),
            _ if R::SHARED || self.named => None,
            _ => (!ownership::is_applied_here(&self.resource, &self.live.props))
                .then_some(KeepReason::TagAlone),
        }
    }
    fn blocked_by(&self) -> Option<&str> {
        self.live.blocked_by.as_deref()
    }
    fn is_protected(&self) -> bool {
        self.protect || tag_value::<R>(&self.live.props, PROTECT).is_some_and(|value| value == "true")
    }
    fn physical_id(&self) -> Option<String> {
        R::physical_id(&self.live)
    }
    fn origin(&self) -> Option<String> {
        if self.address.is_some() {
            return None;
        }
        LastApplied::parse(&tag_value::<R>(&self.live.props, APPLIED)?)?.origin
    }
    fn loss(&self) -> Option<Loss> {
        R::loss(&Action::Delete { changes: Vec::new() }, Some(&unmarked_document::<R>(&self.live.props)))
    }
    fn document(&self) -> Value {
        unmarked_document::<R>(&self.live.props)
    }
    fn props(&self) -> Value {
        let mut doc = self.document();
        let secret =
            |at: &str| R::REDACTED.iter().any(|root| at != *root && Pointer::from(at).is_within(root));
        redact_paths(&mut doc, "", &secret);
        if let Some(redactor) = &self.redactor {
            redactor.redact_document(&mut doc, "");
        }
        doc
    }
    fn delete<'a>(&'a self, cx: &'a Cx<'a>) -> LocalBoxFuture<'a, Result<()>> {
        Box::pin(self.resource.delete(cx, &self.live))
    }
}

/// What live resources are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadPurpose {
    /// To compare them with the spec.
    Comparison,
    /// To remove all of them.
    Removal,
}

/// Reads a resource that is to be removed, as far as `purpose` needs it, with what stands in the way.
pub(super) async fn observe_to_remove<R: Resource>(
    resource: &R,
    purpose: ReadPurpose,
    cx: &Cx<'_>,
) -> Result<Option<Live<R>>> {
    let live = match purpose {
        ReadPurpose::Comparison => resource.observe(cx).await?,
        ReadPurpose::Removal => resource.observe_for_removal(cx).await?,
    };
    let Some(mut live) = live else { return Ok(None) };
    if live.owner == Owner::ThisStack && live.blocked_by.is_none() {
        live.blocked_by = resource.find_removal_blocker(cx, &live).await?;
    }
    Ok(Some(live))
}

type OrphansFuture<'a> = LocalBoxFuture<'a, Result<Vec<Box<dyn Orphan>>>>;

/// Lists the live resources of a kind, except for the names that are known already.
type ListOrphansFn =
    for<'a> fn(&'a Cx<'a>, ReadPurpose, &'a (dyn Fn(&str) -> bool + Sync)) -> OrphansFuture<'a>;

/// A kind of resource, for work that starts from AWS rather than from the spec.
#[derive(Clone, Copy)]
pub struct ResourceKind {
    /// Name of the kind, such as `dynamodb/table`.
    pub name: &'static str,
    /// Whether losing a resource of this kind loses data.
    pub holds_data: bool,
    /// What else is lost with a resource of this kind.
    pub loses: Option<&'static str>,
    /// Expected duration of work on one resource.
    pub expected: fn(Verb) -> Duration,
    /// Standing costs of a resource, where they are higher than before.
    pub costs: fn(Option<&Value>, &Value) -> Vec<String>,
    /// What stops answering once a resource is changed.
    pub outages: fn(&[LeafChange]) -> Vec<String>,
    /// What others may do through what an update takes away.
    pub exposures: fn(&str, &Value, &[LeafChange]) -> Vec<Exposure>,
    /// What AWS keeps of a resource after its deletion.
    pub remains: fn(&str, &Value) -> Option<String>,
    list: ListOrphansFn,
}

impl ResourceKind {
    /// Returns the entry for `R`.
    #[must_use]
    pub const fn of<R: Resource>() -> Self {
        Self {
            name: R::KIND,
            holds_data: R::HOLDS_DATA,
            loses: R::LOSES,
            expected: R::expected,
            costs: R::costs,
            outages: R::outages,
            exposures: R::exposures,
            remains: R::remains,
            list: list_orphans::<R>,
        }
    }
}

/// Number of candidates of one kind that are read at once.
const READS: usize = 8;

/// Lists and reads the orphans of one kind: candidates that the spec does not claim.
fn list_orphans<'a, R: Resource>(
    cx: &'a Cx<'a>,
    purpose: ReadPurpose,
    claimed: &'a (dyn Fn(&str) -> bool + Sync),
) -> LocalBoxFuture<'a, Result<Vec<Box<dyn Orphan>>>> {
    Box::pin(async move {
        let candidates = R::list(cx).await?.into_iter().filter(|one| !claimed(one.id()));
        let reads = candidates.map(|resource| async move {
            let live = observe_to_remove(&resource, purpose, cx).await?;
            let live = live.map(|live| ownership::settle_owner(&resource, live));
            let live = live.filter(|live| live.owner.has_stack_tag());
            let named = resource.is_named_after_stack(cx);
            Ok(live.map(|live| {
                Box::new(LiveResource {
                    address: None,
                    resource,
                    live,
                    named,
                    protect: false,
                    redactor: None,
                }) as Box<dyn Orphan>
            }))
        });
        let found: Vec<_> = stream::iter(reads).buffered(READS).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    })
}

/// Finds the orphans: resources that the stack owns and `claimed(kind, id)` does not know.
///
/// # Errors
/// Any error of a read: an orphan that cannot be read might be lost.
pub(super) async fn find_orphans(
    tiers: &[&[ResourceKind]],
    cx: &Cx<'_>,
    purpose: ReadPurpose,
    claimed: impl Fn(&str, &str) -> bool + Sync,
) -> Result<Vec<Box<dyn Orphan>>> {
    let claimed = &claimed;
    let kinds = tiers.iter().flat_map(|tier| tier.iter()).map(|kind| async move {
        let known = |id: &str| claimed(kind.name, id);
        (kind.list)(cx, purpose, &known).await
    });
    Ok(try_join_all(kinds).await?.into_iter().flatten().collect())
}

/// Returns the changes that a removal makes, member by member.
pub(super) fn removal_changes(orphan: &dyn Orphan) -> Vec<LeafChange> {
    let Value::Object(members) = orphan.props() else { return Vec::new() };
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    let at = |key: &str| Pointer::default().child(key);
    members.map(|(key, value)| LeafChange { pointer: at(&key), before: Some(value), after: None }).collect()
}
