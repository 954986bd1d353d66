//! `apply`: changes the live stack to match the spec.
use std::{path::PathBuf, time::Duration};

use super::{
    invocation::Invocation,
    live_api,
    models::{print_missing_access, require_living_models},
    preflight,
    run::{
        RunObserver, StackLease, confirm, consent_from, decide_changes, emit_empty_summary, emit_first_event,
        execute, plan_options, show_plan, take_snapshot, unknown_target,
    },
    saved_plan::{FreshPlan, SavedPlan},
    session::{Builds, NamedCode, Session},
    smoke,
};
use crate::{
    cli::PlanOptionArgs,
    diagnostic::{ExitCode, Failure},
    plan_document::PlanOptions,
    view::outputs,
};

/// The arguments of `apply`.
#[derive(Default)]
pub(super) struct ApplyArgs {
    pub(super) saved: Option<PathBuf>,
    pub(super) yes: bool,
    pub(super) choices: PlanOptionArgs,
    pub(super) no_lease: bool,
    /// How long to wait for an index of a table.
    pub(super) index_wait: Option<Duration>,
    /// Whether to run the smoke test at the end.
    pub(super) smoke: bool,
    /// The token for the smoke test.
    pub(super) token: Option<String>,
    pub(super) preflight: preflight::PreflightMode,
    pub(super) builds: Builds,
}

pub(super) async fn run_apply(invocation: &Invocation<'_>, asked: ApplyArgs) -> Result<ExitCode, Failure> {
    let builds = asked.builds;
    let saved = load_saved_plan(invocation, asked.saved).await?;
    if let Some(saved) = &saved {
        saved.require_consent(&asked.choices)?;
    }
    let carried = saved.as_ref().map(SavedPlan::carried_packages).transpose()?.flatten();
    let named_code = if carried.is_some() { NamedCode::Unused } else { NamedCode::Checked };
    let session = Session::open_with_warnings(invocation, named_code).await?;
    let session = session.waiting_for_indexes(asked.index_wait);
    emit_first_event(&session);
    if asked.smoke {
        live_api::require_api(&session)?;
    }
    let lease = StackLease::new(&session, "apply", asked.no_lease);
    let stack = async {
        let code = match carried {
            Some(code) => code,
            None => session.build_packages(None, builds).await?,
        };
        Ok((session.stack_of(&code).await?, code))
    };
    let ((stack, code), baseline) = tokio::try_join!(stack, lease.wait_until_free())?;
    let outs = stack.outputs;
    let snapshot = take_snapshot(&session, stack.graph).await?;
    let choices = match &saved {
        // A plan of drift alone cannot be saved.
        Some(saved) => PlanOptions { drift_only: false, ..saved.plan.choices.clone() },
        None => plan_options(&asked.choices),
    };
    let work = match (decide_changes(snapshot, &session, &choices), &saved) {
        // A target of the saved plan does not exist any more.
        (Err(error), Some(saved)) => return Err(saved.stale_failure(vec![error.to_string()])),
        (work, _) => work.map_err(|error| unknown_target(&error))?,
    };
    if let Some(saved) = &saved {
        saved.require_same_plan(FreshPlan {
            document: session.plan_document(&work.plan, choices.clone()),
            hidden: &work.plan.hidden,
            functions: session.loaded.spec.functions.keys().map(|id| id.as_str()).collect(),
            packages: &code,
        })?;
    }
    let yes = asked.yes || saved.is_some();
    show_plan(&session, &work.plan, yes);
    require_living_models(&session, &work.plan)?;
    let values = if work.plan.is_empty() && work.plan.refusals.is_empty() {
        emit_empty_summary(invocation.ui);
        outs.resolve_values(work.attrs(&outs.handles))
    } else {
        preflight::check_permissions(asked.preflight, &session, &work, &outs, lease.is_enabled()).await?;
        confirm(&session, &work.plan, yes, &consent_from(&choices), "apply").await?;
        let held = lease.acquire(baseline).await?;
        let mut watch = RunObserver::new(invocation.ui, work.list_tasks());
        if let Some(saved) = &saved {
            watch.again = saved_plan_resume_hint(saved);
        }
        let report = execute(&session, work, &watch, held.as_ref()).await?;
        print_missing_access(&session).await;
        report.attrs(&outs.handles).and_then(|attrs| outs.resolve_values(attrs))
    };
    match (values, &invocation.ui.events) {
        (Some(values), Some(events)) => events.emit_outputs(&values),
        (Some(values), None) => {
            invocation.ui.print_stdout(&outputs::outputs_text(&values))?;
        }
        (None, _) => {}
    }
    if asked.smoke { smoke::run_after_apply(&session, asked.token).await } else { Ok(ExitCode::Success) }
}

/// Loads a saved plan; signals are handled meanwhile, because the file may be a pipe that nobody writes into.
async fn load_saved_plan(
    invocation: &Invocation<'_>,
    path: Option<PathBuf>,
) -> Result<Option<SavedPlan>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let load = tokio::task::spawn_blocking(move || SavedPlan::load(&path));
    let loaded = invocation.ui.or_interrupted(load).await?;
    loaded.unwrap_or_else(|error| Err(Failure::failed(format!("cannot read the plan: {error}")))).map(Some)
}

/// Returns the next step after the apply of a saved plan stopped.
///
/// A fresh plan does not contain the steps that are done already, so the saved plan is stale.
fn saved_plan_resume_hint(saved: &SavedPlan) -> String {
    format!("To carry on from here, make and review a plan of the rest: {}", saved.remake_commands())
}
