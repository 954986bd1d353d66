//! The snapshot of the live stack, and the plan made from it.
use crate::{
    cli::PlanOptionArgs,
    commands::session::Session,
    diagnostic::{Diagnostic, ExitCode, Failure, SourceFile},
    engine::{Consent, ExecutablePlan, Graph, Snapshot, UnknownTarget},
    plan_document,
    resources::TIERS,
};

/// Returns the failure of a plan that contains refused changes.
pub(in crate::commands) fn refused(source: SourceFile, refusals: Vec<Diagnostic>) -> Failure {
    Failure::in_source(ExitCode::Failed, source, refusals)
        .with_summary("the plan may not be carried out; nothing has been changed")
}

/// Returns the failure of a `--target` that does not exist.
pub(in crate::commands) fn unknown_target(error: &UnknownTarget) -> Failure {
    Failure::usage(error.to_string()).with_hint("`copilot-infra plan --format json` lists the addresses")
}

/// Returns the options of the command line in the form that a plan document stores.
pub(in crate::commands) fn plan_options(flags: &PlanOptionArgs) -> plan_document::PlanOptions {
    plan_document::PlanOptions {
        delete_data: flags.delete_data,
        allow_replace: flags.allow_replace.clone(),
        targets: flags.targets.clone(),
        drift_only: false,
    }
}

/// Returns the consent to deletions and replacements that `choices` give in advance.
pub(in crate::commands) fn consent_from(choices: &plan_document::PlanOptions) -> Consent {
    let replace = choices.allow_replace.iter().cloned().collect();
    Consent { delete_data: choices.delete_data, replace }
}

/// Plans the changes for the targets of a snapshot.
pub(in crate::commands) fn decide_changes(
    mut snapshot: Snapshot,
    session: &Session<'_>,
    choices: &plan_document::PlanOptions,
) -> Result<ExecutablePlan, UnknownTarget> {
    snapshot.limit_to_targets(&choices.targets)?;
    Ok(snapshot.plan_changes(&session.aws, &consent_from(choices)))
}

/// Takes the snapshot of the live stack; interrupting it at any time is safe.
pub(in crate::commands) async fn take_snapshot(
    session: &Session<'_>,
    graph: Graph,
) -> Result<Snapshot, Failure> {
    let cx = &session.cx();
    let snapshot = session.ui().or_interrupted(Snapshot::capture(graph, TIERS, cx)).await?;
    print_warnings(session);
    snapshot.map_err(|read_error| session.read_failure(&read_error))
}

/// Prints the warnings of the reads that are about no resource of the spec.
fn print_warnings(session: &Session<'_>) {
    for warning in session.run.take_warnings() {
        session.ui().print_error(&format!("warning: {warning}"));
    }
}

/// Takes the snapshot of a stack that is to be removed.
pub(in crate::commands) async fn take_removal_snapshot(
    session: &Session<'_>,
    graph: Graph,
) -> Result<Snapshot, Failure> {
    let cx = &session.cx();
    let snapshot = session.ui().or_interrupted(Snapshot::capture_for_removal(graph, TIERS, cx)).await?;
    print_warnings(session);
    snapshot.map_err(|read_error| session.read_failure(&read_error))
}
