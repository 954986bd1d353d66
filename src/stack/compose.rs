//! Lays a stack out: every part of the spec becomes resources, with edges only where AWS enforces an order.
use std::{collections::BTreeMap, sync::Arc};

use super::{
    functions, gateway, inputs::Inputs, layout::Layout, outputs::Outputs, packages::Packages, scope::Base,
    storage,
};
use crate::{
    aws::Aws,
    diagnostic::Spanned,
    engine::Graph,
    manifest::{
        Loaded,
        template::{Part, Reference, Template},
    },
};

/// A stack, laid out.
pub struct Stack {
    /// Its resources.
    pub graph: Graph,
    /// Its outputs.
    pub outputs: Outputs,
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

fn outputs(layout: &Layout) -> Outputs {
    let spec = &layout.base.spec;
    let one = |(name, template): (&Spanned<String>, &Spanned<Template>)| {
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
