//! Typed handles on resources of the graph, and the attributes that they give access to.
use std::{any::Any, marker::PhantomData};

/// Handle on a resource in the graph, with the type of the resource's attributes.
///
/// Only [`Graph::add`](super::Graph::add) makes one, so an edge always points backwards and no cycle can be built.
pub struct Handle<A> {
    index: usize,
    attrs: PhantomData<fn() -> A>,
}
impl<A> Clone for Handle<A> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A> Copy for Handle<A> {}

impl<A> Handle<A> {
    pub(super) fn new(index: usize) -> Self {
        Self { index, attrs: PhantomData }
    }

    /// Returns the edge alone, for an ordering dependency without data.
    #[must_use]
    pub fn edge(self) -> Edge {
        Edge(self.index)
    }
}

/// An ordering dependency without data: the node behind it comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge(usize);

impl Edge {
    pub(super) fn index(self) -> usize {
        self.0
    }
}

pub(super) type ErasedValue = Box<dyn Any + Send + Sync>;

/// Attributes by resource.
#[derive(Default)]
pub(super) struct AttributeStore(Vec<Option<ErasedValue>>);

impl AttributeStore {
    pub(super) fn set<A: Send + Sync + 'static>(&mut self, index: usize, attrs: A) {
        if self.0.len() <= index {
            self.0.resize_with(index + 1, || None);
        }
        self.0[index] = Some(Box::new(attrs));
    }

    fn get<A: Clone + 'static>(&self, handle: Handle<A>) -> A {
        let slot = self.0.get(handle.index).and_then(Option::as_ref);
        // A handle exists only after its node, and nodes are planned and applied in order.
        slot.and_then(|attrs| attrs.downcast_ref::<A>()).expect("a handle names a settled node").clone()
    }
}

/// Dependencies of a resource: one handle, none, or several.
pub trait Deps: Send + Sync + 'static {
    /// Attributes of all the dependencies.
    type Attrs;
    /// Returns the indexes of the nodes depended on.
    fn indexes(&self) -> Vec<usize>;
    #[doc(hidden)]
    fn attrs(&self, from: &SettledAttributes<'_>) -> Self::Attrs;
}

/// Attributes that are settled so far.
pub struct SettledAttributes<'a>(&'a AttributeStore);

impl Deps for () {
    type Attrs = ();
    fn indexes(&self) -> Vec<usize> {
        Vec::new()
    }
    fn attrs(&self, _: &SettledAttributes<'_>) {}
}
impl<A: Clone + 'static> Deps for Handle<A> {
    type Attrs = A;
    fn indexes(&self) -> Vec<usize> {
        vec![self.index]
    }
    fn attrs(&self, from: &SettledAttributes<'_>) -> A {
        from.0.get(*self)
    }
}
impl<D: Deps> Deps for Option<D> {
    type Attrs = Option<D::Attrs>;
    fn indexes(&self) -> Vec<usize> {
        self.iter().flat_map(Deps::indexes).collect()
    }
    fn attrs(&self, from: &SettledAttributes<'_>) -> Self::Attrs {
        self.as_ref().map(|deps| deps.attrs(from))
    }
}
impl<A: Deps, B: Deps> Deps for (A, B) {
    type Attrs = (A::Attrs, B::Attrs);
    fn indexes(&self) -> Vec<usize> {
        [self.0.indexes(), self.1.indexes()].concat()
    }
    fn attrs(&self, from: &SettledAttributes<'_>) -> Self::Attrs {
        (self.0.attrs(from), self.1.attrs(from))
    }
}

/// Reads the attributes of `deps` from those that are settled.
pub(super) fn settled_attributes<D: Deps>(deps: &D, store: &AttributeStore) -> D::Attrs {
    deps.attrs(&SettledAttributes(store))
}
