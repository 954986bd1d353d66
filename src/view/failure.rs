//! A failure, drawn for people.
use std::fmt::Write;

use super::{Style, diagnostics, trouble};
use crate::{
    exit::{Failure, Stale},
    manifest::LoadError,
    policy::preflight::{self, Missing},
};

/// Draws what went wrong and the next step; empty if all is told already.
#[must_use]
pub fn text(failure: &Failure, style: Style) -> String {
    match failure {
        Failure::Usage(message) => error(style, message, Some("see `copilot-infra --help`")),
        Failure::Spec(LoadError::Unreadable { message, hint, .. }) => error(style, message, Some(hint)),
        Failure::Spec(LoadError::Findings { source, diagnostics, .. })
        | Failure::Found(source, diagnostics) => {
            let drawn = diagnostics::draw(source, diagnostics, style.0);
            format!("{drawn}\n\n{}\n", diagnostics::summary(diagnostics))
        }
        Failure::Aws(aws) => error(style, &aws.to_string(), aws.hint().as_deref()),
        Failure::Unread(source, unread) => {
            let drawn = unread.all().map(|one| trouble::unread(one, source, style));
            drawn.collect::<Vec<_>>().join("\n\n")
        }
        Failure::Refused(source, refusals) => {
            let drawn = refusals.iter().map(|refusal| trouble::refused(refusal, source, style));
            drawn.collect::<Vec<_>>().join("\n\n")
        }
        Failure::Lacking(missing) => lacking(style, missing),
        Failure::Stale(found) => stale(style, found),
        Failure::NotAgreed(message) | Failure::File(message) => error(style, message, None),
        Failure::Lease(lease) => error(style, &lease.to_string(), lease.hint().as_deref()),
        Failure::Talk(talk) => error(style, &talk.to_string(), Some(talk.hint())),
        Failure::Local(local) => error(style, &local.to_string(), Some(&local.hint())),
        Failure::Smoke | Failure::Partial | Failure::Told | Failure::Signal(_) => String::new(),
    }
}

fn error(style: Style, message: &str, hint: Option<&str>) -> String {
    let mut out = format!("{} {message}\n", style.red("error:"));
    if let Some(hint) = hint {
        let _ = writeln!(out, "{} {hint}", style.bold("hint:"));
    }
    out
}

fn lacking(style: Style, missing: &[Missing]) -> String {
    let one = |Missing { action, resource, steps }: &Missing| {
        format!("\n  {action} on {resource} (for {})", steps.join(", "))
    };
    let list: String = missing.iter().map(one).collect();
    let message = format!("permissions are missing; nothing has been changed{list}");
    error(style, &message, Some(preflight::REMEDY))
}

fn stale(style: Style, found: &Stale) -> String {
    let moved = found.moved.iter().fold(String::new(), |list, one| format!("{list}\n  {one}"));
    error(
        style,
        &format!("the saved plan no longer fits; nothing has been changed{moved}"),
        Some(&found.hint),
    )
}
