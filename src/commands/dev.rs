//! `dev`: deploys the stack to the local cloud and pushes its code after every change on disk.
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{
    apply,
    invocation::{Invocation, TargetCloud},
    local, push,
    run::StackLease,
    session::{self, Builds, NamedCode, Session},
};
use crate::{
    diagnostic::{ExitCode, Failure, render::text},
    file_watch::{FileStamps, FileWatcher, resolve_links},
    local::LocalCloud,
    manifest::types::Spec,
};

pub(super) async fn run_dev(invocation: &Invocation<'_>, folders: Vec<PathBuf>) -> Result<ExitCode, Failure> {
    let (ui, global) = (invocation.ui, invocation.global);
    let cloud = TargetCloud::Local(local::ensure_running(ui, &LocalCloud::at_default()?).await?);
    let invocation = &Invocation { ui, global, cloud };
    let loaded = session::load_spec(invocation, NamedCode::Checked).await?;
    let folders = if folders.is_empty() { source_folders(&loaded.spec, &loaded.base) } else { folders };
    if folders.is_empty() {
        return Err(Failure::usage(
            "no function has code of its own: name a folder with `--watch`, or give a function a `code.path`",
        ));
    }
    let built = || build_output_folders(&loaded.spec, &loaded.base);
    let mut watch = FileWatcher::watch(&folders).map_err(Failure::failed)?;
    let mut edits = EditTracker::default();
    let before = watch.list_files();
    apply::run_apply(invocation, apply::ApplyArgs { yes: true, ..apply::ApplyArgs::default() }).await?;
    // Files that the first build writes count as build outputs; an edit outside of them is built as soon as watching
    // begins.
    edits.note_build_changes(before, watch.list_files(), &built(), true);
    let session = Session::reopen(invocation).await?;
    let list: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
    ui.print_status(&format!("watching {}; Ctrl-C ends", list.join(", ")));
    loop {
        let mut again = false;
        while watch.list_files() != edits.baseline {
            let before = watch.list_files();
            build_and_push(&session).await?;
            again = edits.note_build_changes(before, watch.list_files(), &built(), again);
        }
        ui.or_interrupted(watch.next_change()).await?.map_err(Failure::failed)?;
    }
}

/// Tells a user's edits apart from the files that a build writes.
#[derive(Default)]
struct EditTracker {
    /// The file stamps that later ones are compared with: from before the last build if one more must follow, else from
    /// after it.
    baseline: FileStamps,
    /// Files in the build output folders that builds have written.
    build_outputs: BTreeSet<PathBuf>,
}

impl EditTracker {
    /// Records the files that changed during a build and returns whether one more build should verify a new output.
    ///
    /// Where a change may be an edit, `baseline` keeps the stamps from `before` the build, so that one more build
    /// follows. That is so for any change outside of the `built` folders, and for a file in them that no build has
    /// written before. The latter is verified only once (`again`), because a build may write under new names each time.
    fn note_build_changes(
        &mut self,
        before: FileStamps,
        after: FileStamps,
        built: &[PathBuf],
        again: bool,
    ) -> bool {
        let differs = |path: &&PathBuf| before.get(*path) != after.get(*path);
        let changed: BTreeSet<PathBuf> = before.keys().chain(after.keys()).filter(differs).cloned().collect();
        let (inside, outside): (Vec<_>, Vec<_>) =
            changed.into_iter().partition(|path| built.iter().any(|folder| path.starts_with(folder)));
        let unsure = !again && inside.iter().any(|path| !self.build_outputs.contains(path));
        self.build_outputs.extend(inside);
        self.baseline = if unsure || !outside.is_empty() { before } else { after };
        unsure
    }
}

/// Builds and pushes the code under a lease of its own; an error is printed and does not end the watching.
async fn build_and_push(session: &Session<'_>) -> Result<(), Failure> {
    let lease = StackLease::new(session, "dev", false);
    let pushed = push::build_and_push(session, None, Builds::Run, &lease).await;
    match pushed {
        Err(failure) if failure.code.is_signal() => Err(failure),
        Err(failure) => {
            session.ui().print_error_page(&text::failure(&failure, session.ui().err));
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

/// Returns the folders where code is written by hand: the packed folders, or the spec's own folder where code is built.
fn source_folders(spec: &Spec, base: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for function in spec.functions.keys().filter_map(|id| spec.function(id)) {
        let Some(code) = function.code.filter(|code| code.path.is_some()) else { continue };
        let path = code.path.as_ref().map(|path| base.join(path.as_str()));
        found.extend(if code.build.is_some() { Some(or_current_folder(base)) } else { path });
    }
    found.sort();
    found.dedup();
    found
}

/// Returns the folders that builds write to, and that users may edit as well.
fn build_output_folders(spec: &Spec, base: &Path) -> Vec<PathBuf> {
    let functions = spec.functions.keys().filter_map(|id| spec.function(id));
    let codes = functions.filter_map(|function| function.code).filter(|code| code.build.is_some());
    codes.filter_map(|code| Some(resolve_links(&base.join(code.path.as_ref()?.as_str())))).collect()
}

fn or_current_folder(base: &Path) -> PathBuf {
    if base.as_os_str().is_empty() { PathBuf::from(".") } else { base.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(named: &[(&str, u64)]) -> FileStamps {
        named.iter().map(|(name, size)| (PathBuf::from(name), (None, *size))).collect()
    }

    /// Returns whether one more build follows a build that started from `before` and left `after`, and whether it
    /// verifies.
    fn repeats(
        edits: &mut EditTracker,
        before: &[(&str, u64)],
        after: &[(&str, u64)],
        again: bool,
    ) -> (bool, bool) {
        let again = edits.note_build_changes(files(before), files(after), &[PathBuf::from("dist")], again);
        (edits.baseline != files(after), again)
    }

    #[test]
    fn an_edit_during_a_build_is_built_however_often_and_what_a_build_writes_is_none() {
        let mut edits = EditTracker::default();
        let edits = &mut edits;
        assert_eq!(repeats(edits, &[("src", 1)], &[("src", 1)], false), (false, false));
        for again in [false, true] {
            assert_eq!(repeats(edits, &[("src", 1)], &[("src", 2)], again), (true, false));
        }
        // The first time, the change may be an edit of code that is built in place.
        assert_eq!(repeats(edits, &[("src", 1)], &[("src", 1), ("dist/out", 1)], false), (true, true));
        assert_eq!(
            repeats(edits, &[("src", 1), ("dist/out", 1)], &[("src", 1), ("dist/out", 2)], true),
            (false, false)
        );
        assert_eq!(
            repeats(edits, &[("src", 1), ("dist/out", 2)], &[("src", 1), ("dist/out", 3)], false),
            (false, false)
        );
        assert_eq!(repeats(edits, &[("dist/in", 1)], &[("dist/in", 2)], false), (true, true));
        // A build that writes under new names each time is not repeated for ever.
        assert_eq!(repeats(edits, &[], &[("dist/out-1", 1)], true), (false, false));
    }
}
