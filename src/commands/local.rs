//! `local`: any command that works with a cloud, against one on this machine.
use crate::{
    cli::{Global, Local as Command},
    diagnostic::{ExitCode, Failure},
    local::Local,
    view::report::seconds,
    world::World,
};

pub(super) async fn run(world: &World, mut global: Global, command: Command) -> Result<ExitCode, Failure> {
    let local = Local::at_default()?;
    match command {
        Command::Status => status(world, &local).await,
        Command::Stop => stop(world, &local).await,
        Command::Cloud(command) => {
            let note = |text: &str| {
                if text.starts_with("warning:") { world.complain(text) } else { world.say(text) }
            };
            let endpoint = local.ensure(&note).await?;
            global.local = Some(endpoint);
            super::cloud(world, &global, command).await
        }
    }
}

async fn status(world: &World, local: &Local) -> Result<ExitCode, Failure> {
    let text = match local.status().await? {
        None => "the local cloud is not running\n".to_owned(),
        Some(running) => format!(
            "the local cloud {} at {} (MiniStack {}, process {}, for {}); it prints to {}\n",
            if running.healthy { "runs" } else { "does not answer" },
            running.endpoint.url,
            running.version,
            running.endpoint.pid,
            seconds(running.uptime),
            running.log.display(),
        ),
    };
    world.result(&text)?;
    Ok(ExitCode::Success)
}

async fn stop(world: &World, local: &Local) -> Result<ExitCode, Failure> {
    world.say(match local.stop().await? {
        None => "the local cloud was not running",
        Some(_) => "stopped the local cloud; all it held is gone",
    });
    Ok(ExitCode::Success)
}
