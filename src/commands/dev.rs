//! `dev`: the stack on the local cloud, its code following every change on disk.
use super::{apply, attend::unless_stopped, push, session::Session};
use crate::{cli::Global, exit::Failure, local::Local, spec::types::Spec, watch::Watch, world::World};
use std::path::{Path, PathBuf};

pub(super) async fn run(world: &World, mut global: Global, folders: Vec<PathBuf>) -> Result<i32, Failure> {
    let note = |text: &str| if text.starts_with("warning:") { world.complain(text) } else { world.say(text) };
    global.local = Some(Local::at_default()?.ensure(&note).await?);
    apply::run(world, &global, apply::Asked { yes: true, ..apply::Asked::default() }).await?;
    let session = Session::again(world, &global).await?;
    let spec = &session.loaded.spec;
    let folders = if folders.is_empty() { sources(spec, &session.loaded.base) } else { folders };
    if folders.is_empty() {
        return Err(Failure::Usage(
            "no function has code of its own: name a folder with `--watch`, or give a function a `code.path`"
                .into(),
        ));
    }
    let outputs = built(spec, &session.loaded.base);
    let mut watch = Watch::on(&folders, &outputs).map_err(Failure::File)?;
    let list: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
    world.say(&format!("watching {}; Ctrl-C ends", list.join(", ")));
    loop {
        unless_stopped(world, watch.change()).await?.map_err(Failure::File)?;
        follow(world, &global, &session).await?;
        // What changed meanwhile was written by the build or, too late for it, by the user: one more look tells.
        if watch.forget() {
            follow(world, &global, &session).await?;
            watch.forget();
        }
    }
}

/// Builds and pushes; a mistake in the code is told and does not end the watching.
async fn follow(world: &World, global: &Global, session: &Session<'_>) -> Result<(), Failure> {
    let pushed = match session.code(None).await {
        Ok(code) => push::send(world, global, session, None, &code).await.map(drop),
        Err(failure) => Err(failure),
    };
    match pushed {
        Err(signal @ Failure::Signal(_)) => Err(signal),
        Err(failure) => {
            let text = crate::view::failure::text(&failure, crate::view::Style(world.color_err));
            world.complain(text.trim_end_matches('\n'));
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Where code is written by hand: the packed folders, or the spec's own where something is built.
fn sources(spec: &Spec, base: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for function in spec.functions.keys().filter_map(|id| spec.function(id)) {
        let Some(code) = function.code.filter(|code| code.path.is_some()) else { continue };
        let path = code.path.as_ref().map(|path| base.join(path.as_str()));
        found.extend(if code.build.is_some() { Some(here(base)) } else { path });
    }
    found.sort();
    found.dedup();
    found
}

/// What builds write.
fn built(spec: &Spec, base: &Path) -> Vec<PathBuf> {
    let functions = spec.functions.keys().filter_map(|id| spec.function(id));
    let codes = functions.filter_map(|function| function.code).filter(|code| code.build.is_some());
    codes.filter_map(|code| Some(base.join(code.path.as_ref()?.as_str()))).collect()
}

fn here(base: &Path) -> PathBuf {
    if base.as_os_str().is_empty() { PathBuf::from(".") } else { base.to_owned() }
}
