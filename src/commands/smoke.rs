//! `smoke`: proves that the live stack answers.
use std::time::Duration;

use super::{live, session::Session};
use crate::{
    aws::{Cx, Memo},
    cli::{Format, Global},
    diagnostic::{ExitCode, Failure},
    smoke::{self, Step},
    talk::Address,
    view::{Style, events::Event, smoke as view},
    world::World,
};

/// A stage that was just made may take this long to be served.
const AFTER_APPLY: Duration = Duration::from_secs(30);

pub(super) async fn run(world: &World, global: &Global, token: Option<String>) -> Result<ExitCode, Failure> {
    let session = Session::open(world, global).await?;
    let cx = session.cx();
    let address = live::address(&session, &cx, global, token).await?;
    let text = global.format != Format::Json;
    let show = |step: &Step| {
        if text {
            draw(world, step);
        }
    };
    let steps = visit(world, &session, &cx, &address, Duration::ZERO, &show).await?;
    if !text {
        world.result(&view::json(&steps))?;
    }
    verdict(&steps)
}

/// The same at the end of an apply, whose program on stdout is told in its events.
pub(super) async fn after(
    world: &World,
    global: &Global,
    session: &Session<'_>,
    token: Option<String>,
) -> Result<ExitCode, Failure> {
    // What was read before the apply holds no more.
    let (memo, cx) = (Memo::default(), session.cx());
    let cx = Cx { memo: &memo, ..cx };
    let address = live::address(session, &cx, global, token).await?;
    let show = |step: &Step| match &world.events {
        Some(events) => events.tell(Event::from(step)),
        None => draw(world, step),
    };
    let steps = visit(world, session, &cx, &address, AFTER_APPLY, &show).await?;
    if let Some(events) = &world.events {
        events.tell(Event::Smoke { passed: !smoke::failed(&steps) });
    }
    verdict(&steps)
}

async fn visit(
    world: &World,
    session: &Session<'_>,
    cx: &Cx<'_>,
    address: &Address,
    patience: Duration,
    show: &dyn Fn(&Step),
) -> Result<Vec<Step>, Failure> {
    world.or_interrupted(smoke::visit(cx, &session.loaded.spec, address, patience, show)).await
}

fn draw(world: &World, step: &Step) {
    // A reader that has gone away changes nothing about what the steps prove.
    let _ = world.result(&view::step(step, Style(world.color_out)));
}

fn verdict(steps: &[Step]) -> Result<ExitCode, Failure> {
    if smoke::failed(steps) {
        return Err(Failure::reported(ExitCode::Failed, "the stack does not answer as it should"));
    }
    Ok(ExitCode::Success)
}
