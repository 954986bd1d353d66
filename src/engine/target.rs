//! Targets: the resources that a run is limited to, and their dependencies.
use super::{graph::Graph, orphan::Orphan};
use crate::diagnostic::suggest;

/// Error: no resource is at the target address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no resource at `{address}`{}", .nearest.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
pub struct UnknownTarget {
    address: String,
    nearest: Option<String>,
}

/// Resources and orphans that a run is limited to.
#[derive(Debug)]
pub(super) struct Targets {
    /// Whether a node is included, by its index.
    pub(super) nodes: Vec<bool>,
    /// Addresses of the included orphans.
    orphans: Vec<String>,
}

impl Targets {
    /// Resolves `addresses` to resources and their dependencies.
    ///
    /// # Errors
    /// No resource is at one of the addresses.
    pub(super) fn resolve(
        graph: &Graph,
        orphans: &[Box<dyn Orphan>],
        addresses: &[String],
    ) -> Result<Self, UnknownTarget> {
        let mut found = Self { nodes: vec![false; graph.nodes.len()], orphans: Vec::new() };
        for address in addresses {
            let node = graph.nodes.iter().position(|node| node.label().address == *address);
            match node {
                Some(index) => found.include_with_needs(graph, index),
                None if orphans.iter().any(|orphan| orphan.address() == *address) => {
                    found.orphans.push(address.clone());
                }
                None => return Err(unknown_target_message(graph, orphans, address)),
            }
        }
        Ok(found)
    }

    /// Returns whether the orphan at `address` is included.
    pub(super) fn includes_orphan(&self, address: &str) -> bool {
        self.orphans.iter().any(|one| one == address)
    }

    fn include_with_needs(&mut self, graph: &Graph, index: usize) {
        let Some(seen) = self.nodes.get_mut(index) else { return };
        if !std::mem::replace(seen, true)
            && let Some(node) = graph.nodes.get(index)
        {
            for dep in node.deps() {
                self.include_with_needs(graph, dep);
            }
        }
    }
}

/// Returns the error for an unknown target, with the nearest address as a suggestion.
fn unknown_target_message(graph: &Graph, orphans: &[Box<dyn Orphan>], address: &str) -> UnknownTarget {
    let nodes = graph.nodes.iter().map(|node| node.label().address.clone());
    let all: Vec<String> = nodes.chain(orphans.iter().map(|orphan| orphan.address())).collect();
    let nearest = suggest::nearest(address, all.iter().map(String::as_str)).map(str::to_owned);
    UnknownTarget { address: address.to_owned(), nearest }
}
