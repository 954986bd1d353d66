//! Runtimes near or past their end.
use super::RuleContext;
use crate::{
    diagnostic::{Spanned, suggest},
    facts::{RUNTIMES, Runtime},
    manifest::defaults,
};

pub(super) fn check_aging(context: &mut RuleContext<'_>) {
    for function in context.written_functions() {
        if let Some(runtime) = function.runtime.as_ref() {
            check_runtime(context, runtime);
        }
    }
}

fn check_runtime(context: &mut RuleContext<'_>, runtime: &Spanned<String>) {
    match RUNTIMES.find(runtime) {
        Some(known) if known.is_deprecated(context.today) => report_old_runtime(context, runtime, known),
        Some(_) => {}
        None => report_unknown_runtime(context, runtime),
    }
}

fn report_old_runtime(context: &mut RuleContext<'_>, runtime: &Spanned<String>, known: &Runtime) {
    let ends = [("no new functions", &known.no_create), ("no updates", &known.no_update)];
    let ends = ends.map(|(what, day)| day.as_ref().map(|day| format!("{what} from {day}")));
    let ends: Vec<String> = ends.into_iter().flatten().collect();
    let since = known.deprecated.as_deref().unwrap_or_default();
    let mut message = format!("`{}` has been deprecated since {since}", known.name);
    if !ends.is_empty() {
        message = format!("{message}: {}", ends.join(", "));
    }
    let hint = match &known.successor {
        Some(successor) => format!("move to `{successor}`"),
        None => "move to the newest runtime of its language".to_owned(),
    };
    context.report("old-runtime", runtime.span, message, hint);
}

/// Reports a runtime that Lambda was not known to have: an error, unless it may be a newer version of a language.
fn report_unknown_runtime(context: &mut RuleContext<'_>, runtime: &Spanned<String>) {
    // Of equally near ones the newest is offered, and none that is deprecated.
    let alive = RUNTIMES.all().iter().rev().filter(|known| !known.is_deprecated(context.today));
    let hint = match suggest::nearest(runtime, alive.map(|known| known.name.as_str())) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the default is `{}`", defaults::RUNTIME),
    };
    if RUNTIMES.has_language_of(runtime) {
        let message = format!("`{}` was no runtime of Lambda on {}", runtime.value, RUNTIMES.checked());
        context.report("unknown-runtime", runtime.span, message, hint);
    } else {
        let message = format!("Lambda has no runtime like `{}`", runtime.value);
        context.report("no-such-runtime", runtime.span, message, hint);
    }
}
