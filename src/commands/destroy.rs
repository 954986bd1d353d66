//! `destroy`: removes the resources that the stack owns.
use super::{
    invocation::Invocation,
    run::{
        RunObserver, StackLease, confirm, emit_empty_summary, emit_first_event, execute, show_plan,
        take_removal_snapshot,
    },
    session::{NamedCode, Session},
};
use crate::{
    diagnostic::{ExitCode, Failure},
    engine::{Consent, KeepReason, KeptOrphan},
    plan_document::why_kept,
    ui::Ui,
};

pub(super) async fn run_destroy(
    invocation: &Invocation<'_>,
    yes: bool,
    consent: Consent,
    no_lease: bool,
) -> Result<ExitCode, Failure> {
    let session = Session::open(invocation, NamedCode::Unused).await?;
    emit_first_event(&session);
    let lease = StackLease::new(&session, "destroy", no_lease);
    let (stack, baseline) =
        tokio::try_join!(async { Ok(session.stack_for_removal().await) }, lease.wait_until_free())?;
    let snapshot = take_removal_snapshot(&session, stack.graph).await?;
    let work = snapshot.plan_removal(&consent);
    if work.plan.steps.is_empty() {
        invocation.ui.print_status(&session.plan_heading());
        for kept in &work.plan.kept {
            invocation.ui.print_status(&format!("= {}/{} stays: {}", kept.kind, kept.id, why_kept(kept.why)));
        }
        print_way_to_delete(invocation.ui, &work.plan.kept);
        invocation.ui.print_status("Nothing to remove.");
        emit_empty_summary(invocation.ui);
        return Ok(ExitCode::Success);
    }
    show_plan(&session, &work.plan, yes);
    confirm(&session, &work.plan, yes, &consent, "destroy").await?;
    let kept = work.plan.kept.clone();
    let held = lease.acquire(baseline).await?;
    let watch = RunObserver::new(invocation.ui, work.list_tasks());
    execute(&session, work, &watch, held.as_ref()).await?;
    for kept in &kept {
        invocation.ui.print_status(&format!("kept {}/{}: {}", kept.kind, kept.id, why_kept(kept.why)));
    }
    print_way_to_delete(invocation.ui, &kept);
    Ok(ExitCode::Success)
}

/// Prints the words that remove what holds data as well.
fn print_way_to_delete(ui: &Ui, kept: &[KeptOrphan]) {
    if kept.iter().any(|kept| kept.why == KeepReason::HoldsData) {
        ui.print_status("`copilot-infra destroy --delete-data` removes what holds data as well");
    }
}
