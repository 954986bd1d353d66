//! Finds who calls a function: parts of the API, and those that the spec names besides.
use super::{
    policies::{self, InvokeSource, OtherCaller},
    spec_context::{GeneratedIds, SpecContext, TemplateNeeds},
};
use crate::{
    engine::MaybeKnown,
    facts::LIMITS,
    iam::Policy,
    manifest::types::{Caller, Function},
    resources::api,
};

/// Name of the one authorizer, in AWS and in addresses.
pub(super) const AUTHORIZER: &str = "connect";

/// The callers of one function.
pub(super) struct FunctionCallers {
    function: String,
    routes: Vec<String>,
    authorizes: bool,
    others: Vec<Caller>,
}

impl FunctionCallers {
    pub(super) fn of(context: &SpecContext, function: &str) -> Self {
        let api = context.spec.api.as_ref();
        let routes = api.into_iter().flat_map(|api| api.routes.iter());
        let routes =
            routes.filter(|(_, route)| route.function.value == function).map(|(key, _)| key.value.clone());
        let authorizer = api.and_then(|api| api.function_authorizer());
        let authorizes = authorizer.is_some_and(|authorizer| authorizer.function.value == function);
        let Function { callers, .. } = context.spec.function(function).unwrap_or_default();
        let others = callers.into_iter().map(|caller| caller.value).collect();
        Self { function: function.to_owned(), routes: routes.collect(), authorizes, others }
    }

    /// Returns the resources whose ids the policy names.
    pub(super) fn needs(&self) -> TemplateNeeds {
        let sources = self.others.iter().filter_map(|caller| caller.source.as_ref());
        let needs = TemplateNeeds::of(sources.map(|source| &source.value));
        TemplateNeeds { api: needs.api || !self.routes.is_empty() || self.authorizes, ..needs }
    }

    /// Returns the number of routes if they are more than the function's policy has statements for.
    pub(super) fn routes_beyond_policy(&self, context: &SpecContext) -> Option<usize> {
        let (function, stage) = (context.function_arn(&self.function), context.spec.stage_name());
        let others = self.other_callers(context, &GeneratedIds::default());
        let room =
            policies::has_room_for_each(&context.scope, &function, stage, &self.sources(None), &others);
        (!room && !self.routes.is_empty()).then_some(self.routes.len())
    }

    /// Returns the bytes of the callers beside the API if they leave no room for the rest of the policy.
    pub(super) fn size_beyond_policy(&self, context: &SpecContext) -> Option<usize> {
        let others = self.other_callers(context, &GeneratedIds::default());
        let size = policies::callers_size(&context.scope, &context.function_arn(&self.function), &others);
        (size + SHARED > *LIMITS.function_policy_bytes).then_some(size)
    }

    fn other_callers(&self, context: &SpecContext, generated: &GeneratedIds) -> Vec<OtherCaller> {
        let text =
            |part: &Option<crate::diagnostic::Spanned<String>>| part.as_ref().map(|part| part.value.clone());
        let caller = |caller: &Caller| OtherCaller {
            service: text(&caller.service),
            written: caller.source.as_ref().map(|source| source.value.to_string()).unwrap_or_default(),
            source: caller.source.as_ref().map(|source| context.render_template(source, generated)),
            account: text(&caller.account),
        };
        self.others.iter().map(caller).collect()
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

    pub(super) fn invoke_policy(&self, context: &SpecContext, generated: &GeneratedIds) -> Policy {
        let api = generated.api.as_ref();
        let id = api.map_or_else(|| MaybeKnown::KnownAfter("api.id".into()), |api| api.id.clone());
        let sources = self.sources(api);
        let others = self.other_callers(context, generated);
        let (function, stage) = (context.function_arn(&self.function), context.spec.stage_name());
        policies::invoke_policy(&context.scope, &function, &id, stage, &sources, &others)
    }
}

/// Bytes of a function's policy that are kept for the statements that let the routes and the authorizer call it.
const SHARED: usize = 2048;
