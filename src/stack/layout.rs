//! A layout in the making: the resources so far, and what later ones may need of them.
use std::{collections::BTreeMap, sync::Arc};

use super::{
    outputs::Handles,
    spec_context::{GeneratedIds, SpecContext},
};
use crate::{
    diagnostic::Span,
    engine::{Edge, Graph, Handle, NodeLabel},
    redact::Redactor,
    resources::{api, key},
};

/// A layout in the making.
pub(super) struct StackLayout {
    pub(super) graph: Graph,
    pub(super) context: Arc<SpecContext>,
    /// The key that was given rather than made.
    pub(super) given_key: Option<key::Attrs>,
    pub(super) key: Option<Handle<key::Attrs>>,
    pub(super) api: Option<Handle<api::Attrs>>,
    /// Every node by address, for orders and outputs.
    pub(super) edges: BTreeMap<String, Edge>,
}

/// The label of the node at `address`.
pub(super) fn node_label(context: &SpecContext, address: &str, span: Option<Span>) -> NodeLabel {
    let texts = Some(context.private_texts.iter().cloned()).filter(|texts| texts.len() > 0);
    NodeLabel {
        address: address.to_owned(),
        span,
        redactor: texts.map(|texts| Redactor::new(|_| false).with_texts(texts)),
        protect: context.protects(address),
        ..NodeLabel::default()
    }
}

impl StackLayout {
    /// Remembers a node under its address.
    pub(super) fn record_node<A>(&mut self, address: String, handle: Handle<A>) -> Handle<A> {
        self.edges.insert(address, handle.edge());
        handle
    }

    /// The nodes at `addresses`, as far as there are such.
    pub(super) fn edges_to<'a>(&self, addresses: impl IntoIterator<Item = &'a str>) -> Vec<Edge> {
        addresses.into_iter().filter_map(|address| self.edges.get(address).copied()).collect()
    }

    /// What the key and the API offer, to whoever asks for them.
    pub(super) fn generated_handles(&self, key: bool, api: bool) -> (Handles, ExistingKey) {
        let handles = (self.key.filter(|_| key), self.api.filter(|_| api));
        (handles, ExistingKey(self.given_key.clone().filter(|_| key)))
    }
}

/// The key that was given, where the spec has one; stands in for the made one.
pub(super) struct ExistingKey(Option<key::Attrs>);

impl ExistingKey {
    pub(super) fn generated_ids(&self, (key, api): (Option<key::Attrs>, Option<api::Attrs>)) -> GeneratedIds {
        GeneratedIds { key: key.or_else(|| self.0.clone()), api }
    }
}
