//! `outputs`: prints the live outputs.
use super::{invocation::Invocation, session::Session};
use crate::{
    diagnostic::{ExitCode, Failure},
    engine::{Consent, Snapshot},
    resources::TIERS,
    view::outputs,
};

pub(super) async fn print_outputs(
    invocation: &Invocation<'_>,
    name: Option<&str>,
    raw: bool,
) -> Result<ExitCode, Failure> {
    let session = Session::open(invocation).await?;
    let stack = session.stack_without_code().await?;
    let mut outs = stack.outputs;
    if let Some(name) = name {
        outs.retain_only(name).map_err(Failure::failed)?;
    }
    let glance = Snapshot::of_outputs(stack.graph, &outs.source_edges(), TIERS, &session.cx()).await;
    let (snapshot, missing) = glance.map_err(|read_error| session.read_failure(&read_error))?;
    if !missing.is_empty() {
        let message = format!("the stack is not live: missing {}", missing.join(", "));
        return Err(Failure::failed(message).with_hint("run `copilot-infra apply`"));
    }
    let work = snapshot.plan_changes(&session.aws, &Consent::default());
    let values = outs.resolve_values(work.attrs(&outs.handles)).unwrap_or_default();
    match values.first() {
        Some((_, value)) if raw => invocation.ui.print_stdout(&format!("{value}\n"))?,
        _ => invocation.ui.print_stdout(&outputs::render_outputs(&values, invocation.global.format))?,
    }
    Ok(ExitCode::Success)
}
