//! Runtimes near or past their end.
use super::Context;
use crate::spec::{at::At, data::AGING, suggest};

/// The day of the data.
pub(in crate::spec) fn as_of() -> &'static str {
    &AGING.as_of
}

pub(super) fn check(context: &mut Context<'_>) {
    for function in context.written_functions() {
        if let Some(runtime) = function.runtime.as_ref() {
            old_runtime(context, runtime);
        }
    }
}

fn old_runtime(context: &mut Context<'_>, runtime: &At<String>) {
    let Some(known) = AGING.runtimes.iter().find(|known| known.name == runtime.value) else {
        return unknown_runtime(context, runtime);
    };
    if known.deprecated.as_str() > context.today {
        return;
    }
    let message = format!(
        "`{}` has been deprecated since {}: no new functions from {}, no updates from {}",
        known.name, known.deprecated, known.no_create, known.no_update
    );
    let hint = if known.name == AGING.successor {
        "move to the newest Node.js runtime of Lambda".to_owned()
    } else {
        format!("move to `{}`", AGING.successor)
    };
    context.report("old-runtime", runtime.place, message, hint);
}

/// AWS may know newer ones, so this is only a warning.
fn unknown_runtime(context: &mut Context<'_>, runtime: &At<String>) {
    if AGING.other_runtimes.contains(&runtime.value) {
        return;
    }
    // Of equally near ones the newest is offered.
    let ending = AGING.runtimes.iter().rev().map(|known| &known.name);
    let known = AGING.other_runtimes.iter().chain(ending);
    let hint = match suggest::nearest(runtime, known.map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the newest Node.js known here is `{}`", AGING.successor),
    };
    let message = format!("`{}` was no runtime of Lambda on {}", runtime.value, as_of());
    context.report("unknown-runtime", runtime.place, message, hint);
}
