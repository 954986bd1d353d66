//! `smoke`: proves that the live stack answers.
use super::{live, session::Session};
use crate::{
    aws::Urgency,
    cli::{Format, Global},
    exit::Failure,
    smoke,
    view::{Style, smoke as view},
    world::World,
};
use std::time::Duration;

/// A stage that was just made may take this long to be served.
const AFTER_APPLY: Duration = Duration::from_secs(30);

pub(super) async fn run(world: &World, global: &Global, token: Option<String>) -> Result<i32, Failure> {
    prove(world, global, &Session::open(world, global).await?, token, Duration::ZERO).await
}

/// `apply --smoke`: the same after an apply, which told the warnings.
pub(super) async fn after_apply(
    world: &World,
    global: &Global,
    token: Option<String>,
) -> Result<i32, Failure> {
    prove(world, global, &Session::again(world, global).await?, token, AFTER_APPLY).await
}

async fn prove(
    world: &World,
    global: &Global,
    session: &Session<'_>,
    token: Option<String>,
    patience: Duration,
) -> Result<i32, Failure> {
    let address = live::address(session, global, token).await?;
    let text = global.format != Format::Json;
    let style = Style(world.color_out);
    let show = |step: &smoke::Step| {
        if text {
            // A reader that has gone away changes nothing about what the steps prove.
            let _ = world.result(&view::step(step, style));
        }
    };
    let cx = session.cx();
    let visit = smoke::visit(&cx, &session.loaded.spec, &address, patience, &show);
    let steps = tokio::select! {
        steps = visit => steps,
        () = cx.interrupt.reached(Urgency::Finish) => {
            return Err(Failure::Signal(world.signal().unwrap_or(130)));
        }
    };
    if !text {
        world.result(&view::json(&steps))?;
    }
    Ok(i32::from(smoke::failed(&steps)))
}
