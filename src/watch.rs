//! Changes of files under some folders, gathered until they pause.
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};

/// An editor writes a file in several steps; they are over when nothing has happened for this long.
const PAUSE: Duration = Duration::from_millis(120);
/// Folders that tools write to.
const TOOLS: [&str; 4] = [".git", "node_modules", "target", ".cargo"];

/// A watch on folders.
pub struct Watch {
    /// Ends the watching when dropped.
    _watcher: RecommendedWatcher,
    changes: mpsc::UnboundedReceiver<()>,
}

impl Watch {
    /// Watches `folders` and all below them, but nothing in `ignored` nor what tools write.
    ///
    /// # Errors
    /// A folder cannot be watched; the message names it.
    pub fn on(folders: &[PathBuf], ignored: &[PathBuf]) -> Result<Self, String> {
        let ignored: Vec<PathBuf> = ignored.iter().map(|path| real(path)).collect();
        let watched: Vec<PathBuf> = folders.iter().map(|path| real(path)).collect();
        let roots = watched.clone();
        let (sender, changes) = mpsc::unbounded_channel();
        let handler = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| matters(&event, &roots, &ignored)) {
                // With nobody listening any more there is nothing to tell.
                let _ = sender.send(());
            }
        };
        let mut watcher = notify::recommended_watcher(handler).map_err(|error| error.to_string())?;
        for folder in &watched {
            let begun = watcher.watch(folder, RecursiveMode::Recursive);
            begun.map_err(|error| format!("cannot watch `{}`: {error}", folder.display()))?;
        }
        Ok(Self { _watcher: watcher, changes })
    }

    /// Waits for a change, and until nothing has changed for a moment.
    ///
    /// # Errors
    /// The watching has ended.
    pub async fn change(&mut self) -> Result<(), String> {
        self.changes.recv().await.ok_or("the watching has ended")?;
        while let Ok(Some(())) = timeout(PAUSE, self.changes.recv()).await {}
        Ok(())
    }

    /// Forgets the changes that have been noticed so far; tells whether there were any.
    pub fn forget(&mut self) -> bool {
        let mut any = false;
        while self.changes.try_recv().is_ok() {
            any = true;
        }
        any
    }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// Reading a file is no change. Where the watched folders themselves lie does not matter.
fn matters(event: &Event, roots: &[PathBuf], ignored: &[PathBuf]) -> bool {
    let changes = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
    let own = |path: &PathBuf| {
        let below = roots.iter().filter_map(|root| path.strip_prefix(root).ok());
        let below = below.min_by_key(|rest| rest.iter().count()).unwrap_or(path);
        let tool = below.iter().any(|part| TOOLS.iter().any(|tool| part == *tool));
        !tool && !ignored.iter().any(|folder| path.starts_with(folder))
    };
    changes && event.paths.iter().any(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_project_may_lie_in_a_folder_of_a_tool() {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("target/project");
        std::fs::create_dir_all(&project).unwrap();
        let mut watch = Watch::on(std::slice::from_ref(&project), &[]).unwrap();
        std::fs::write(project.join("index.mjs"), "x").unwrap();
        timeout(Duration::from_secs(10), watch.change()).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_change_is_noticed_once_and_a_tools_is_not() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["src", "dist", "node_modules"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
        }
        let mut watch = Watch::on(&[dir.path().to_owned()], &[dir.path().join("dist")]).unwrap();
        std::fs::write(dir.path().join("dist/out.mjs"), "x").unwrap();
        std::fs::write(dir.path().join("node_modules/a.js"), "x").unwrap();
        let quiet = timeout(Duration::from_millis(400), watch.change()).await;
        assert!(quiet.is_err(), "what tools write is no change");
        for n in 0..5 {
            std::fs::write(dir.path().join("src/index.mjs"), format!("{n}")).unwrap();
        }
        timeout(Duration::from_secs(10), watch.change()).await.unwrap().unwrap();
        assert!(
            timeout(Duration::from_millis(400), watch.change()).await.is_err(),
            "five writes are one change"
        );
    }
}
