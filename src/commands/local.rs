//! `local`: runs any command that works with a cloud against the local one on this machine.
use super::invocation::{Invocation, TargetCloud};
use crate::{
    cli::LocalCommand as Command,
    diagnostic::{ExitCode, Failure},
    local::LocalCloud,
    ui::Ui,
    view::report::format_duration,
};

pub(super) async fn run_local(invocation: &Invocation<'_>, command: Command) -> Result<ExitCode, Failure> {
    let (ui, global) = (invocation.ui, invocation.global);
    let local = LocalCloud::at_default()?;
    match command {
        Command::Status => print_local_status(ui, &local).await,
        Command::Stop => stop_local_cloud(ui, &local).await,
        Command::Cloud(command) => {
            let note = |text: &str| {
                if text.starts_with("warning:") { ui.print_error(text) } else { ui.print_status(text) }
            };
            let cloud = TargetCloud::Local(local.ensure_running(&note).await?);
            super::dispatch_cloud_command(&Invocation { ui, global, cloud }, command).await
        }
    }
}

async fn print_local_status(ui: &Ui, local: &LocalCloud) -> Result<ExitCode, Failure> {
    let text = match local.status().await? {
        None => "the local cloud is not running\n".to_owned(),
        Some(running) => format!(
            "the local cloud {} at {} (MiniStack {}, process {}, for {}); it prints to {}\n",
            if running.healthy { "runs" } else { "does not answer" },
            running.endpoint.url,
            running.version,
            running.endpoint.pid,
            format_duration(running.uptime),
            running.log.display(),
        ),
    };
    ui.print_stdout(&text)?;
    Ok(ExitCode::Success)
}

async fn stop_local_cloud(ui: &Ui, local: &LocalCloud) -> Result<ExitCode, Failure> {
    ui.print_status(match local.stop().await? {
        None => "the local cloud was not running",
        Some(_) => "stopped the local cloud; all it held is gone",
    });
    Ok(ExitCode::Success)
}
