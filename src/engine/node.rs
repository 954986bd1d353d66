//! A resource in the graph behind its object-safe face: reading, judging and carrying out.
use std::sync::{Mutex, PoisonError};

use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use super::{
    diff::diff,
    handle::{Deps, Edge, Erased, Store, settled},
    mark::{self, Evidence, Mark, Seal},
    plan::{Action, Step, decide, protected, refusal, stuck},
    resource::{Live, Resource, tag, unmarked},
    sweep::{Standing, Stray},
};
use crate::{
    aws::{
        Aws, Cx, Error, Result,
        tags::{APPLIED, Holder},
    },
    diagnostic::{Diagnostic, Span},
    redact::Redactor,
};

/// How a node is called and treated.
#[derive(Default)]
pub struct Label {
    /// Where it stands in the spec, such as `tables.conversations`.
    pub address: String,
    /// Its place in the file.
    pub span: Option<Span>,
    /// Whether one that nobody's tags are on is taken over: for what AWS makes by itself under a name of ours.
    pub adopts: bool,
    /// What of it must not be shown.
    pub redactor: Option<Redactor>,
    /// What must be there first without giving it anything.
    pub after: Vec<Edge>,
    /// What it vanishes with, so that it is made anew when that is replaced.
    pub vanishes_with: Option<Edge>,
    /// For what takes no tags: the resource whose part of the spec it is made from, which tells whether that
    /// part has changed since it was applied.
    pub parent: Option<Edge>,
    /// Whether it may neither be removed nor replaced.
    pub protect: bool,
}

pub(super) struct Entry<R: Resource, D: Deps, F> {
    pub(super) index: usize,
    pub(super) label: Label,
    pub(super) resource: R,
    pub(super) deps: D,
    pub(super) props: F,
}

/// Attributes as they are, and as they would be if nothing stood: the latter follow from the spec alone.
#[derive(Default)]
pub(super) struct Stores {
    pub(super) known: Store,
    pub(super) bare: Store,
}

/// What is decided about one resource, and what is known of its past.
pub(super) struct Verdict {
    pub(super) step: Step,
    pub(super) refusal: Option<Diagnostic>,
    pub(super) evidence: Evidence,
}

/// The object-safe face of an entry.
pub(super) trait Node: Send + Sync {
    fn label(&self) -> &Label;
    fn kind(&self) -> &'static str;
    fn id(&self) -> &str;
    fn deps(&self) -> Vec<usize>;
    fn observe<'a>(&'a self, cx: &'a Cx<'a>) -> LocalBoxFuture<'a, Result<Option<Erased>>>;
    fn step(&self, live: Option<&Erased>, aws: &Aws, stores: &mut Stores) -> Verdict;
    fn carry_out<'a>(
        &'a self,
        job: &'a Job,
        live: Option<Erased>,
        store: &'a Mutex<Store>,
        cx: &'a Cx<'a>,
    ) -> LocalBoxFuture<'a, Result<()>>;
    /// Whether it stands and is this stack's.
    fn is_ours(&self, live: Option<&Erased>) -> bool;
    /// The standing resource for removal, if the stack may remove it.
    fn standing(&self, live: Erased) -> Option<Box<dyn Stray>>;
}

/// What is to be done with one resource.
pub(super) struct Job {
    pub(super) action: Action,
    pub(super) seal: Seal,
    /// Whether it is outside the targets and not even looked at.
    pub(super) left_out: bool,
}

impl<R: Resource, D: Deps, F> Entry<R, D, F>
where
    F: Fn(D::Attrs) -> R::Props + Send + Sync + 'static,
{
    fn wanted(&self, store: &Store) -> R::Props {
        (self.props)(settled(&self.deps, store))
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

    fn refusal(&self, live: Option<&Live<R>>, action: &Action) -> Option<Diagnostic> {
        let live = live?;
        let Label { address, span, adopts, protect, .. } = &self.label;
        if !(*adopts && live.holder == Holder::Nobody)
            && let Some((reason, remedy)) = live.holder.refusal(self.resource.id())
        {
            return Some(refusal(address, reason, remedy, *span));
        }
        if !matches!(action, Action::Replace { .. }) {
            return None;
        }
        if *protect {
            return Some(protected(address, "replaced", *span));
        }
        live.stuck.as_deref().map(|why| stuck(address, why, *span))
    }

    fn evidence(&self, live: Option<&Live<R>>, wanted: &Value, bare: &Store) -> Evidence {
        let standing = live.map(|live| unmarked::<R>(&live.props));
        let known = |at: &str| self.redacts(at) && wanted.pointer(at).is_some();
        let digests = |doc: &Value| {
            // Where nothing is redacted, both ways of redacting are the same.
            let other = self.label.redactor.is_some().then(|| mark::digest(doc, &known));
            std::iter::once(mark::digest(doc, &|at| self.redacts(at))).chain(other)
        };
        Evidence {
            mark: live.and_then(|live| Mark::read(&tag::<R>(&live.props, APPLIED)?)),
            spec: mark::digest(&unmarked::<R>(&self.wanted(bare)), &|at| self.redacts(at)),
            live: standing.iter().flat_map(digests).collect(),
            parent: self.label.parent.map(Edge::index),
        }
    }
}

impl<R: Resource, D: Deps, F> Node for Entry<R, D, F>
where
    F: Fn(D::Attrs) -> R::Props + Send + Sync + 'static,
{
    fn label(&self) -> &Label {
        &self.label
    }
    fn kind(&self) -> &'static str {
        R::KIND
    }
    fn id(&self) -> &str {
        self.resource.id()
    }
    fn deps(&self) -> Vec<usize> {
        let order = self.label.after.iter().map(|edge| edge.index());
        self.deps.indexes().into_iter().chain(order).collect()
    }

    fn observe<'a>(&'a self, cx: &'a Cx<'a>) -> LocalBoxFuture<'a, Result<Option<Erased>>> {
        Box::pin(async move { Ok(self.resource.observe(cx).await?.map(|live| Box::new(live) as Erased)) })
    }

    fn step(&self, live: Option<&Erased>, aws: &Aws, stores: &mut Stores) -> Verdict {
        let live = live.and_then(|live| live.downcast_ref::<Live<R>>());
        let standing = live.map(|live| unmarked::<R>(&live.props));
        let wanted = unmarked::<R>(&self.wanted(&stores.known));
        let mut action = decide(R::FIXED, wanted.clone(), standing.as_ref());
        let refusal = self.refusal(live, &action);
        let evidence = self.evidence(live, &wanted, &stores.bare);
        stores.bare.set(self.index, self.resource.forecast(aws));
        let attrs = match (&action, live) {
            (Action::Keep | Action::Update { .. }, Some(live)) => live.attrs.clone(),
            _ => self.resource.forecast(aws),
        };
        stores.known.set(self.index, attrs);
        if let Some(redactor) = &self.label.redactor {
            action = action.redacted(redactor);
        }
        let step = Step {
            address: self.label.address.clone(),
            kind: R::KIND,
            id: self.resource.id().to_owned(),
            action,
            before: standing.map(|doc| self.redacted(doc)),
            after: Some(self.redacted(wanted)),
            origin: None,
            holds_data: R::HOLDS_DATA,
            span: self.label.span,
            warning: live.and_then(|live| live.warning.clone()),
            left_out: false,
        };
        Verdict { step, refusal, evidence }
    }

    fn carry_out<'a>(
        &'a self,
        job: &'a Job,
        live: Option<Erased>,
        store: &'a Mutex<Store>,
        cx: &'a Cx<'a>,
    ) -> LocalBoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if job.left_out {
                return Ok(());
            }
            let live = live.and_then(|live| live.downcast::<Live<R>>().ok()).map(|live| *live);
            let mut to = self.wanted(&store.lock().unwrap_or_else(PoisonError::into_inner));
            let doc = unmarked::<R>(&to);
            if let Some(tags) = R::tags(&mut to) {
                tags.insert(APPLIED.to_owned(), mark::write(&doc, &|at| self.redacts(at), &job.seal));
            }
            let differs = |live: &Live<R>| !diff(&unmarked::<R>(&live.props), &doc).is_empty();
            let live = match (&job.action, live) {
                (Action::Keep, Some(live)) if differs(&live) => {
                    let id = self.resource.id();
                    return Err(Error::Moved(format!(
                        "`{id}` was planned to stay as it is, but now differs"
                    )));
                }
                (Action::Keep | Action::Update { .. }, Some(live)) => live,
                (Action::Create { .. }, None) => self.resource.create(cx, &to).await?,
                (Action::Replace { .. }, Some(live)) => {
                    self.resource.delete(cx, &live).await?;
                    self.resource.create(cx, &to).await?
                }
                _ => return Err(Error::Moved(format!("`{}`", self.resource.id()))),
            };
            // One that an earlier run left half-made may be as it should be but for the mark.
            let changes = job.action != Action::Keep;
            let unmarked = changes && tag::<R>(&live.props, APPLIED) != tag::<R>(&to, APPLIED);
            let live =
                if unmarked || differs(&live) { self.resource.update(cx, live, &to).await? } else { live };
            store.lock().unwrap_or_else(PoisonError::into_inner).set(self.index, live.attrs);
            Ok(())
        })
    }

    fn is_ours(&self, live: Option<&Erased>) -> bool {
        let live = live.and_then(|live| live.downcast_ref::<Live<R>>());
        live.is_some_and(|live| live.holder == Holder::Ours)
    }

    fn standing(&self, live: Erased) -> Option<Box<dyn Stray>> {
        let live = *live.downcast::<Live<R>>().ok()?;
        if !R::SHARED && live.holder != Holder::Ours {
            return None;
        }
        let address = Some(self.label.address.clone());
        let (resource, protect) = (self.resource.clone(), self.label.protect);
        let redactor = self.label.redactor.clone();
        Some(Box::new(Standing { address, resource, live, protect, redactor }))
    }
}
