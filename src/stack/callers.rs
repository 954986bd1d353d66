//! Finds the parts of the API that call a function.
use super::{
    policies::{self, InvokeSource},
    spec_context::SpecContext,
};
use crate::{engine::MaybeKnown, iam::Policy, resources::api};

/// Name of the one authorizer, in AWS and in addresses.
pub(super) const AUTHORIZER: &str = "connect";

/// The callers of one function.
pub(super) struct FunctionCallers {
    function: String,
    routes: Vec<String>,
    authorizes: bool,
}

impl FunctionCallers {
    pub(super) fn of(context: &SpecContext, function: &str) -> Self {
        let api = context.spec.api.as_ref();
        let routes = api.into_iter().flat_map(|api| api.routes.iter());
        let routes = routes.filter(|(_, target)| target.value == function).map(|(key, _)| key.value.clone());
        let authorizer = api.and_then(|api| api.authorizer.as_ref());
        let authorizes = authorizer.is_some_and(|authorizer| authorizer.function.value == function);
        Self { function: function.to_owned(), routes: routes.collect(), authorizes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.routes.is_empty() && !self.authorizes
    }

    /// Returns the number of routes if they are more than the function's policy has statements for.
    pub(super) fn routes_beyond_policy(&self, context: &SpecContext) -> Option<usize> {
        let (function, stage) = (context.function_arn(&self.function), context.spec.stage_name());
        let room = policies::has_room_for_each(&context.scope, &function, stage, &self.sources(None));
        (!room).then_some(self.routes.len())
    }

    fn sources(&self, api: Option<&api::Attrs>) -> Vec<InvokeSource> {
        let mut sources: Vec<InvokeSource> = self.routes.iter().cloned().map(InvokeSource::Route).collect();
        if self.authorizes {
            let authorizer = api.map(|api| api.authorizer(AUTHORIZER));
            let unknown = || MaybeKnown::KnownAfter(format!("api.authorizers.{AUTHORIZER}"));
            sources.push(InvokeSource::Authorizer(authorizer.unwrap_or_else(unknown)));
        }
        sources
    }

    pub(super) fn invoke_policy(&self, context: &SpecContext, api: Option<&api::Attrs>) -> Policy {
        let id = api.map_or_else(|| MaybeKnown::KnownAfter("api.id".into()), |api| api.id.clone());
        let sources = self.sources(api);
        let (function, stage) = (context.function_arn(&self.function), context.spec.stage_name());
        policies::invoke_policy(&context.scope, &function, &id, stage, &sources)
    }
}
