//! The stack as it stands, and what to do about it.
use crate::{
    cli::PlanOptionArgs,
    commands::session::Session,
    diagnostic::{Diagnostic, ExitCode, Failure, SourceFile},
    engine::{Consent, ExecutablePlan, Graph, Snapshot, UnknownTarget},
    resources::TIERS,
    view::plan_document,
};

/// The failure of a plan that may not be carried out.
pub(in crate::commands) fn refused(source: SourceFile, refusals: Vec<Diagnostic>) -> Failure {
    Failure::in_source(ExitCode::Failed, source, refusals)
        .with_summary("the plan may not be carried out; nothing has been changed")
}

/// The failure of a target that is not there.
pub(in crate::commands) fn unknown_target(error: &UnknownTarget) -> Failure {
    Failure::usage(error.to_string()).with_hint("`copilot-infra plan --format json` lists the addresses")
}

/// What the flags say, as a plan remembers it.
pub(in crate::commands) fn plan_options(flags: &PlanOptionArgs) -> plan_document::PlanOptions {
    plan_document::PlanOptions {
        delete_data: flags.delete_data,
        allow_replace: flags.allow_replace.clone(),
        targets: flags.targets.clone(),
        drift_only: false,
    }
}

/// The words that `choices` give beforehand.
pub(in crate::commands) fn consent_from(choices: &plan_document::PlanOptions) -> Consent {
    let replace = choices.allow_replace.iter().cloned().collect();
    Consent { delete_data: choices.delete_data, replace }
}

/// Decides on what was read.
pub(in crate::commands) fn decide_changes(
    mut snapshot: Snapshot,
    session: &Session<'_>,
    choices: &plan_document::PlanOptions,
) -> Result<ExecutablePlan, UnknownTarget> {
    snapshot.limit_to_targets(&choices.targets)?;
    Ok(snapshot.plan_changes(&session.aws, &consent_from(choices)))
}

/// Reads everything; nothing is lost by breaking this off at once.
pub(in crate::commands) async fn take_snapshot(
    session: &Session<'_>,
    graph: Graph,
) -> Result<Snapshot, Failure> {
    let cx = &session.cx();
    let snapshot = session.ui().or_interrupted(Snapshot::capture(graph, TIERS, cx)).await?;
    snapshot.map_err(|read_error| session.read_failure(&read_error))
}
