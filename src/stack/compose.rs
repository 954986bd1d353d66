//! Lays a stack out: every part of the spec becomes resources, with edges only where AWS enforces an order.
use std::{collections::BTreeMap, sync::Arc};

use super::{
    functions, gateway,
    inputs::Inputs,
    outputs::{Handles, Outputs},
    packages::Packages,
    scope::{Base, Made},
    storage,
};
use crate::{
    aws::Aws,
    diagnostic::Span,
    engine::{Edge, Graph, Handle, Label},
    manifest::{
        Loaded,
        template::{Part, Reference, Template},
    },
    resources::{api, key},
};

/// A stack, laid out.
pub struct Stack {
    /// Its resources.
    pub graph: Graph,
    /// Its outputs.
    pub outputs: Outputs,
}

/// A layout in the making.
pub(super) struct Layout {
    pub(super) graph: Graph,
    pub(super) base: Arc<Base>,
    /// The key that was given rather than made.
    pub(super) given_key: Option<key::Attrs>,
    pub(super) key: Option<Handle<key::Attrs>>,
    pub(super) api: Option<Handle<api::Attrs>>,
    /// Every node by address, for orders and outputs.
    pub(super) edges: BTreeMap<String, Edge>,
}

/// Lays out the stack of `loaded`, whose functions run `code`.
#[must_use]
pub fn compose(loaded: &Loaded, inputs: Inputs, aws: &Aws, code: &Packages) -> Stack {
    let base = Arc::new(Base::new(loaded.spec.clone(), inputs, aws));
    let mut layout = Layout {
        graph: Graph::default(),
        given_key: storage::given_key(&base),
        base,
        key: None,
        api: None,
        edges: BTreeMap::new(),
    };
    storage::key(&mut layout);
    storage::tables(&mut layout);
    gateway::api(&mut layout);
    functions::functions(&mut layout, code);
    gateway::stage(&mut layout);
    let outputs = outputs(&layout);
    Stack { graph: layout.graph, outputs }
}

/// The label of the node at `address`.
pub(super) fn label(base: &Base, address: &str, span: Option<Span>) -> Label {
    Label { address: address.to_owned(), span, protect: base.protects(address), ..Label::default() }
}

impl Layout {
    /// Remembers a node under its address.
    pub(super) fn keep<A>(&mut self, address: String, handle: Handle<A>) -> Handle<A> {
        self.edges.insert(address, handle.edge());
        handle
    }

    /// The nodes at `addresses`, as far as there are such.
    pub(super) fn after<'a>(&self, addresses: impl IntoIterator<Item = &'a str>) -> Vec<Edge> {
        addresses.into_iter().filter_map(|address| self.edges.get(address).copied()).collect()
    }

    /// What the key and the API offer, to whoever asks for them.
    pub(super) fn made(&self, key: bool, api: bool) -> (Handles, Given) {
        let handles = (self.key.filter(|_| key), self.api.filter(|_| api));
        (handles, Given(self.given_key.clone().filter(|_| key)))
    }
}

/// The key that was given, where the spec has one; stands in for the made one.
pub(super) struct Given(Option<key::Attrs>);

impl Given {
    pub(super) fn made(&self, (key, api): (Option<key::Attrs>, Option<api::Attrs>)) -> Made {
        Made { key: key.or_else(|| self.0.clone()), api }
    }
}

fn outputs(layout: &Layout) -> Outputs {
    let spec = &layout.base.spec;
    let one =
        |(name, template): (&crate::diagnostic::Spanned<String>, &crate::diagnostic::Spanned<Template>)| {
            let sources = template.0.iter().filter_map(source);
            let edges = sources.filter_map(|address| layout.edges.get(&address).copied()).collect();
            (name.value.clone(), template.value.clone(), edges)
        };
    Outputs {
        base: Arc::clone(&layout.base),
        handles: (layout.key, layout.api),
        templates: spec.outputs.iter().map(one).collect(),
        given: layout.given_key.clone(),
    }
}

/// Address of the resource that a reference speaks of.
fn source(part: &Part) -> Option<String> {
    let Part::Ref(reference, _) = part else { return None };
    Some(match reference {
        Reference::Input(_) | Reference::Stack(_) => return None,
        Reference::Key(_) => "key".into(),
        Reference::Table(id, _) => format!("tables.{id}"),
        Reference::Function(id, _) => format!("functions.{id}"),
        Reference::Role(id, _) => format!("roles.{id}"),
        Reference::Api(_) => "api".into(),
    })
}
