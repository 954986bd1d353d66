//! The spec, read so that a signal is heard meanwhile: it may come out of a pipe that nobody writes into.
use super::attend::unless_stopped;
use crate::{
    cli::Global,
    exit::Failure,
    manifest::{self, LoadError, Loaded},
    world::World,
};

/// Reads and checks the spec, for the region that is used; the outer failure is a signal.
pub(super) async fn read(world: &World, global: &Global) -> Result<Result<Loaded, LoadError>, Failure> {
    let path = &global.file;
    let from = path.clone();
    // Of a thread of its own, which ends with the process. The check stays here, where there is more stack.
    let text = tokio::task::spawn_blocking(move || manifest::read(&from));
    let text = unless_stopped(world, text).await?;
    let text = text.map_err(|error| Failure::File(format!("cannot read `{}`: {error}", path.display())))?;
    Ok(text.and_then(|text| manifest::check_text(path, text, global.region.as_deref())))
}
