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
pub(super) const AFTER_APPLY: Duration = Duration::from_secs(30);

pub(super) async fn run(
    world: &World,
    global: &Global,
    token: Option<String>,
    patience: Duration,
) -> Result<i32, Failure> {
    let session = Session::open(world, global).await?;
    let address = live::address(&session, global, token).await?;
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
