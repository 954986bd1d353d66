//! The models that the functions of a stack may call.
use super::{
    inputs::Inputs,
    scope::{Base, Made},
};
use crate::{aws::Aws, engine::Later, spec::Loaded};

/// Ids and ARNs of models and inference profiles, as far as they are known before anything is made.
#[must_use]
pub fn models(loaded: &Loaded, inputs: Inputs, aws: &Aws) -> Vec<String> {
    let base = Base::new(loaded.spec.clone(), inputs, aws);
    let functions = base.spec.functions.keys().filter_map(|id| base.spec.function(id));
    let templates = functions.filter_map(|function| function.access).flat_map(|access| access.value.models);
    let known = |template| match base.render(&template, &Made::default()) {
        Later::Known(name) => Some(name),
        Later::After(_) => None,
    };
    templates.filter_map(|template| known(template.value)).collect()
}
