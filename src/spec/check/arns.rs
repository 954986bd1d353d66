//! ARNs: those of another partition name nothing, those of another region or account perhaps not what is meant.
use super::Context;
use crate::spec::{
    at::{At, Place},
    template::Template,
};

/// Where an ARN stands, and whether it says what a function works on.
type Found<'a> = Vec<(&'a str, Place, bool)>;

pub(super) fn check(context: &mut Context<'_>) {
    let mut found = Found::new();
    for function in context.written_functions() {
        function.environment.iter().for_each(|(_, value)| push(&mut found, value, false));
        if let Some(access) = &function.access {
            access.secrets.iter().for_each(|secret| push(&mut found, secret, true));
            access.models.iter().for_each(|model| push(&mut found, model, true));
            access.external_tables.iter().for_each(|(table, _)| push(&mut found, table, true));
        }
    }
    if let Some(arn) = context.spec.key.as_ref().and_then(|key| key.arn.as_ref()) {
        push(&mut found, arn, false);
    }
    for (text, place, used) in found {
        partition(context, text, place);
        if used {
            elsewhere(context, text, place);
        }
    }
}

fn push<'a>(found: &mut Found<'a>, template: &'a At<Template>, used: bool) {
    if let Some(text) = template.value.literal().filter(|text| text.starts_with("arn:")) {
        found.push((text, template.place, used));
    }
}

fn partition(context: &mut Context<'_>, text: &str, place: Place) {
    let own = text.split(':').nth(1).unwrap_or_default();
    let Some(wanted) = context.partition().filter(|wanted| *wanted != own) else { return };
    let message = format!("the ARN is of partition `{own}`, the region of `{wanted}`");
    context.report("wrong-partition", place, message, format!("begin it with `arn:{wanted}:`"));
}

fn elsewhere(context: &mut Context<'_>, text: &str, place: Place) {
    let spec = context.spec;
    let part = |index: usize| text.split(':').nth(index).filter(|part| !part.is_empty() && *part != "*");
    if let (Some(theirs), Some(ours)) = (part(3), spec.region.as_ref())
        && theirs != ours.value
    {
        let message = format!("this is in `{theirs}`, the stack in `{}`", ours.value);
        context.report("other-region", place, message, "correct the region, or suppress this if it is meant");
    }
    if let (Some(theirs), Some(ours)) = (part(4), spec.account.as_ref())
        && theirs != ours.value
    {
        let message = format!("this belongs to account `{theirs}`, the stack to `{}`", ours.value);
        context.report(
            "other-account",
            place,
            message,
            "correct the account, or see that the other one allows it",
        );
    }
}
