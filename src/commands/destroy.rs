//! `destroy`: removes what the stack owns.
use super::{
    apply::{carry_out, permit, tell},
    plan::read,
    session::Session,
};
use crate::{cli::Global, engine::Consent, exit::Failure, world::World};

pub(super) async fn run(
    world: &World,
    global: &Global,
    yes: bool,
    delete_data: bool,
) -> Result<i32, Failure> {
    let session = Session::open(world, global).await?;
    let stack = session.stack_without_code().await?;
    let reading = read(world, stack.graph, &session.cx()).await?;
    let work = reading.removal(Consent { delete_data });
    if work.plan.steps.is_empty() {
        world.say(&session.head());
        for kept in &work.plan.kept {
            world.say(&format!("= {}/{} stays: {}", kept.kind, kept.id, kept.why));
        }
        world.say("Nothing to remove.");
        return Ok(0);
    }
    tell(world, global.format, &session.head(), &work.plan)?;
    permit(world, &session.loaded.source, &work.plan, yes, delete_data, "destroy").await?;
    let kept = work.plan.kept.clone();
    carry_out(world, global, &session.cx(), &session.loaded.source, work).await?;
    for kept in kept {
        world.say(&format!("kept {}/{}: {}", kept.kind, kept.id, kept.why));
    }
    Ok(0)
}
