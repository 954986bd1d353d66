//! Resource graph of a stack: typed at the call site, with the types erased inside.
use super::{
    handle::{Deps, Handle},
    node::{GraphEntry, GraphNode, NodeLabel},
    origin::Origin,
    resource::Resource,
};

/// Resources in an order in which they can be created.
#[derive(Default)]
pub struct Graph {
    pub(super) nodes: Vec<Box<dyn GraphNode>>,
    pub(super) origin: Option<Origin>,
}

impl Graph {
    /// Sets where the desired configuration comes from.
    pub fn set_origin(&mut self, origin: Origin) {
        self.origin = Some(origin);
    }

    /// Adds a resource whose configuration is computed from the attributes of `deps`.
    pub fn add<R, D, F>(&mut self, label: NodeLabel, resource: R, deps: D, props: F) -> Handle<R::Attrs>
    where
        R: Resource,
        D: Deps,
        F: Fn(D::Attrs) -> R::Props + Send + Sync + 'static,
    {
        let index = self.nodes.len();
        self.nodes.push(Box::new(GraphEntry { index, label, resource, deps, props }));
        Handle::new(index)
    }
}
