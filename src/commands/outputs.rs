//! `outputs`: prints the live outputs.
use super::{
    invocation::Invocation,
    session::{NamedCode, Session},
};
use crate::{
    cli::OutputFormat,
    diagnostic::{ExitCode, Failure},
    engine::{Consent, Snapshot},
    redact::REDACTED,
    resources::TIERS,
    ui::Ui,
    view::outputs::{self, OutputValues},
};

pub(super) async fn print_outputs(
    invocation: &Invocation<'_>,
    name: Option<&str>,
    raw: bool,
) -> Result<ExitCode, Failure> {
    let session = Session::open(invocation, NamedCode::Unused).await?;
    let stack = session.stack_for_outputs(name).await?;
    let mut outs = stack.outputs;
    if let Some(name) = name {
        outs.retain_only(name)?;
    }
    let glance = Snapshot::of_outputs(stack.graph, &outs.source_edges(), TIERS, &session.cx()).await;
    let (snapshot, missing) = glance.map_err(|read_error| session.read_failure(&read_error))?;
    if !missing.is_empty() {
        let message = format!("the stack is not live: missing {}", missing.join(", "));
        return Err(Failure::failed(message).with_hint("run `copilot-infra apply`"));
    }
    let work = snapshot.plan_changes(&session.aws, &Consent::default());
    let (ui, ids) = (invocation.ui, work.attrs(&outs.handles));
    if raw {
        let values = outs.reveal_values(ids).unwrap_or_default();
        let value = values.first().map_or("", |(_, value)| value);
        ui.print_exact(&format!("{value}\n"))?;
        return Ok(ExitCode::Success);
    }
    let values = outs.resolve_values(ids).unwrap_or_default();
    print_values(ui, &values, invocation.global.format)?;
    for (name, _) in values.iter().filter(|(_, value)| value == REDACTED) {
        ui.print_status(&format!("`{name}` is hidden; `copilot-infra outputs {name} --raw` prints it"));
    }
    Ok(ExitCode::Success)
}

/// Prints the outputs; for programs they are what they are.
fn print_values(ui: &Ui, values: &OutputValues, format: OutputFormat) -> Result<(), Failure> {
    match format {
        OutputFormat::Text | OutputFormat::Markdown | OutputFormat::Sarif => {
            ui.print_stdout(&outputs::outputs_text(values))
        }
        OutputFormat::Json => ui.print_json(&outputs::outputs_json(values)),
        OutputFormat::Env => ui.print_exact(&outputs::outputs_env(values)),
        OutputFormat::Github => ui.print_exact(&outputs::outputs_github(values)),
    }
}
