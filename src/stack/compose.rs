//! Composes a stack: every part of the spec becomes resources, with edges only where AWS enforces an order.
use std::{collections::BTreeMap, sync::Arc};

use super::{
    functions, gateway, inputs::Inputs, layout::StackLayout, outputs::StackOutputs,
    packages::FunctionPackages, spec_context::SpecContext, storage,
};
use crate::{
    aws::Aws,
    diagnostic::Spanned,
    engine::Graph,
    manifest::{
        Loaded,
        template::{Reference, Template, TemplatePart},
    },
};

/// A composed stack.
pub struct ComposedStack {
    /// Graph of its resources.
    pub graph: Graph,
    /// The outputs of the stack.
    pub outputs: StackOutputs,
}

/// Composes the stack of `loaded`, whose functions run `code`.
#[must_use]
pub fn compose_stack(loaded: &Loaded, inputs: Inputs, aws: &Aws, code: &FunctionPackages) -> ComposedStack {
    let context = Arc::new(SpecContext::new(loaded.spec.clone(), inputs, aws));
    let mut layout = StackLayout {
        graph: Graph::default(),
        given_key: storage::given_key(&context),
        context,
        key: None,
        api: None,
        edges: BTreeMap::new(),
    };
    storage::add_key(&mut layout);
    storage::add_tables(&mut layout);
    gateway::add_api(&mut layout);
    functions::add_functions(&mut layout, code);
    gateway::add_stage(&mut layout);
    let outputs = compose_outputs(&layout);
    ComposedStack { graph: layout.graph, outputs }
}

fn compose_outputs(layout: &StackLayout) -> StackOutputs {
    let spec = &layout.context.spec;
    let one = |(name, template): (&Spanned<String>, &Spanned<Template>)| {
        let sources = template.0.iter().filter_map(source_address);
        let edges = sources.filter_map(|address| layout.edges.get(&address).copied()).collect();
        (name.value.clone(), template.value.clone(), edges)
    };
    StackOutputs {
        context: Arc::clone(&layout.context),
        handles: (layout.key, layout.api),
        templates: spec.outputs.iter().map(one).collect(),
        existing_key: layout.given_key.clone(),
    }
}

/// Returns the address of the resource that a reference points to.
fn source_address(part: &TemplatePart) -> Option<String> {
    let TemplatePart::Ref(reference, _) = part else { return None };
    Some(match reference {
        Reference::Input(_) | Reference::Stack(_) => return None,
        Reference::Key(_) => "key".into(),
        Reference::Table(id, _) => format!("tables.{id}"),
        Reference::Function(id, _) => format!("functions.{id}"),
        Reference::Role(id, _) => format!("roles.{id}"),
        Reference::Api(_) => "api".into(),
    })
}
