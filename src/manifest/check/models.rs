//! Models: the forms of their names, their age, and where they can be called.
use std::sync::LazyLock;

use regex_lite::Regex;

use super::{RenderedTemplate, RuleContext};
use crate::{
    diagnostic::{Span, Spanned},
    manifest::{data::AGING, template::Template},
};

/// `[profile.]provider.model`, a version perhaps behind it.
static MODEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([a-z-]{2,6}\.)?[a-z0-9]+\.[a-zA-Z0-9*][a-zA-Z0-9.*_-]*(:[a-z0-9:*]+)?$")
        .expect("a valid pattern")
});
static ARN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^arn:[a-z-]+:bedrock:[a-z0-9*-]*:[0-9*]*:[a-z-]*(model|profile|router|endpoint|deployment)/.+$",
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
        let hint = format!("write an id such as `{}`", AGING.model_successor);
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
    if let Some(model) = AGING.models.iter().find(|model| id.ends_with(&model.name)) {
        let bare = AGING.model_successor.trim_start_matches("us.");
        let region = context.spec.region.as_ref().map_or("us-east-1", |region| region.as_str());
        let prefix = profile_prefix_of(region).unwrap_or("global.");
        let hint = format!("move to a newer one, such as the inference profile `{prefix}{bare}`");
        context.report("old-model", span, format!("the model `{id}` {}", model.since), hint);
    }
}

/// Returns the prefix of the inference profiles in a region.
fn profile_prefix_of(region: &str) -> Option<&'static str> {
    let mut prefixes = AGING.profile_prefixes.iter().filter(|known| known.prefix != "global.");
    let found = prefixes.find(|known| known.regions.iter().any(|start| region.starts_with(start.as_str())));
    found.map(|known| known.prefix.as_str())
}

fn check_profile_region(context: &mut RuleContext<'_>, id: &str, span: Span) {
    let region = context.spec.region.as_ref().map(|region| region.as_str());
    let prefix = AGING.profile_prefixes.iter().find(|known| id.starts_with(&known.prefix));
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
        (None, region) if AGING.profiles_only.iter().any(|start| id.starts_with(start.as_str())) => {
            let message = format!("`{id}` answers by an inference profile only");
            let hint = region.and_then(profile_prefix_of).unwrap_or("us.");
            context.report("model-needs-profile", span, message, format!("write `{hint}{id}`"));
        }
        _ => {}
    }
}
