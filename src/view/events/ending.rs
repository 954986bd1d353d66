//! Why a run fails, as an event.
use super::{Event, Finding, Problem};
use crate::{
    diagnostic::{Diagnostic, LineColumn, Severity, SourceFile, Span},
    engine::{Refusal, Unread},
    exit::Failure,
    lease,
    manifest::LoadError,
    policy::preflight::{self, Missing},
    view::{diagnostics::summary, model::Position},
};

impl From<&Failure> for Event {
    fn from(failure: &Failure) -> Self {
        Self::Error { exit_code: failure.code(), error: problem(failure), findings: findings(failure) }
    }
}

/// Why, in one sentence.
pub(in crate::view) fn problem(failure: &Failure) -> Problem {
    let told = |message: &str, hint: Option<&str>| Problem {
        message: message.to_owned(),
        hint: hint.map(str::to_owned),
        operation: None,
        code: None,
        request_id: None,
    };
    match failure {
        Failure::Aws(error) => error.into(),
        Failure::Unread(_, unread) => (&unread.error).into(),
        Failure::Lease(lease @ lease::Error::Store(error)) => {
            Problem { message: lease.to_string(), hint: lease.hint(), ..error.into() }
        }
        Failure::Lease(lease) => told(&lease.to_string(), lease.hint().as_deref()),
        Failure::Spec(LoadError::Unreadable { message, hint, .. }) => told(message, Some(hint)),
        Failure::Spec(LoadError::Findings { diagnostics, .. }) => {
            told(&format!("the spec has {}", summary(diagnostics)), None)
        }
        Failure::Found(_, diagnostics) => match &diagnostics[..] {
            [one] => told(&one.message, one.hint.as_deref()),
            [first, rest @ ..] => {
                told(&format!("{}; and {} more", first.message, rest.len()), first.hint.as_deref())
            }
            [] => told(&summary(diagnostics), None),
        },
        Failure::Refused(..) => told("the plan may not be carried out; nothing has been changed", None),
        Failure::Lacking(_) => {
            told("permissions are missing; nothing has been changed", Some(preflight::REMEDY))
        }
        Failure::Stale(stale) => {
            told("the saved plan no longer fits; nothing has been changed", Some(&stale.hint))
        }
        Failure::Usage(message) | Failure::NotAgreed(message) | Failure::File(message) => {
            match message.split_once("\nhint: ") {
                Some((message, hint)) => told(message, Some(hint)),
                None => told(message, None),
            }
        }
        Failure::Talk(talk) => told(&talk.to_string(), Some(talk.hint())),
        Failure::Local(local) => told(&local.to_string(), Some(&local.hint())),
        Failure::Smoke => told("the stack does not answer as it should", None),
        Failure::Partial => told("the run stopped part-way", Some("`copilot-infra plan` shows what is left")),
        Failure::Told => told("the run failed before anything was changed", None),
        Failure::Signal(143) => told("terminated", None),
        Failure::Signal(_) => told("interrupted", None),
    }
}

/// All that stands in the way, one by one.
pub(in crate::view) fn findings(failure: &Failure) -> Vec<Finding> {
    match failure {
        Failure::Spec(LoadError::Findings { source, diagnostics, .. })
        | Failure::Found(source, diagnostics) => {
            // Warnings are not why it fails.
            let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error);
            errors.map(|one| found(source, one)).collect()
        }
        Failure::Refused(source, refusals) => refusals.iter().map(|one| refused(source, one)).collect(),
        Failure::Unread(source, unread) => unread.all().map(|one| unreadable(source, one)).collect(),
        Failure::Lacking(missing) => missing.iter().map(lacking).collect(),
        Failure::Stale(stale) => stale.moved.iter().map(|one| moved(one)).collect(),
        _ => Vec::new(),
    }
}

fn found(source: &SourceFile, one: &Diagnostic) -> Finding {
    Finding {
        address: None,
        rule: Some(one.rule.to_owned()),
        message: one.message.clone(),
        hint: one.hint.clone(),
        place: place(source, one.span),
    }
}

fn refused(source: &SourceFile, one: &Refusal) -> Finding {
    Finding {
        address: Some(one.address.clone()),
        rule: None,
        message: one.reason.clone(),
        hint: Some(one.remedy.clone()),
        place: place(source, one.span),
    }
}

fn unreadable(source: &SourceFile, unread: &Unread) -> Finding {
    Finding {
        address: unread.address.clone(),
        rule: None,
        message: unread.error.to_string(),
        hint: unread.error.hint(),
        place: place(source, unread.span),
    }
}

fn lacking(one: &Missing) -> Finding {
    let message = format!("{} on {} (for {})", one.action, one.resource, one.steps.join(", "));
    Finding { address: None, rule: None, message, hint: None, place: None }
}

fn moved(one: &str) -> Finding {
    Finding { address: None, rule: None, message: one.to_owned(), hint: None, place: None }
}

fn place(source: &SourceFile, span: Option<Span>) -> Option<Position> {
    let LineColumn { line, column } = source.position(span?.start);
    Some(Position { file: source.name().to_owned(), line, column })
}
