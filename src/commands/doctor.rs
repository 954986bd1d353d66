//! `doctor`: runs all checks and changes nothing.
use super::{
    invocation::{Invocation, TargetCloud},
    run::take_snapshot,
    session::{NamedCode, Session, report_stale_facts},
};
use crate::{
    cli::OutputFormat,
    diagnostic::{Category, Diagnostic, ExitCode, Failure},
    doctor::{Checked, DoctorContext, FindingLevel, check_drift, problem, run_checks, unknown},
    engine::Consent,
    view::doctor as view,
};

pub(super) async fn run_doctor(invocation: &Invocation<'_>, sample_items: bool) -> Result<ExitCode, Failure> {
    report_stale_facts(invocation.ui);
    let session = match Session::open(invocation, NamedCode::Unused).await {
        // Missing credentials are the one problem that can be reported without any.
        Err(failure) if failure.diagnostics.iter().any(|one| one.category == Category::Credentials) => {
            let found = failure.diagnostics.iter().map(|error| problem("credentials", error));
            return print_findings(invocation, &found.collect::<Vec<_>>());
        }
        session => session?,
    };
    let (inputs, unresolved) = session.available_inputs().await?;
    let cx = session.cx();
    let context = DoctorContext {
        loaded: &session.loaded,
        inputs: &inputs,
        sample_items,
        local: matches!(invocation.cloud, TargetCloud::Local(_)),
    };
    let looks = async { tokio::join!(run_checks(&cx, &context), look_for_drift(&session, &unresolved)) };
    let (mut found, drift) = invocation.ui.or_interrupted(looks).await?;
    found.extend(unresolved.iter().map(|one| problem("inputs", one)));
    let drift = drift?;
    let new = drift.into_iter().filter(|finding| !is_repetition(finding, &found)).collect::<Vec<_>>();
    found.extend(new);
    print_findings(invocation, &found)
}

/// Returns whether a check of its own has found what the plan warns of.
fn is_repetition((_, finding): &Checked, found: &[Checked]) -> bool {
    found.iter().any(|(_, other)| finding.message.ends_with(&format!(": {}", other.message)))
}

/// Compares the live stack with the spec, which takes a value for every input.
async fn look_for_drift(session: &Session<'_>, unresolved: &[Diagnostic]) -> Result<Vec<Checked>, Failure> {
    if !unresolved.is_empty() {
        let message = "it is not known what the spec asks for: inputs have no value";
        return Ok(vec![unknown("drift", &Diagnostic::error(Category::Other, message))]);
    }
    let stack = session.stack_as_recorded().await?;
    match take_snapshot(session, stack.graph).await {
        Ok(snapshot) => Ok(check_drift(&snapshot.plan_changes(&session.aws, &Consent::default()).plan)),
        // The other checks still report their findings.
        Err(failure) if failure.diagnostics.iter().all(|one| one.category == Category::Read) => {
            Ok(failure.diagnostics.iter().map(unreadable_drift_finding).collect())
        }
        Err(other) => Err(other),
    }
}

/// Returns the finding for a resource whose drift is unknown because it cannot be read.
fn unreadable_drift_finding(read_error: &Diagnostic) -> Checked {
    let what = read_error.about.as_deref().unwrap_or("what the stack owns beyond the spec");
    let message = format!("{what}: {}", read_error.message);
    unknown("drift", &Diagnostic { message, ..read_error.clone() })
}

fn print_findings(invocation: &Invocation<'_>, found: &[Checked]) -> Result<ExitCode, Failure> {
    match invocation.global.format {
        OutputFormat::Json => invocation.ui.print_json(&view::findings_json(found))?,
        _ => invocation.ui.print_stdout(&view::render_findings(found, invocation.ui.out))?,
    }
    let fails = found.iter().any(|(level, _)| *level == FindingLevel::Problem);
    Ok(if fails { ExitCode::Failed } else { ExitCode::Success })
}
