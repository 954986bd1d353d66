//! A stack that is being composed: the resources so far, and what later ones may need of them.
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

/// A stack that is being composed.
pub(super) struct StackLayout {
    pub(super) graph: Graph,
    pub(super) context: Arc<SpecContext>,
    /// The existing key, if the spec names one.
    pub(super) given_key: Option<key::Attrs>,
    pub(super) key: Option<Handle<key::Attrs>>,
    pub(super) api: Option<Handle<api::Attrs>>,
    /// Every node by address, for dependencies and outputs.
    pub(super) edges: BTreeMap<String, Edge>,
}

/// Returns the label of the node at `address`.
pub(super) fn node_label(context: &SpecContext, address: &str, span: Option<Span>) -> NodeLabel {
    let texts = Some(context.private_texts.iter().cloned()).filter(|texts| texts.len() > 0);
    NodeLabel {
        address: address.to_owned(),
        span,
        redactor: texts.map(|texts| Redactor::new(|_| false).with_texts(texts)),
        protect: context.protects(address),
        ignored_tags: context.spec.ignore_tags.iter().map(|pattern| pattern.value.clone()).collect(),
        ..NodeLabel::default()
    }
}

impl StackLayout {
    /// Records a node under its address.
    pub(super) fn record_node<A>(&mut self, address: String, handle: Handle<A>) -> Handle<A> {
        self.edges.insert(address, handle.edge());
        handle
    }

    /// Returns edges to those nodes at `addresses` that exist.
    pub(super) fn edges_to<'a>(&self, addresses: impl IntoIterator<Item = &'a str>) -> Vec<Edge> {
        addresses.into_iter().filter_map(|address| self.edges.get(address).copied()).collect()
    }

    /// Returns the handles of the key and the API for those who need them.
    pub(super) fn generated_handles(&self, key: bool, api: bool) -> (Handles, ExistingKey) {
        let handles = (self.key.filter(|_| key), self.api.filter(|_| api));
        (handles, ExistingKey(self.given_key.clone().filter(|_| key)))
    }
}

/// The existing key, if the spec names one; it is used in place of a created key.
pub(super) struct ExistingKey(Option<key::Attrs>);

impl ExistingKey {
    pub(super) fn generated_ids(&self, (key, api): (Option<key::Attrs>, Option<api::Attrs>)) -> GeneratedIds {
        GeneratedIds { key: key.or_else(|| self.0.clone()), api }
    }
}
