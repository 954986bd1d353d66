//! `plan`: shows what apply would change.
use super::session::Session;
use crate::{
    aws::{Cx, Urgency},
    cli::{Format, Global},
    engine::{Consent, Graph, Plan, Reading},
    exit::Failure,
    resources::TIERS,
    view::{Style, plan as view},
    world::World,
};

pub(super) async fn run(
    world: &World,
    global: &Global,
    detailed: bool,
    delete_data: bool,
) -> Result<i32, Failure> {
    let session = Session::open(world, global).await?;
    let stack = session.stack().await?;
    let reading = read(world, stack.graph, &session.cx()).await?;
    let work = reading.changes(&session.aws, Consent { delete_data });
    show(world, global.format, &session.head(), &work.plan)?;
    if !work.plan.refusals.is_empty() {
        return Err(Failure::Refused(session.loaded.source, work.plan.refusals));
    }
    Ok(if detailed && !work.plan.is_empty() { 2 } else { 0 })
}

/// Reads everything; nothing is lost by breaking this off at once.
pub(super) async fn read(world: &World, graph: Graph, cx: &Cx<'_>) -> Result<Reading, Failure> {
    tokio::select! {
        reading = Reading::take(graph, TIERS, cx) => Ok(reading?),
        () = cx.interrupt.reached(Urgency::Finish) => Err(Failure::Signal(world.signal().unwrap_or(130))),
    }
}

/// Prints a plan on stdout.
pub(super) fn show(world: &World, format: Format, head: &str, plan: &Plan) -> Result<(), Failure> {
    if format == Format::Json {
        world.result(&format!("{:#}\n", serde_json::json!(plan)))?;
    } else {
        world.say(head);
        world.result(&view::text(plan, Style(world.color_out)))?;
    }
    Ok(())
}
