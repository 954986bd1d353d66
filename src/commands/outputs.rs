//! `outputs`: prints the live outputs.
use super::session::Session;
use crate::{
    cli::Global,
    diagnostic::{ExitCode, Failure},
    engine::{Consent, Reading},
    resources::TIERS,
    view::outputs,
    world::World,
};

pub(super) async fn run(
    world: &World,
    global: &Global,
    name: Option<&str>,
    raw: bool,
) -> Result<ExitCode, Failure> {
    let session = Session::open(world, global).await?;
    let stack = session.stack_without_code().await?;
    let mut outs = stack.outputs;
    if let Some(name) = name {
        outs.only(name).map_err(Failure::failed)?;
    }
    let glance = Reading::glance(stack.graph, &outs.sources(), TIERS, &session.cx()).await;
    let (reading, missing) = glance.map_err(|unread| session.unread(&unread))?;
    if !missing.is_empty() {
        let message = format!("the stack is not live: missing {}", missing.join(", "));
        return Err(Failure::failed(message).with_hint("run `copilot-infra apply`"));
    }
    let work = reading.changes(&session.aws, &Consent::default());
    let values = outs.values(work.attrs(&outs.handles)).unwrap_or_default();
    match values.first() {
        Some((_, value)) if raw => world.result(&format!("{value}\n"))?,
        _ => world.result(&outputs::draw(&values, global.format))?,
    }
    Ok(ExitCode::Success)
}
