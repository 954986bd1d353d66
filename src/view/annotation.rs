//! Failures as GitHub Actions shows them at the lines of a pull request.
//!
//! The syntax is that of GitHub Actions, "Workflow commands", "Setting an error message".
use super::diagnostics::position;
use crate::{
    aws::Error,
    engine::{Outcome, Report},
    exit::Failure,
    policy::preflight::Missing,
    spec::{Source, at::Place},
};

/// What is to be annotated of a failure that is not about the spec's own text.
#[must_use]
pub fn failure(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Aws(error) => vec![command(None, "AWS", &words(error))],
        Failure::Refused(source, refusals) => {
            let one = |refusal: &crate::engine::Refusal| {
                let message = format!("{}: {}\nhint: {}", refusal.address, refusal.reason, refusal.remedy);
                command(refusal.place.map(|place| (source, place)), "refused", &message)
            };
            refusals.iter().map(one).collect()
        }
        Failure::Lacking(missing) => {
            let one = |one: &Missing| format!("{} on {} is not allowed", one.action, one.resource);
            missing.iter().map(|missing| command(None, "permissions", &one(missing))).collect()
        }
        Failure::Stale(moved) => {
            vec![command(None, "the saved plan no longer fits", &moved.join("\n"))]
        }
        Failure::NotAgreed(message) | Failure::File(message) => vec![command(None, "copilot-infra", message)],
        _ => Vec::new(),
    }
}

/// What is to be annotated of a run that stopped part-way.
#[must_use]
pub fn report(report: &Report, source: &Source) -> Vec<String> {
    let failed = report.steps.iter().filter_map(|(step, outcome)| match outcome {
        Outcome::Failed(error) => Some((step, error)),
        _ => None,
    });
    let one = |(step, error): (&crate::engine::Step, &Error)| {
        let place = step.place.map(|place| (source, place));
        command(place, &format!("{} failed", step.address), &words(error))
    };
    failed.map(one).collect()
}

fn words(error: &Error) -> String {
    let hint = error.hint().map(|hint| format!("\nhint: {hint}"));
    format!("{error}{}", hint.unwrap_or_default())
}

fn command(place: Option<(&Source, Place)>, title: &str, message: &str) -> String {
    let at = place.map(|(source, place)| {
        let (line, column) = position(source, place);
        format!("file={},line={line},col={column},", property(&source.name))
    });
    format!("::error {}title={}::{}", at.unwrap_or_default(), property(title), data(message))
}

/// Escapes a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_on_its_line_and_names_its_place() {
        let source = Source { name: "a,b.yaml".into(), text: "x: 1\ny: 2\n".into() };
        let drawn = command(Some((&source, Place { start: 5, end: 6 })), "a: b", "50%\nmore");
        assert_eq!(drawn, "::error file=a%2Cb.yaml,line=2,col=1,title=a%3A b::50%25%0Amore");
    }
}
