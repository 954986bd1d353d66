//! Failures and stopped runs as annotations of GitHub Actions.
use super::github::{annotations, command};
use crate::{
    aws::Error,
    diagnostic::{SourceFile, Span},
    engine::{Outcome, Report},
    exit::Failure,
    policy::preflight::Missing,
};

/// What is to be annotated of a failure.
#[must_use]
pub fn failure(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Spec(error) => {
            let (source, found) = error.findings();
            annotations(&source, &found)
        }
        Failure::Found(source, found) => annotations(source, found),
        Failure::Aws(error) => vec![at(None, "AWS", &words(error))],
        Failure::Unread(source, unread) => {
            let one = |unread: &crate::engine::Unread| {
                let title =
                    unread.address.as_ref().map_or("AWS".to_owned(), |what| format!("{what} cannot be read"));
                at(unread.span.map(|span| (source, span)), &title, &words(&unread.error))
            };
            unread.all().map(one).collect()
        }
        Failure::Refused(source, refusals) => {
            let one = |refusal: &crate::engine::Refusal| {
                let message = format!("{}: {}\nhint: {}", refusal.address, refusal.reason, refusal.remedy);
                at(refusal.span.map(|span| (source, span)), "refused", &message)
            };
            refusals.iter().map(one).collect()
        }
        Failure::Lacking(missing) => {
            let one = |one: &Missing| format!("{} on {} is not allowed", one.action, one.resource);
            missing.iter().map(|missing| at(None, "permissions", &one(missing))).collect()
        }
        Failure::Stale(found) => {
            let message = format!("{}\nhint: {}", found.moved.join("\n"), found.hint);
            vec![at(None, "the saved plan no longer fits", &message)]
        }
        Failure::Lease(error) => {
            let hint = error.hint().map(|hint| format!("\nhint: {hint}"));
            vec![at(None, "the lease of the stack", &format!("{error}{}", hint.unwrap_or_default()))]
        }
        Failure::NotAgreed(message) | Failure::File(message) => vec![at(None, "copilot-infra", message)],
        _ => Vec::new(),
    }
}

/// What is to be annotated of a run that stopped part-way.
#[must_use]
pub fn report(report: &Report, source: &SourceFile) -> Vec<String> {
    let failed = report.steps.iter().filter_map(|(step, outcome)| match outcome {
        Outcome::Failed(error) => Some((step, error)),
        _ => None,
    });
    let one = |(step, error): (&crate::engine::Step, &Error)| {
        let span = step.span.map(|span| (source, span));
        at(span, &format!("{} failed", step.address), &words(error))
    };
    failed.map(one).collect()
}

/// What AWS said, and the next step.
#[must_use]
pub fn words(error: &Error) -> String {
    let hint = error.hint().map(|hint| format!("\nhint: {hint}"));
    format!("{error}{}", hint.unwrap_or_default())
}

/// One error, at its place.
#[must_use]
pub fn at(span: Option<(&SourceFile, Span)>, title: &str, message: &str) -> String {
    command("error", span.map(|(source, span)| (source, Some(span))), title, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_on_its_line_and_names_its_place() {
        let source = SourceFile::new("a,b.yaml", "x: 1\ny: 2\n");
        let drawn = at(Some((&source, Span { start: 5, end: 6 })), "a: b", "50%\nmore");
        let span = "file=a%2Cb.yaml,line=2,endLine=2,col=1,endColumn=2";
        assert_eq!(drawn, format!("::error {span},title=a%3A b::50%25%0Amore"));
    }
}
