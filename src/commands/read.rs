//! The spec, read so that a signal is heard meanwhile: it may come out of a pipe that nobody writes into.
use super::attend::unless_stopped;
use crate::{
    exit::Failure,
    spec::{self, LoadError, Loaded},
    world::World,
};
use std::path::Path;

/// Reads and checks the spec at `path`; the outer failure is a signal.
pub(super) async fn read(world: &World, path: &Path) -> Result<Result<Loaded, LoadError>, Failure> {
    let from = path.to_owned();
    // Of a thread of its own, which ends with the process. The check stays here, where there is more stack.
    let text = tokio::task::spawn_blocking(move || spec::read(&from));
    let text = unless_stopped(world, text).await?;
    let text = text.map_err(|error| Failure::File(format!("cannot read `{}`: {error}", path.display())))?;
    Ok(text.and_then(|text| spec::check_text(path, text)))
}
