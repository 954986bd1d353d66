//! ARNs: one of another partition matches nothing, one of another region or account may be a mistake.
use serde_json::Value;

use super::RuleContext;
use crate::{
    diagnostic::{Span, Spanned},
    iam::element_texts,
    manifest::template::Template,
};

/// ARNs, each with its span and whether it names what a function works on.
type FoundArn = Vec<(String, Span, bool)>;

pub(super) fn check_arns(context: &mut RuleContext<'_>) {
    let mut found = FoundArn::new();
    for function in context.written_functions() {
        found.extend(
            function.environment.iter().filter_map(|(_, value)| arn_in_template(context, value, false)),
        );
        found.extend(function.role.as_ref().and_then(|role| arn_in_template(context, &role.arn, false)));
        let sources = function.callers.iter().filter_map(|caller| caller.source.as_ref());
        found.extend(sources.filter_map(|source| arn_in_template(context, source, false)));
        if let Some(access) = &function.access {
            let tables = access.external_tables.iter().map(|(table, _)| table);
            let used = access.secrets.iter().chain(&access.models).chain(&access.keys).chain(tables);
            found.extend(used.filter_map(|one| arn_in_template(context, one, true)));
            let targets = access.targets().into_iter().map(|(_, target)| target);
            found.extend(targets.filter_map(|one| arn_in_template(context, one, true)));
            let allowed = access.allow.iter().flat_map(|allow| &allow.on);
            found.extend(allowed.filter_map(|one| arn_in_template(context, one, false)));
            found.extend(access.statements.iter().flat_map(arns_in_statement));
        }
    }
    let key = context.spec.key.as_ref().and_then(|key| key.arn.as_ref());
    let boundary = context.spec.roles.permissions_boundary.as_ref();
    found.extend(key.into_iter().chain(boundary).filter_map(|arn| arn_in_template(context, arn, false)));
    for (text, span, used) in found {
        check_arn_partition(context, &text, span);
        if used {
            check_arn_region_and_account(context, &text, span);
        }
    }
}

fn arn_in_template(
    context: &RuleContext<'_>,
    template: &Spanned<Template>,
    used: bool,
) -> Option<(String, Span, bool)> {
    let text = context.render_known(template)?.text;
    text.starts_with("arn:").then_some((text, template.span, used))
}

/// Returns the ARNs of a raw statement, which may well be of another region or account.
fn arns_in_statement(statement: &Spanned<Value>) -> FoundArn {
    let resources =
        ["Resource", "NotResource"].into_iter().flat_map(|one| element_texts(&statement.value, one));
    let arns = resources.filter(|text| text.starts_with("arn:aws") && !text.starts_with("arn:aws*"));
    arns.map(|text| (text.to_owned(), statement.span, false)).collect()
}

fn check_arn_partition(context: &mut RuleContext<'_>, text: &str, span: Span) {
    let own = text.split(':').nth(1).unwrap_or_default();
    let Some(wanted) = context.partition().filter(|wanted| *wanted != own) else { return };
    let message = format!("the ARN is of partition `{own}`, the region of `{wanted}`");
    context.report("wrong-partition", span, message, format!("begin it with `arn:{wanted}:`"));
}

fn check_arn_region_and_account(context: &mut RuleContext<'_>, text: &str, span: Span) {
    let spec = context.spec;
    let part = |index: usize| text.split(':').nth(index).filter(|part| !part.is_empty() && *part != "*");
    if let (Some(theirs), Some(ours)) = (part(3), spec.region.as_ref())
        && theirs != ours.value
    {
        let message = format!("this is in `{theirs}`, the stack in `{}`", ours.value);
        context.report("other-region", span, message, "correct the region, or suppress this if it is meant");
    }
    if let (Some(theirs), Some(ours)) = (part(4), spec.account.as_ref())
        && theirs != ours.value
    {
        let message = format!("this belongs to account `{theirs}`, the stack to `{}`", ours.value);
        context.report(
            "other-account",
            span,
            message,
            "correct the account, or see that the other one allows it",
        );
    }
}
