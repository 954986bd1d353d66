//! `local`: runs any command that works with a cloud against the local one on this machine.
use super::invocation::{Invocation, TargetCloud};
use crate::{
    cli::LocalCommand as Command,
    diagnostic::{ExitCode, Failure, render::text},
    local::{CLEARED, LocalCloud, LocalEndpoint, SetupEvent},
    ui::Ui,
    view::{Page, report::format_duration},
};

pub(super) async fn run_local(invocation: &Invocation<'_>, command: Command) -> Result<ExitCode, Failure> {
    let (ui, global) = (invocation.ui, invocation.global);
    let local = LocalCloud::at_default()?;
    match command {
        Command::Status => print_local_status(ui, &local).await,
        Command::Env => print_environment(ui, &local).await,
        Command::Stop => stop_local_cloud(ui, &local).await,
        Command::Cloud(command) => {
            let cloud = TargetCloud::Local(ensure_running(ui, &local).await?);
            super::dispatch_cloud_command(&Invocation { ui, global, cloud }, command).await
        }
    }
}

/// Returns the running emulator, or sets it up and prints what happens meanwhile.
pub(super) async fn ensure_running(ui: &Ui, local: &LocalCloud) -> Result<LocalEndpoint, Failure> {
    let print = |event| match event {
        SetupEvent::Step(text) => ui.print_status(&text),
        SetupEvent::Warning(warning) => ui.print_error_page(&text::draw_one(None, &warning, ui.err)),
    };
    Ok(local.ensure_running(&print).await?)
}

async fn print_environment(ui: &Ui, local: &LocalCloud) -> Result<ExitCode, Failure> {
    let endpoint = ensure_running(ui, local).await?;
    let cleared = format!("unset {}\n", CLEARED.join(" "));
    // The values are addresses, names and tokens: nothing that a shell would not take as it is.
    let set =
        endpoint.env_variables(None).into_iter().map(|(name, value)| format!("export {name}={value}\n"));
    ui.print_exact(&[cleared].into_iter().chain(set).collect::<String>())?;
    Ok(ExitCode::Success)
}

async fn print_local_status(ui: &Ui, local: &LocalCloud) -> Result<ExitCode, Failure> {
    let text = match local.status().await? {
        None => "the local cloud is not running".to_owned(),
        Some(running) => format!(
            "the local cloud {} at {} (MiniStack {}, process {}, for {}); it prints to {}",
            if running.healthy { "runs" } else { "does not answer" },
            running.endpoint.url,
            running.version,
            running.endpoint.pid,
            format_duration(running.uptime),
            running.log.display(),
        ),
    };
    ui.print_stdout(&Page::of_line(ui.out, text))?;
    Ok(ExitCode::Success)
}

async fn stop_local_cloud(ui: &Ui, local: &LocalCloud) -> Result<ExitCode, Failure> {
    ui.print_status(match local.stop().await? {
        None => "the local cloud was not running",
        Some(_) => "stopped the local cloud; all it held is gone",
    });
    Ok(ExitCode::Success)
}
