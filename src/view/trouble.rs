//! AWS's failures as a person reads them: like findings, at the line of the spec that the resource came from.
use super::{
    Style,
    diagnostics::{Trouble, draw_trouble},
};
use crate::{
    aws::Error,
    diagnostic::{SourceFile, Span},
    engine::{Outcome, Refusal, Report, Step, Unread},
    untrusted::untrusted_line,
};

/// Draws every failure of a run, an empty line between them.
///
/// What an interrupt broke off is no failure, and credentials that ran out are one, however many steps met it.
#[must_use]
pub fn run(report: &Report, source: &SourceFile, style: Style) -> String {
    let failed = report.steps.iter().filter_map(|(step, outcome)| match outcome {
        Outcome::Failed(error) if !error.is_interrupt() => Some((step, error)),
        _ => None,
    });
    let mut drawn: Vec<String> = Vec::new();
    let mut signed_out = false;
    for (step, error) in failed {
        if !(error.is_credentials() && signed_out) {
            drawn.push(at(&stopped(step), step.span, source, error, style));
        }
        signed_out |= error.is_credentials();
    }
    drawn.join("\n\n")
}

/// Draws a read that failed.
#[must_use]
pub fn unread(unread: &Unread, source: &SourceFile, style: Style) -> String {
    let Unread { error, address, span, .. } = unread;
    let what = match address {
        Some(address) => format!("reading {address} failed"),
        None => "looking for what the stack owns failed".to_owned(),
    };
    at(&what, *span, source, error, style)
}

/// Draws why a resource may not be touched.
#[must_use]
pub fn refused(refusal: &Refusal, source: &SourceFile, style: Style) -> String {
    let message = format!("{}: {}", refusal.address, refusal.reason);
    let at = refusal.span.map(|span| (source, span));
    let trouble = Trouble { message: &message, code: None, at, notes: &[], hint: Some(&refusal.remedy) };
    draw_trouble(&trouble, style.0)
}

/// The failure of one step in a few words, for a list.
#[must_use]
pub fn briefly(step: &Step, error: &Error) -> String {
    let why = match error {
        Error::Service { code, .. } => code.clone(),
        Error::Interrupted(_) => error.to_string(),
        _ => "failed".to_owned(),
    };
    format!("{}: {}", step.address, untrusted_line(&why))
}

fn stopped(step: &Step) -> String {
    match step.action.verb() {
        Some(verb) => format!("{} {} failed", verb.doing(), step.address),
        None => format!("{} could not stay as it is", step.address),
    }
}

/// Draws what failed and what AWS said, at the line of the spec that `place` is on.
#[must_use]
pub fn at(what: &str, span: Option<Span>, source: &SourceFile, error: &Error, style: Style) -> String {
    let (said, code, notes) = match error {
        Error::Service { operation, code, message, request_id, .. } => {
            let mut notes = vec![message.clone()];
            notes.extend(request_id.as_ref().map(|id| format!("request id {id}")));
            (format!("{operation} was refused"), Some(code.as_str()), notes)
        }
        _ => (error.to_string(), None, Vec::new()),
    };
    // Who is asking and whether anybody answers is no matter of one resource.
    let span = span.filter(|_| !error.is_credentials()).map(|span| (source, span));
    let (message, hint) = (format!("{what}: {said}"), error.hint());
    let trouble = Trouble { message: &message, code, at: span, notes: &notes, hint: hint.as_deref() };
    draw_trouble(&trouble, style.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(message: &str) -> Error {
        Error::Service {
            operation: "dynamodb:CreateTable",
            code: "AccessDeniedException".to_owned(),
            message: message.to_owned(),
            request_id: Some("r-17".to_owned()),
            status: 400,
        }
    }

    fn source() -> SourceFile {
        SourceFile::new("copilot.yaml", "tables:\n  orders: {}\n")
    }

    const PLACE: Option<Span> = Some(Span { start: 10, end: 16 });

    #[test]
    fn a_refusal_is_drawn_with_its_line_and_all_that_aws_said() {
        let drawn = at("creating tables.orders failed", PLACE, &source(), &refusal("no"), Style(false));
        let wanted = "\
error[AccessDeniedException]: creating tables.orders failed: dynamodb:CreateTable was refused
 --> copilot.yaml:2:3
  |
2 |   orders: {}
  |   ^^^^^^
  |
  = note: no
  = note: request id r-17
  = hint: grant ";
        assert!(drawn.starts_with(wanted), "{drawn}");
    }

    #[test]
    fn what_aws_says_cannot_steer_the_terminal() {
        let drawn = at("x", PLACE, &source(), &refusal("\u{1b}[2Jgone\u{7}"), Style(false));
        assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{7}') && drawn.contains("gone"), "{drawn}");
        let Error::Service { operation, message, request_id, status, .. } = refusal("no") else { return };
        let odd = Error::Service { operation, code: "a\u{1b}b".into(), message, request_id, status };
        let drawn = at("x", PLACE, &source(), &odd, Style(false));
        assert!(!drawn.contains('\u{1b}') && drawn.starts_with("error: x"), "{drawn}");
    }

    #[test]
    fn what_aws_says_cannot_steer_the_terminal_from_a_list_either() {
        let Error::Service { operation, message, request_id, status, .. } = refusal("no") else { return };
        let odd = Error::Service { operation, code: "a\u{1b}\nb".into(), message, request_id, status };
        let step = Step {
            address: "tables.orders".into(),
            kind: "dynamodb/table",
            id: "orders".into(),
            action: crate::engine::Action::Keep,
            before: None,
            after: None,
            origin: None,
            holds_data: true,
            span: None,
            warning: None,
            left_out: false,
        };
        assert_eq!(briefly(&step, &odd), "tables.orders: a␛ ⏎ b");
    }

    #[test]
    fn without_a_line_of_the_spec_nothing_points_anywhere() {
        for (span, error) in [(None, refusal("no")), (PLACE, Error::Credentials("they ran out".into()))] {
            let drawn = at("deleting x failed", span, &source(), &error, Style(false));
            assert!(!drawn.contains("-->") && drawn.contains("hint: "), "{drawn}");
        }
    }
}
