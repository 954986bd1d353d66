//! Resources and their edges, typed at the call site and erased inside.
use super::{
    diff::diff,
    mask::{Mask, hide},
    plan::{Action, Refusal, Step, decide, foreign, stuck},
    resource::{Live, Resource},
    sweep::{Standing, Stray},
};
use crate::{
    aws::{Aws, Cx, Error, Result, tags::Holder},
    spec::at::Place,
};
use futures_util::future::LocalBoxFuture;
use serde_json::Value;
use std::{any::Any, marker::PhantomData, sync::Mutex, sync::PoisonError};

/// A resource in the graph, and the type of what it offers.
///
/// Only [`Graph::add`] makes one, so an edge always points backwards and no cycle can be built.
pub struct Handle<A> {
    pub(super) index: usize,
    attrs: PhantomData<fn() -> A>,
}
impl<A> Clone for Handle<A> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A> Copy for Handle<A> {}

impl<A> Handle<A> {
    /// The edge alone, for an order without data.
    #[must_use]
    pub fn edge(self) -> Edge {
        Edge(self.index)
    }
}

/// An order without data: the node behind it comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge(usize);

impl Edge {
    pub(super) fn index(self) -> usize {
        self.0
    }
}

type Erased = Box<dyn Any + Send + Sync>;

/// Attributes by resource.
#[derive(Default)]
pub(super) struct Store(Vec<Option<Erased>>);

impl Store {
    fn set<A: Send + Sync + 'static>(&mut self, index: usize, attrs: A) {
        if self.0.len() <= index {
            self.0.resize_with(index + 1, || None);
        }
        self.0[index] = Some(Box::new(attrs));
    }

    fn get<A: Clone + 'static>(&self, handle: Handle<A>) -> A {
        let slot = self.0.get(handle.index).and_then(Option::as_ref);
        // A handle exists only after its node, and nodes are planned and carried out in order.
        slot.and_then(|attrs| attrs.downcast_ref::<A>()).expect("a handle names a settled node").clone()
    }
}

/// What a resource needs from others: a handle, none, several.
pub trait Deps: Send + Sync + 'static {
    /// The attributes of each.
    type Attrs;
    /// Which nodes.
    fn indexes(&self) -> Vec<usize>;
    #[doc(hidden)]
    fn attrs(&self, from: &Attributes<'_>) -> Self::Attrs;
}

/// The attributes that are settled so far.
pub struct Attributes<'a>(&'a Store);

impl Deps for () {
    type Attrs = ();
    fn indexes(&self) -> Vec<usize> {
        Vec::new()
    }
    fn attrs(&self, _: &Attributes<'_>) {}
}
impl<A: Clone + 'static> Deps for Handle<A> {
    type Attrs = A;
    fn indexes(&self) -> Vec<usize> {
        vec![self.index]
    }
    fn attrs(&self, from: &Attributes<'_>) -> A {
        from.0.get(*self)
    }
}
impl<D: Deps> Deps for Option<D> {
    type Attrs = Option<D::Attrs>;
    fn indexes(&self) -> Vec<usize> {
        self.iter().flat_map(Deps::indexes).collect()
    }
    fn attrs(&self, from: &Attributes<'_>) -> Self::Attrs {
        self.as_ref().map(|deps| deps.attrs(from))
    }
}
impl<A: Deps, B: Deps> Deps for (A, B) {
    type Attrs = (A::Attrs, B::Attrs);
    fn indexes(&self) -> Vec<usize> {
        [self.0.indexes(), self.1.indexes()].concat()
    }
    fn attrs(&self, from: &Attributes<'_>) -> Self::Attrs {
        (self.0.attrs(from), self.1.attrs(from))
    }
}

/// How a node is called and treated.
#[derive(Default)]
pub struct Label {
    /// Where it stands in the spec, such as `tables.conversations`.
    pub address: String,
    /// Its place in the file.
    pub place: Option<Place>,
    /// Whether one that nobody's tags are on is taken over: for what AWS makes by itself under a name of ours.
    pub adopts: bool,
    /// What of it must not be shown.
    pub mask: Option<Mask>,
    /// What must be there first without giving it anything.
    pub after: Vec<Edge>,
    /// What it vanishes with, so that it is made anew when that is replaced.
    pub parent: Option<Edge>,
}

struct Entry<R: Resource, D: Deps, F> {
    index: usize,
    label: Label,
    resource: R,
    deps: D,
    props: F,
}

/// The object-safe face of an entry.
pub(super) trait Node: Send + Sync {
    fn label(&self) -> &Label;
    fn kind(&self) -> &'static str;
    fn id(&self) -> &str;
    fn deps(&self) -> Vec<usize>;
    fn observe<'a>(&'a self, cx: &'a Cx<'a>) -> LocalBoxFuture<'a, Result<Option<Erased>>>;
    fn step(&self, live: Option<&Erased>, aws: &Aws, store: &mut Store) -> (Step, Option<Refusal>);
    fn carry_out<'a>(
        &'a self,
        action: &'a Action,
        live: Option<Erased>,
        store: &'a Mutex<Store>,
        cx: &'a Cx<'a>,
    ) -> LocalBoxFuture<'a, Result<()>>;
    /// Whether it stands and is this stack's.
    fn is_ours(&self, live: Option<&Erased>) -> bool;
    /// The standing resource for removal, if the stack may remove it.
    fn standing(&self, live: Erased) -> Option<Box<dyn Stray>>;
}

impl<R: Resource, D: Deps, F> Entry<R, D, F>
where
    F: Fn(D::Attrs) -> R::Props + Send + Sync + 'static,
{
    fn wanted(&self, store: &Store) -> R::Props {
        (self.props)(self.deps.attrs(&Attributes(store)))
    }

    fn refusal(&self, live: Option<&Live<R>>, action: &Action) -> Option<Refusal> {
        let live = live?;
        let Label { address, place, adopts, .. } = &self.label;
        if !(*adopts && live.holder == Holder::Nobody)
            && let Some((reason, remedy)) = foreign(&live.holder, self.resource.id())
        {
            return Some(Refusal { address: address.clone(), reason, remedy, place: *place });
        }
        let replaced = matches!(action, Action::Replace { .. });
        live.stuck.as_deref().filter(|_| replaced).map(|why| stuck(address, why, *place))
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
        let order = self.label.after.iter().map(|edge| edge.0);
        self.deps.indexes().into_iter().chain(order).collect()
    }

    fn observe<'a>(&'a self, cx: &'a Cx<'a>) -> LocalBoxFuture<'a, Result<Option<Erased>>> {
        Box::pin(async move { Ok(self.resource.observe(cx).await?.map(|live| Box::new(live) as Erased)) })
    }

    fn step(&self, live: Option<&Erased>, aws: &Aws, store: &mut Store) -> (Step, Option<Refusal>) {
        let live = live.and_then(|live| live.downcast_ref::<Live<R>>());
        let standing = live.map(|live| doc(&live.props));
        let mut action = decide(R::FIXED, doc(&self.wanted(store)), standing.as_ref());
        let refusal = self.refusal(live, &action);
        let attrs = match (&action, live) {
            (Action::Keep | Action::Update { .. }, Some(live)) => live.attrs.clone(),
            _ => self.resource.forecast(aws),
        };
        store.set(self.index, attrs);
        if let Some(mask) = &self.label.mask {
            action = hide(action, mask);
        }
        let step = Step {
            address: self.label.address.clone(),
            kind: R::KIND,
            id: self.resource.id().to_owned(),
            action,
            holds_data: R::HOLDS_DATA,
            place: self.label.place,
            warning: live.and_then(|live| live.warning.clone()),
        };
        (step, refusal)
    }

    fn carry_out<'a>(
        &'a self,
        action: &'a Action,
        live: Option<Erased>,
        store: &'a Mutex<Store>,
        cx: &'a Cx<'a>,
    ) -> LocalBoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let live = live.and_then(|live| live.downcast::<Live<R>>().ok()).map(|live| *live);
            let to = self.wanted(&store.lock().unwrap_or_else(PoisonError::into_inner));
            let differs = |live: &Live<R>| !diff(&doc(&live.props), &doc(&to)).is_empty();
            let live = match (action, live) {
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
            let live = if differs(&live) { self.resource.update(cx, live, &to).await? } else { live };
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
        Some(Box::new(Standing { address, resource: self.resource.clone(), live }))
    }
}

/// A configuration as a document.
pub(super) fn doc(props: &impl serde::Serialize) -> Value {
    // Props are plain data with string keys; there is nothing in them that JSON cannot say.
    serde_json::to_value(props).unwrap_or(Value::Null)
}

/// Resources in an order in which they can be made.
#[derive(Default)]
pub struct Graph {
    pub(super) nodes: Vec<Box<dyn Node>>,
}

impl Graph {
    /// Adds a resource whose configuration is made from the attributes of `deps`.
    pub fn add<R, D, F>(&mut self, label: Label, resource: R, deps: D, props: F) -> Handle<R::Attrs>
    where
        R: Resource,
        D: Deps,
        F: Fn(D::Attrs) -> R::Props + Send + Sync + 'static,
    {
        let index = self.nodes.len();
        self.nodes.push(Box::new(Entry { index, label, resource, deps, props }));
        Handle { index, attrs: PhantomData }
    }
}

/// Reads an attribute that a finished run has settled.
pub(super) fn settled<D: Deps>(deps: &D, store: &Store) -> D::Attrs {
    deps.attrs(&Attributes(store))
}
