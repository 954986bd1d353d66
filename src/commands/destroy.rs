//! `destroy`: removes what the stack owns.
use super::{
    apply::{Watch, begin, carry_out, nothing_to_do, permit, tell},
    lease::Guard,
    plan::read,
    session::Session,
};
use crate::{
    cli::Global,
    diagnostic::{ExitCode, Failure},
    engine::Consent,
    view::plan::why_kept,
    world::World,
};

pub(super) async fn run(
    world: &World,
    global: &Global,
    yes: bool,
    delete_data: bool,
    no_lease: bool,
) -> Result<ExitCode, Failure> {
    let session = Session::open(world, global).await?;
    begin(world, &session);
    let guard = Guard::new(world, &session, "destroy", no_lease);
    let (stack, clear) = tokio::try_join!(session.stack_without_code(), guard.clear())?;
    let reading = read(world, &session, stack.graph).await?;
    let consent = Consent { delete_data, ..Consent::default() };
    let work = reading.removal(&consent);
    if work.plan.steps.is_empty() {
        world.say(&session.head());
        for kept in &work.plan.kept {
            world.say(&format!("= {}/{} stays: {}", kept.kind, kept.id, why_kept(kept.why)));
        }
        world.say("Nothing to remove.");
        nothing_to_do(world);
        return Ok(ExitCode::Success);
    }
    tell(world, &session.head(), &work.plan, yes);
    permit(world, &session.loaded.source, &work.plan, yes, &consent, "destroy").await?;
    let kept = work.plan.kept.clone();
    let held = guard.take(clear).await?;
    let watch = Watch::new(world, work.tasks());
    carry_out(world, global, &session.cx(), &session.loaded.source, work, &watch, held.as_ref()).await?;
    for kept in kept {
        world.say(&format!("kept {}/{}: {}", kept.kind, kept.id, why_kept(kept.why)));
    }
    Ok(ExitCode::Success)
}
