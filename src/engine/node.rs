//! A resource in the graph behind an object-safe trait: observing, planning and executing.
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use super::{
    diff::diff,
    event::Verb,
    handle::{AttributeStore, Deps, Edge, ErasedValue, settled_attributes},
    hidden_values::HiddenValues,
    last_applied::{self, DriftEvidence, LastApplied, Record, SpecDigests},
    managed::{self, OwnKeys},
    orphan::{LiveResource, Orphan, ReadPurpose, observe_to_remove},
    ownership,
    plan::{Action, Consent, Step, blocked_refusal, decide_action, protected_refusal, refusal},
    resource::{Live, Resource, tag_value, unmarked_document},
};
use crate::{
    aws::{
        Aws, Cx, Error, Result,
        tags::{APPLIED, OWNERSHIP, Owner},
    },
    diagnostic::{Diagnostic, Span},
    redact::Redactor,
};

/// Address of a node, and how the plan treats it.
#[derive(Default)]
pub struct NodeLabel {
    /// Address in the spec, such as `tables.conversations`.
    pub address: String,
    /// Span in the spec file.
    pub span: Option<Span>,
    /// Whether an unowned resource is adopted: for what AWS makes by itself under one of the stack's names.
    pub adopts: bool,
    /// Redactor of values that must not be shown.
    pub redactor: Option<Redactor>,
    /// Resources that must exist first without giving any data.
    pub ordered_after: Vec<Edge>,
    /// Parent that the resource vanishes with, so that it is created again when the parent is replaced.
    pub vanishes_with: Option<Edge>,
    /// Parent of a resource that takes no tags: the resource whose part of the spec it is made from, and whose
    /// last-applied tag tells whether that part has changed since it was applied.
    pub parent: Option<Edge>,
    /// A resource, and its tag that changes with the part of the spec that the parent does not tell of.
    pub told_by: Option<(Edge, &'static str)>,
    /// Whether the resource may neither be removed nor replaced.
    pub protect: bool,
    /// Keys, or beginnings of keys with a `*`, of tags that are neither compared nor removed.
    pub ignored_tags: Vec<String>,
}

pub(super) struct GraphEntry<R: Resource, D: Deps, F> {
    pub(super) index: usize,
    pub(super) label: NodeLabel,
    pub(super) resource: R,
    pub(super) deps: D,
    pub(super) props: F,
}

/// Attributes as they are, and as predicted from the spec alone, as if nothing were live.
#[derive(Default)]
pub(super) struct KnownAttributes {
    pub(super) actual: AttributeStore,
    pub(super) predicted: AttributeStore,
}

/// The planned step of one resource, with the evidence for its drift status.
pub(super) struct Decision {
    pub(super) step: Step,
    pub(super) refusal: Option<Diagnostic>,
    pub(super) evidence: DriftEvidence,
    /// Values that the step shows as hidden.
    pub(super) hidden: HiddenValues,
}

/// Object-safe trait of a graph entry.
pub(super) trait GraphNode: Send + Sync {
    fn label(&self) -> &NodeLabel;
    fn kind(&self) -> &'static str;
    fn id(&self) -> &str;
    fn deps(&self) -> Vec<usize>;
    fn observe<'a>(
        &'a self,
        purpose: ReadPurpose,
        cx: &'a Cx<'a>,
    ) -> LocalBoxFuture<'a, Result<Option<ErasedValue>>>;
    fn plan_step(
        &self,
        live: Option<&ErasedValue>,
        aws: &Aws,
        stores: &mut KnownAttributes,
        consent: &Consent,
    ) -> Decision;
    fn execute<'a>(
        &'a self,
        job: &'a NodePlan,
        live: Option<ErasedValue>,
        store: &'a Mutex<AttributeStore>,
        cx: &'a Cx<'a>,
    ) -> LocalBoxFuture<'a, Result<()>>;
    /// Returns how many reads in a row must show what was done before it is sure to be seen: AWS may show what stood before
    /// once more (hashicorp/terraform-provider-aws, `kms/key.go`), and before a new resource stood nothing.
    fn reads_in_a_row(&self, verb: Verb) -> u32;
    /// Returns whether a read shows the resource as it is desired, or fails.
    fn is_shown<'a>(&'a self, store: &'a Mutex<AttributeStore>, cx: &'a Cx<'a>) -> LocalBoxFuture<'a, bool>;
    /// Returns whether the resource is live and owned by this stack.
    fn is_owned(&self, live: Option<&ErasedValue>) -> bool;
    /// Returns the live resource for removal, if the stack may remove it.
    fn to_orphan(&self, live: ErasedValue) -> Option<Box<dyn Orphan>>;
    /// Returns the physical id of the live resource.
    fn physical_id(&self, live: Option<&ErasedValue>) -> Option<String>;
}

/// Planned action on one resource.
pub(super) struct NodePlan {
    pub(super) action: Action,
    pub(super) digests: SpecDigests,
    /// Origin of the spec, for the last-applied tag.
    pub(super) origin: Option<String>,
    /// Whether the resource is outside the targets and left untouched.
    pub(super) left_out: bool,
}

impl<R: Resource, D: Deps, F> GraphEntry<R, D, F>
where
    F: Fn(D::Attrs) -> R::Props + Send + Sync + 'static,
{
    fn desired_props(&self, store: &AttributeStore) -> R::Props {
        (self.props)(settled_attributes(&self.deps, store))
    }

    fn redacts(&self, at: &str) -> bool {
        self.label.redactor.as_ref().is_some_and(|redactor| redactor.redacts(at))
    }

    fn redacted(&self, mut doc: Value) -> Value {
        if let Some(redactor) = &self.label.redactor {
            redactor.redact_document(&mut doc, "");
        }
        doc
    }

    /// Returns the digests of a configuration: one with the values redacted that today's spec redacts, one with those
    /// it does not know.
    fn digests<'a>(&'a self, doc: &'a Value, wanted: &'a Value) -> impl Iterator<Item = String> + 'a {
        let known = |at: &str| self.redacts(at) && wanted.pointer(at).is_some();
        // Without a redactor, both ways of redacting give the same digest.
        let other = self.label.redactor.is_some().then(|| last_applied::config_digest(doc, &known));
        std::iter::once(last_applied::config_digest(doc, &|at| self.redacts(at))).chain(other)
    }

    /// Returns the tag keys that this tool set on a live resource.
    fn own_keys(&self, live: &R::Props, wanted: &Value) -> OwnKeys {
        let standing = unmarked_document::<R>(live);
        OwnKeys::of::<R>(live, |digest| self.digests(&standing, wanted).any(|one| one == digest))
    }

    /// Returns a live configuration without what others manage.
    fn managed_props(&self, live: &R::Props, to: &R::Props) -> R::Props {
        let own = self.own_keys(live, &unmarked_document::<R>(to));
        managed::managed_props(&self.resource, live, to, &own, &self.label.ignored_tags)
    }

    /// Returns the last-applied tag of the resource at `to`, which stands as `live` and is sent as `doc`.
    fn write_last_applied(
        &self,
        live: Option<&Live<R>>,
        to: &R::Props,
        doc: &Value,
        job: &NodePlan,
    ) -> String {
        let sent = managed::tag_keys::<R>(to);
        let removed = live.map(|live| managed::tag_keys::<R>(&live.props)).unwrap_or_default();
        let removed = removed.iter().filter(|key| !sent.contains(key));
        let keys = managed::record_keys(removed.chain(&sent).map(String::as_str));
        let record = Record { identity: ownership::identity_of(&self.resource, to), keys };
        let origin = job.origin.as_deref();
        last_applied::write_last_applied(doc, &|at| self.redacts(at), &job.digests, origin, &record)
    }

    fn refuse_unsafe(
        &self,
        live: Option<&Live<R>>,
        action: &Action,
        consent: &Consent,
    ) -> Option<Diagnostic> {
        let live = live?;
        let NodeLabel { address, span, adopts, protect, .. } = &self.label;
        let taken_over = match live.owner {
            Owner::Unowned => *adopts,
            Owner::Contested(_) => consent.names(address),
            _ => false,
        };
        if !taken_over && let Some((reason, remedy)) = live.owner.refusal(self.resource.id()) {
            return Some(refusal(address, reason, remedy, *span));
        }
        if let Some((reason, remedy)) = &live.refusal {
            return Some(refusal(address, reason, remedy, *span));
        }
        if !matches!(action, Action::Replace { .. }) {
            return None;
        }
        if *protect {
            return Some(protected_refusal(address, "replaced", *span));
        }
        live.blocked_by.as_deref().map(|why| blocked_refusal(address, why, *span))
    }

    fn gather_evidence(&self, live: Option<&Live<R>>, to: &R::Props, bare: &AttributeStore) -> DriftEvidence {
        let wanted = unmarked_document::<R>(to);
        let standing = live.map(|live| {
            let own = self.own_keys(&live.props, &wanted);
            let applied = managed::applied_props(&self.resource, &live.props, to, &own);
            [applied, self.managed_props(&live.props, to)].map(|props| unmarked_document::<R>(&props))
        });
        DriftEvidence {
            last_applied: live.and_then(|live| LastApplied::parse(&tag_value::<R>(&live.props, APPLIED)?)),
            spec_digest: last_applied::config_digest(
                &unmarked_document::<R>(&self.desired_props(bare)),
                &|at| self.redacts(at),
            ),
            live_digests: standing.iter().flatten().flat_map(|doc| self.digests(doc, &wanted)).collect(),
            parent: self.label.parent.map(Edge::index),
            told_by: self.label.told_by.map(|(edge, tag)| (edge.index(), tag)),
            changed_tags: live.map(|live| changed_own_tags::<R>(&live.props, to)).unwrap_or_default(),
        }
    }
}

/// Returns the keys of the ownership tags whose values differ, the last-applied tag aside.
fn changed_own_tags<R: Resource>(live: &R::Props, to: &R::Props) -> BTreeSet<String> {
    let (live, to) = (managed::tags::<R>(live), managed::tags::<R>(to));
    let keys = live.keys().chain(to.keys()).filter(|key| key.starts_with(OWNERSHIP) && *key != APPLIED);
    keys.filter(|key| live.get(*key) != to.get(*key)).cloned().collect()
}

impl<R: Resource, D: Deps, F> GraphNode for GraphEntry<R, D, F>
where
    F: Fn(D::Attrs) -> R::Props + Send + Sync + 'static,
{
    fn label(&self) -> &NodeLabel {
        &self.label
    }
    fn kind(&self) -> &'static str {
        R::KIND
    }
    fn id(&self) -> &str {
        self.resource.id()
    }
    fn deps(&self) -> Vec<usize> {
        let order = self.label.ordered_after.iter().map(|edge| edge.index());
        self.deps.indexes().into_iter().chain(order).collect()
    }

    fn observe<'a>(
        &'a self,
        purpose: ReadPurpose,
        cx: &'a Cx<'a>,
    ) -> LocalBoxFuture<'a, Result<Option<ErasedValue>>> {
        Box::pin(async move {
            let live = match purpose {
                ReadPurpose::Comparison => self.resource.observe(cx).await?,
                ReadPurpose::Removal if R::CHILD => None,
                ReadPurpose::Removal => observe_to_remove(&self.resource, purpose, cx).await?,
            };
            Ok(live.map(|live| Box::new(ownership::settle_owner(&self.resource, live)) as ErasedValue))
        })
    }

    fn plan_step(
        &self,
        live: Option<&ErasedValue>,
        aws: &Aws,
        stores: &mut KnownAttributes,
        consent: &Consent,
    ) -> Decision {
        let live = live.and_then(|live| live.downcast_ref::<Live<R>>());
        let to = self.desired_props(&stores.actual);
        let standing = live.map(|live| unmarked_document::<R>(&self.managed_props(&live.props, &to)));
        let wanted = unmarked_document::<R>(&to);
        let mut action = decide_action(R::FIXED, wanted.clone(), standing.as_ref());
        let refusal = self.refuse_unsafe(live, &action, consent);
        let evidence = self.gather_evidence(live, &to, &stores.predicted);
        stores.predicted.set(self.index, self.resource.predicted_attributes(aws));
        let attrs = match (&action, live) {
            (Action::Keep | Action::Update { .. }, Some(live)) => live.attrs.clone(),
            _ => self.resource.predicted_attributes(aws),
        };
        stores.actual.set(self.index, attrs);
        if let Some(redactor) = &self.label.redactor {
            action = action.redacted(redactor);
        }
        let loses = R::loss(&action, standing.as_ref());
        let (mut hidden, address) = (HiddenValues::default(), self.label.address.clone());
        let mut redacted = |side: &str, document: Value| {
            let shown = self.redacted(document.clone());
            hidden.add(&address, side, &document, &shown);
            shown
        };
        let (before, after) = (standing.map(|doc| redacted("before", doc)), redacted("after", wanted));
        let step = Step {
            address,
            kind: R::KIND,
            id: self.resource.id().to_owned(),
            action,
            before,
            after: Some(after),
            drift_status: None,
            holds_data: live
                .map_or(R::HOLDS_DATA, |live| self.resource.removal_class(&live.props).holds_data()),
            span: self.label.span,
            warning: live.and_then(|live| live.warning.clone()),
            takes_over: live.and_then(|live| live.takes_over.clone()),
            loses,
            left_out: false,
        };
        Decision { step, refusal, evidence, hidden }
    }

    fn execute<'a>(
        &'a self,
        job: &'a NodePlan,
        live: Option<ErasedValue>,
        store: &'a Mutex<AttributeStore>,
        cx: &'a Cx<'a>,
    ) -> LocalBoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if job.left_out {
                return Ok(());
            }
            let mut to = self.desired_props(&store.lock().unwrap_or_else(PoisonError::into_inner));
            let doc = unmarked_document::<R>(&to);
            let bare = to.clone();
            let managed = |live: Live<R>| Live { props: self.managed_props(&live.props, &bare), ..live };
            let live = live.and_then(|live| live.downcast::<Live<R>>().ok()).map(|live| managed(*live));
            let applied = self.write_last_applied(live.as_ref(), &bare, &doc, job);
            if let Some(tags) = R::tags(&mut to) {
                tags.insert(APPLIED.to_owned(), applied);
            }
            let differs = |live: &Live<R>| !diff(&unmarked_document::<R>(&live.props), &doc).is_empty();
            let live = match (&job.action, live) {
                (Action::Keep, Some(live)) if differs(&live) => {
                    let id = self.resource.id();
                    return Err(Error::ConcurrentModification(format!(
                        "`{id}` was planned to stay as it is, but now differs"
                    )));
                }
                (Action::Keep | Action::Update { .. }, Some(live)) => live,
                (Action::Create { .. }, None) => managed(self.resource.create(cx, &to).await?),
                (Action::Replace { .. }, Some(live)) => {
                    self.resource.delete(cx, &live).await?;
                    managed(self.resource.create(cx, &to).await?)
                }
                _ => return Err(Error::ConcurrentModification(format!("`{}`", self.resource.id()))),
            };
            // One that an earlier run left half-made may lack nothing but the last-applied tag.
            let changes = job.action != Action::Keep;
            let unmarked = changes && tag_value::<R>(&live.props, APPLIED) != tag_value::<R>(&to, APPLIED);
            let live =
                if unmarked || differs(&live) { self.resource.update(cx, live, &to).await? } else { live };
            store.lock().unwrap_or_else(PoisonError::into_inner).set(self.index, live.attrs);
            Ok(())
        })
    }

    fn reads_in_a_row(&self, verb: Verb) -> u32 {
        match verb {
            _ if !R::SHOWS_LATE => 0,
            Verb::Create if !R::CHANGES_ONCE_MADE => 1,
            _ => 2,
        }
    }

    fn is_shown<'a>(&'a self, store: &'a Mutex<AttributeStore>, cx: &'a Cx<'a>) -> LocalBoxFuture<'a, bool> {
        Box::pin(async move {
            let to = self.desired_props(&store.lock().unwrap_or_else(PoisonError::into_inner));
            let doc = unmarked_document::<R>(&to);
            match self.resource.observe(cx).await {
                Ok(live) => {
                    let shown = |live: Live<R>| unmarked_document::<R>(&self.managed_props(&live.props, &to));
                    live.is_some_and(|live| diff(&shown(live), &doc).is_empty())
                }
                Err(_) => true, // it is not late, and whoever reads it next will hear of it
            }
        })
    }

    fn is_owned(&self, live: Option<&ErasedValue>) -> bool {
        let live = live.and_then(|live| live.downcast_ref::<Live<R>>());
        live.is_some_and(|live| live.owner == Owner::ThisStack)
    }

    fn to_orphan(&self, live: ErasedValue) -> Option<Box<dyn Orphan>> {
        let live = *live.downcast::<Live<R>>().ok()?;
        if !R::SHARED && !live.owner.has_stack_tag() {
            return None;
        }
        let address = Some(self.label.address.clone());
        let (resource, protect) = (self.resource.clone(), self.label.protect);
        let redactor = self.label.redactor.clone();
        Some(Box::new(LiveResource { address, resource, live, named: true, protect, redactor }))
    }

    fn physical_id(&self, live: Option<&ErasedValue>) -> Option<String> {
        R::physical_id(live?.downcast_ref::<Live<R>>()?)
    }
}
