//! Secrets that are written in the spec itself.
use super::RuleContext;
use crate::{
    diagnostic::Span,
    redact::{Suspicion, judge},
};

/// A text of the spec, with the name it is written under if that says something about its value.
type NamedText<'a> = (Option<&'a str>, String, Span);

pub(super) fn check_secrets(context: &mut RuleContext<'_>) {
    for (name, text, span) in collect_texts(context) {
        let judged = judge(name.unwrap_or_default(), &text);
        let subject = name.map_or_else(|| "this".to_owned(), |name| format!("the value of `{name}`"));
        match judged {
            Some(Suspicion::Certain(what)) => {
                let hint = "revoke it, keep the new one in Secrets Manager, and grant it by `access.secrets`";
                context.report("pasted-secret", span, format!("{subject} looks like {what}"), hint);
            }
            Some(Suspicion::Likely) => {
                let hint = "if it is one, keep it in Secrets Manager and grant it by `access.secrets`";
                context.report("likely-secret", span, format!("{subject} may be a secret"), hint);
            }
            None => {}
        }
    }
}

fn collect_texts<'a>(context: &RuleContext<'a>) -> Vec<NamedText<'a>> {
    let spec = context.spec;
    let mut texts: Vec<NamedText<'a>> = Vec::new();
    for function in context.written_functions() {
        for (name, value) in function.environment.iter() {
            texts.push((Some(name), value.written(), value.span));
        }
        let build = function.code.iter().filter_map(|code| code.build.as_ref());
        texts.extend(
            function.description.iter().chain(build).map(|text| (None, text.value.clone(), text.span)),
        );
        let statements = function.access.iter().flat_map(|access| &access.statements);
        texts.extend(statements.map(|one| (None, one.value.to_string(), one.span)));
    }
    for (name, input) in spec.inputs.iter() {
        for value in [&input.value, &input.default].into_iter().flatten() {
            texts.push((Some(name), value.value.clone(), value.span));
        }
    }
    for (name, value) in spec.outputs.iter() {
        texts.push((Some(name), value.written(), value.span));
    }
    for (name, value) in spec.api.iter().flat_map(|api| api.stage.variables.iter()) {
        texts.push((Some(name), value.value.clone(), value.span));
    }
    // Tags speak of tokens and keys without holding any: only their form tells.
    texts.extend(spec.tags.iter().map(|(_, value)| (None, value.value.clone(), value.span)));
    texts
}
