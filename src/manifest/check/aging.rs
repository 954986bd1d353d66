//! Runtimes near or past their end.
use super::RuleContext;
use crate::{
    diagnostic::{Spanned, suggest},
    manifest::data::AGING,
};

/// Returns the date of the data.
pub(in crate::manifest) fn data_date() -> &'static str {
    &AGING.as_of
}

pub(super) fn check_aging(context: &mut RuleContext<'_>) {
    for function in context.written_functions() {
        if let Some(runtime) = function.runtime.as_ref() {
            check_runtime_age(context, runtime);
        }
    }
}

fn check_runtime_age(context: &mut RuleContext<'_>, runtime: &Spanned<String>) {
    let Some(known) = AGING.runtimes.iter().find(|known| known.name == runtime.value) else {
        return warn_unknown_runtime(context, runtime);
    };
    if known.deprecated.as_str() > context.today {
        return;
    }
    let ends = [("no new functions", &known.no_create), ("no updates", &known.no_update)];
    let ends = ends.map(|(what, day)| day.as_ref().map(|day| format!("{what} from {day}")));
    let ends: Vec<String> = ends.into_iter().flatten().collect();
    let mut message = format!("`{}` has been deprecated since {}", known.name, known.deprecated);
    if !ends.is_empty() {
        message = format!("{message}: {}", ends.join(", "));
    }
    let hint = match &known.successor {
        Some(successor) => format!("move to `{successor}`"),
        None => "move to the newest runtime of its language".to_owned(),
    };
    context.report("old-runtime", runtime.span, message, hint);
}

/// Warns of an unknown runtime; it is no error, because AWS may know newer ones.
fn warn_unknown_runtime(context: &mut RuleContext<'_>, runtime: &Spanned<String>) {
    if AGING.other_runtimes.contains(&runtime.value) {
        return;
    }
    // Of equally near ones the newest is offered, and none that is deprecated.
    let alive = AGING.runtimes.iter().rev().filter(|known| known.deprecated.as_str() > context.today);
    let known = AGING.other_runtimes.iter().chain(alive.map(|known| &known.name));
    let hint = match suggest::nearest(runtime, known.map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the newest Node.js known here is `{}`", AGING.newest),
    };
    let message = format!("`{}` was no runtime of Lambda on {}", runtime.value, data_date());
    context.report("unknown-runtime", runtime.span, message, hint);
}
