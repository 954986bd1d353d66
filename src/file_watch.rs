//! Watches files under some folders; changes are gathered until they pause.
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{sync::mpsc, time::timeout};
use walkdir::WalkDir;

/// An editor writes a file in several steps; they count as finished when nothing has happened for this long.
const PAUSE: Duration = Duration::from_millis(120);
/// Folders that tools write to, which are not watched.
const TOOLS: [&str; 4] = [".git", "node_modules", "target", ".cargo"];

/// Files by path, each with the time of its last change and its size in bytes.
pub type FileStamps = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// A watch on folders, or on single files such as archives.
pub struct FileWatcher {
    /// Ends the watching when dropped.
    watcher: RecommendedWatcher,
    roots: Vec<PathBuf>,
    changes: mpsc::UnboundedReceiver<()>,
}

impl FileWatcher {
    /// Watches `roots` and everything below them, except for what tools write.
    ///
    /// # Errors
    /// One of them cannot be watched; the message names it.
    pub fn watch(roots: &[PathBuf]) -> Result<Self, String> {
        let roots: Vec<PathBuf> = roots.iter().map(|path| resolve_links(path)).collect();
        let known = roots.clone();
        let (sender, changes) = mpsc::unbounded_channel();
        let handler = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_relevant_event(&event, &known)) {
                // With no receiver left there is nothing to report.
                let _ = sender.send(());
            }
        };
        let watcher = notify::recommended_watcher(handler).map_err(|error| error.to_string())?;
        let mut watch = Self { watcher, roots, changes };
        if let Some(missing) = watch.roots.iter().find(|root| !root.exists()) {
            return Err(format!("cannot watch `{}`: it does not exist", missing.display()));
        }
        watch.rewatch_roots()?;
        Ok(watch)
    }

    /// Waits for a change, and then until nothing has changed for a moment.
    ///
    /// # Errors
    /// The watch has ended.
    pub async fn next_change(&mut self) -> Result<(), String> {
        self.changes.recv().await.ok_or("the watching has ended")?;
        while let Ok(Some(())) = timeout(PAUSE, self.changes.recv()).await {}
        // What was removed and created again is not watched any more.
        self.rewatch_roots()
    }

    /// Returns the files as they are now; those that cannot be read are left out.
    #[must_use]
    pub fn list_files(&self) -> FileStamps {
        let entries = self.roots.iter().flat_map(|root| {
            let own = |entry: &walkdir::DirEntry| {
                entry.depth() == 0 || !is_tool_output(Path::new(entry.file_name()))
            };
            WalkDir::new(root).into_iter().filter_entry(own).filter_map(Result::ok)
        });
        let files = entries.filter_map(|entry| {
            let facts = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((entry.into_path(), (facts.modified().ok(), facts.len())))
        });
        files.collect()
    }

    /// Renews the watch on every root; a root that does not exist is watched for in the nearest folder that does.
    fn rewatch_roots(&mut self) -> Result<(), String> {
        for root in &self.roots {
            let above = root.ancestors().skip(1).find(|path| path.is_dir());
            let whole = root.is_dir().then_some((root.as_path(), RecursiveMode::Recursive));
            for (path, mode) in above.map(|path| (path, RecursiveMode::NonRecursive)).into_iter().chain(whole)
            {
                let begun = self.watcher.watch(path, mode);
                // It may have been removed just now: then its own removal is the next change.
                if path.exists() {
                    begun.map_err(|error| format!("cannot watch `{}`: {error}", path.display()))?;
                }
            }
        }
        Ok(())
    }
}

/// Returns the path with its links resolved, also of a file that does not exist (yet).
#[must_use]
pub fn resolve_links(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

fn is_tool_output(path: &Path) -> bool {
    path.iter().any(|part| TOOLS.iter().any(|tool| part == *tool))
}

/// Returns whether an event is a change; reading a file is none. Where the watched roots themselves lie does not
/// matter.
fn is_relevant_event(event: &Event, roots: &[PathBuf]) -> bool {
    let changes = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
    let own = |path: &PathBuf| {
        let below = roots.iter().filter_map(|root| path.strip_prefix(root).ok());
        let inside = below.min_by_key(|rest| rest.iter().count()).is_some_and(|rest| !is_tool_output(rest));
        inside || roots.iter().any(|root| root.starts_with(path))
    };
    changes && event.paths.iter().any(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn changes(watch: &mut FileWatcher) {
        timeout(Duration::from_secs(10), watch.next_change()).await.unwrap().unwrap();
    }

    async fn is_quiet(watch: &mut FileWatcher) -> bool {
        timeout(Duration::from_millis(400), watch.next_change()).await.is_err()
    }

    #[tokio::test]
    async fn a_project_may_lie_in_a_folder_of_a_tool() {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("target/project");
        std::fs::create_dir_all(&project).unwrap();
        let mut watch = FileWatcher::watch(std::slice::from_ref(&project)).unwrap();
        std::fs::write(project.join("index.mjs"), "x").unwrap();
        changes(&mut watch).await;
        assert_eq!(watch.list_files().len(), 1);
    }

    #[tokio::test]
    async fn a_change_is_noticed_once_and_a_tools_is_not() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["src", "node_modules"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
        }
        let mut watch = FileWatcher::watch(&[dir.path().to_owned()]).unwrap();
        std::fs::write(dir.path().join("node_modules/a.js"), "x").unwrap();
        assert!(is_quiet(&mut watch).await, "what tools write is no change");
        assert_eq!(watch.list_files(), FileStamps::new());
        for n in 0..5 {
            std::fs::write(dir.path().join("src/index.mjs"), format!("{n}")).unwrap();
        }
        changes(&mut watch).await;
        assert!(is_quiet(&mut watch).await, "five writes are one change");
    }

    #[tokio::test]
    async fn what_is_removed_and_made_anew_is_still_watched() {
        let dir = tempfile::tempdir().unwrap();
        let (above, folder, archive) =
            (dir.path().join("a"), dir.path().join("a/folder"), dir.path().join("code.zip"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&archive, "one").unwrap();
        let mut watch = FileWatcher::watch(&[folder.clone(), archive.clone()]).unwrap();
        std::fs::remove_dir_all(&above).unwrap();
        changes(&mut watch).await;
        std::fs::create_dir_all(&folder).unwrap();
        changes(&mut watch).await;
        std::fs::write(folder.join("index.mjs"), "x").unwrap();
        changes(&mut watch).await;
        let next = dir.path().join("next.zip");
        std::fs::write(&next, "two, longer").unwrap();
        let before = watch.list_files();
        std::fs::rename(next, &archive).unwrap();
        changes(&mut watch).await;
        assert_ne!(watch.list_files(), before);
        std::fs::write(&archive, "three").unwrap();
        changes(&mut watch).await;
    }
}
