//! Models: the forms of their names, their age, and where they can be called.
use std::sync::LazyLock;

use regex_lite::Regex;

use super::{RenderedTemplate, RuleContext};
use crate::{
    diagnostic::{Span, Spanned},
    facts::{MODELS, profile_prefix_of},
    manifest::template::Template,
};

/// `[profile.]provider.model`, a version perhaps behind it.
static MODEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([a-z-]{2,6}\.)?[a-z0-9]+\.[a-zA-Z0-9*][a-zA-Z0-9.*_-]*(:[a-z0-9:*]+)?$")
        .expect("a valid pattern")
});
static ARN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^arn:[a-z-]+:(bedrock:[a-z0-9*-]*:[0-9*]*:[a-z-]*(model|profile|router|endpoint|deployment)|bedrock-mantle:[a-z0-9-]+:[0-9]{12}:project)/.+$",
    )
    .expect("a valid pattern")
});

pub(super) fn check_models(context: &mut RuleContext<'_>) {
    for function in context.written_functions() {
        for model in function.access.iter().flat_map(|access| &access.models) {
            check_model_name(context, model);
        }
    }
}

fn check_model_name(context: &mut RuleContext<'_>, model: &Spanned<Template>) {
    let Some(RenderedTemplate { text: id, shown }) = context.render_known(model) else { return };
    let (id, span) = (id.as_str(), model.span);
    // Those of Bedrock's own belong to no account.
    let owned = id.contains(":foundation-model/") && !id.split(':').nth(4).is_some_and(str::is_empty);
    if !MODEL.is_match(id) && !ARN.is_match(id) && id != "*" || owned {
        let message = format!("`{shown}` is no name of a model");
        let hint = format!("write an id such as `{}`", profile_of(&MODELS.successor, None));
        return context.report("bad-model", span, message, hint);
    }
    // A model in any region is one model.
    let name = if id.starts_with("arn:") { id.rsplit('/').next().unwrap_or(id) } else { id };
    if name.contains('*') {
        let message = format!("`{id}` allows models that nobody has chosen");
        return context.report("any-model", span, message, "name the models the function calls");
    }
    check_model_age(context, id, span);
    check_profile_region(context, id, span);
}

fn check_model_age(context: &mut RuleContext<'_>, id: &str, span: Span) {
    let Some(model) = MODELS.aging.iter().find(|model| id.ends_with(&model.name)) else { return };
    if let Some(state) = model.state(context.today) {
        let region = context.spec.region.as_ref().map(|region| region.as_str());
        let newer = profile_of(&MODELS.successor, region);
        let hint = format!("move to a newer one, such as the inference profile `{newer}`");
        context.report("old-model", span, format!("the model `{id}` {state}"), hint);
    }
}

/// Returns the inference profile of a model in a region, or in the default region of the examples.
fn profile_of(model: &str, region: Option<&str>) -> String {
    format!("{}{model}", profile_prefix_of(region.unwrap_or("us-east-1")).unwrap_or("global."))
}

fn check_profile_region(context: &mut RuleContext<'_>, id: &str, span: Span) {
    let region = context.spec.region.as_ref().map(|region| region.as_str());
    let prefix = MODELS.profile_prefixes.iter().find(|known| id.starts_with(&known.prefix));
    match (prefix, region) {
        (Some(prefix), Some(region))
            if !prefix.regions.iter().any(|start| region.starts_with(start.as_str())) =>
        {
            let message = format!("there are no `{}` profiles in `{region}`", prefix.prefix);
            let bare = id.strip_prefix(prefix.prefix.as_str()).unwrap_or(id);
            let hint = match profile_prefix_of(region) {
                Some(near) => format!("look for `{near}{bare}` or `global.{bare}`"),
                None => format!("look for `global.{bare}`"),
            };
            context.report("profile-region", span, message, hint);
        }
        (None, region) if MODELS.profiles_only.iter().any(|only| only == id) => {
            let message = format!("`{id}` answers by an inference profile only");
            let hint = region.and_then(profile_prefix_of).unwrap_or("us.");
            context.report("model-needs-profile", span, message, format!("write `{hint}{id}`"));
        }
        _ => {}
    }
}
