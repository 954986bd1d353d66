//! `apply`: makes what is live equal to the spec.
use std::path::PathBuf;

use super::{
    invocation::Invocation,
    live, preflight,
    run::{
        RunObserver, StackLease, begin, chosen, confirm, consent, decide, execute, nothing_to_do, read,
        show_plan, unknown_target,
    },
    saved::Saved,
    session::Session,
    smoke,
};
use crate::{
    cli::{Choices, Format},
    diagnostic::{ExitCode, Failure},
    view::outputs,
};

/// What `apply` was asked.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) saved: Option<PathBuf>,
    pub(super) yes: bool,
    pub(super) choices: Choices,
    pub(super) no_lease: bool,
    /// Whether to prove at the end that the stack answers.
    pub(super) smoke: bool,
    /// The token for that.
    pub(super) token: Option<String>,
    pub(super) preflight: preflight::Wish,
}

pub(super) async fn run(invocation: &Invocation<'_>, asked: Asked) -> Result<ExitCode, Failure> {
    let saved = asked.saved.as_deref().map(Saved::read).transpose()?;
    let session = Session::review(invocation).await?;
    begin(&session);
    if asked.smoke {
        live::speaks(&session)?;
    }
    let lease = StackLease::new(&session, "apply", asked.no_lease);
    let (stack, baseline) = tokio::try_join!(session.stack(), lease.wait_until_free())?;
    let outs = stack.outputs;
    let reading = read(&session, stack.graph).await?;
    let choices = saved.as_ref().map_or_else(|| chosen(&asked.choices), |saved| saved.plan.choices.clone());
    let work = match (decide(reading, &session, &choices), &saved) {
        // A target of the saved plan is gone.
        (Err(error), Some(saved)) => return Err(saved.stale(vec![error.to_string()])),
        (work, _) => work.map_err(|error| unknown_target(&error))?,
    };
    if let Some(saved) = &saved {
        saved.check(&session.document(&work.plan, choices.clone()))?;
    }
    let yes = asked.yes || saved.is_some();
    show_plan(&session, &work.plan, yes);
    let values = if work.plan.is_empty() && work.plan.refusals.is_empty() {
        nothing_to_do(invocation.ui);
        outs.resolve_values(work.attrs(&outs.handles))
    } else {
        preflight::look(asked.preflight, &session, &work, &outs, lease.is_enabled()).await?;
        confirm(&session, &work.plan, yes, &consent(&choices), "apply").await?;
        let held = lease.acquire(baseline).await?;
        let mut watch = RunObserver::new(invocation.ui, work.list_tasks());
        if let Some(saved) = &saved {
            watch.again = afresh(saved);
        }
        let report = execute(&session, work, &watch, held.as_ref()).await?;
        report.attrs(&outs.handles).and_then(|attrs| outs.resolve_values(attrs))
    };
    match (values, &invocation.ui.events) {
        (Some(values), Some(events)) => events.outputs(&values),
        (Some(values), None) => invocation.ui.print_stdout(&outputs::draw(&values, Format::Text))?,
        (None, _) => {}
    }
    if asked.smoke { smoke::after(&session, asked.token).await } else { Ok(ExitCode::Success) }
}

/// What to do after the apply of a saved plan stopped: what is done already is in no fresh plan, so it does not fit
/// any more.
fn afresh(saved: &Saved) -> String {
    format!("To carry on from here, make and review a plan of the rest: {}", saved.anew())
}
