//! The models that the functions of a stack may call, and their regions.
use std::collections::BTreeSet;

use super::{
    access,
    inputs::Inputs,
    spec_context::{GeneratedIds, SpecContext},
};
use crate::{aws::Aws, engine::MaybeKnown, manifest::Loaded};

/// A model or inference profile, and the region that a function calls it in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelCall {
    /// Id or ARN of the model.
    pub name: String,
    /// Region that the model is called in.
    pub region: String,
}

/// Returns the models that are known before any resource is created.
#[must_use]
pub fn called_models(loaded: &Loaded, inputs: Inputs, aws: &Aws) -> BTreeSet<ModelCall> {
    let context = SpecContext::new(loaded.spec.clone(), inputs, aws);
    let generated = GeneratedIds::default();
    let functions = context.spec.functions.keys().filter_map(|id| context.spec.function(id));
    let calls = functions.flat_map(|function| {
        let region =
            access::model_region(&context, &function, &generated).unwrap_or_else(|| aws.region.clone());
        let templates = function.access.map(|access| access.value.models).unwrap_or_default();
        let known = templates.into_iter().filter_map(|template| {
            match context.render_template(&template.value, &generated) {
                // The value of an input may be unknown; the endpoint `bedrock-mantle` names a project, and the model in
                // the request.
                MaybeKnown::Known(name) => Some(name)
                    .filter(|name| !name.contains("${inputs.") && !name.contains(":bedrock-mantle:")),
                MaybeKnown::KnownAfter(_) => None,
            }
        });
        known.map(move |name| ModelCall { name, region: region.clone() }).collect::<Vec<_>>()
    });
    calls.collect()
}
