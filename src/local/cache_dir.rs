//! The cache folder of the local cloud: its layout, and the lock that any process holds while it changes it.
use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{Error, SetupEvent, SetupObserver};

/// Maximum time to wait for the lock: long enough for another process to install everything over a slow line.
const PATIENCE: Duration = Duration::from_mins(10);
/// Prefix of folders under construction; after a kill they stay behind until the next start.
const BUILDING: &str = "building-";

pub(super) struct CacheDir {
    root: PathBuf,
}

impl CacheDir {
    /// Describes the folder without touching it.
    pub(super) fn at(root: &Path) -> Result<Self, Error> {
        if cfg!(unix) { Ok(Self { root: root.to_owned() }) } else { Err(Error::Unsupported) }
    }

    pub(super) fn open(root: &Path) -> Result<Self, Error> {
        let cache = Self::at(root)?;
        create_private(root)?;
        Ok(cache)
    }

    pub(super) fn exists(&self) -> bool {
        self.root.exists()
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Path of the state file, which the running emulator keeps locked.
    pub(super) fn state(&self) -> PathBuf {
        self.join("emulator.json")
    }

    /// Path of the log with the emulator's output.
    pub(super) fn log(&self) -> PathBuf {
        self.join("emulator.log")
    }

    /// Path of the emulator's TMPDIR and HOME, which contains the unpacked functions.
    pub(super) fn scratch(&self) -> PathBuf {
        self.join("tmp")
    }

    /// Waits until no other process changes the folder; the lock ends with the value or the process.
    pub(super) async fn lock(&self, note: SetupObserver<'_>) -> Result<File, Error> {
        let path = self.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::folder(&path))?;
        let start = Instant::now();
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(source)) => return Err(Error::Folder { path, source }),
                Err(TryLockError::WouldBlock) if start.elapsed() > PATIENCE => {
                    return Err(Error::Busy { lock: path });
                }
                Err(TryLockError::WouldBlock) => {}
            }
            if !told && start.elapsed() > Duration::from_secs(1) {
                note(SetupEvent::step("waiting for another `copilot-infra local` to finish"));
                told = true;
            }
            super::pause().await;
        }
    }

    /// Creates a folder to build in, next to its final place so that a rename suffices.
    pub(super) fn building(&self) -> Result<tempfile::TempDir, Error> {
        tempfile::Builder::new().prefix(BUILDING).tempdir_in(&self.root).map_err(Error::folder(&self.root))
    }

    /// Removes what killed installations left behind; call it only under the lock.
    pub(super) fn sweep(&self) -> Result<(), Error> {
        for entry in fs::read_dir(&self.root).map_err(Error::folder(&self.root))? {
            let entry = entry.map_err(Error::folder(&self.root))?;
            if entry.file_name().to_string_lossy().starts_with(BUILDING) {
                // An orphaned pip may still be writing into it: the next sweep removes it.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(())
    }

    /// Removes state and scratch folder of an emulator that has ended; call it only under the lock.
    pub(super) fn clear(&self) -> Result<(), Error> {
        remove_folder(&self.scratch())?;
        match fs::remove_file(self.state()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::folder(&self.state())(error)),
            _ => Ok(()),
        }
    }
}

/// Creates a folder that only this user can enter, and refuses one that is or was open to others: programs in it are run.
pub(crate) fn create_private(folder: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(Error::folder(folder))?;
    #[cfg(unix)]
    check_private(folder)?;
    Ok(())
}

#[cfg(unix)]
fn check_private(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let found = folder.metadata().map_err(Error::folder(folder))?;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(Error::ForeignFolder(folder.to_owned()));
    }
    if found.mode() & 0o022 != 0 {
        return Err(Error::OpenFolder(folder.to_owned()));
    }
    if found.mode() & 0o077 != 0 {
        // An earlier release let others read it.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(Error::folder(folder))?;
    }
    Ok(())
}

/// Moves a finished folder to its final place, over whatever unusable thing is there; call it only under the lock.
pub(super) fn move_into_place(built: tempfile::TempDir, place: &Path) -> Result<(), Error> {
    remove_folder(place)?;
    fs::rename(built.path(), place).map_err(Error::folder(place))?;
    // The folder has been moved, so nothing is left for the guard to remove.
    let _ = built.keep();
    Ok(())
}

fn remove_folder(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::folder(folder)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CacheDir::open(folder.path()).unwrap();
        let held = cache.lock(&|_| ()).await.unwrap();
        let second = tokio::time::timeout(Duration::from_millis(100), cache.lock(&|_| ())).await;
        assert!(second.is_err());
        drop(held);
        cache.lock(&|_| ()).await.unwrap();
    }

    #[test]
    fn leftovers_are_swept_and_what_is_built_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CacheDir::open(folder.path()).unwrap();
        fs::create_dir(cache.join("building-dead")).unwrap();
        cache.sweep().unwrap();
        assert!(!cache.join("building-dead").exists());

        let place = cache.join("venv-1");
        fs::create_dir(&place).unwrap();
        fs::write(place.join("broken"), "").unwrap();
        let built = cache.building().unwrap();
        fs::write(built.path().join("whole"), "").unwrap();
        move_into_place(built, &place).unwrap();
        assert!(place.join("whole").exists() && !place.join("broken").exists());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_enters_the_folder() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache/local");
        let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
        CacheDir::open(&path).unwrap();
        assert_eq!(mode(), 0o700);
        let change = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        change(0o755);
        CacheDir::open(&path).unwrap();
        assert_eq!(mode(), 0o700, "what others could read they cannot any more");
        change(0o777);
        let Err(Error::OpenFolder(open)) = CacheDir::open(&path) else {
            panic!("others may have written it")
        };
        assert_eq!(open, path);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let Err(error) = CacheDir::open(&file.join("local")) else { panic!("a folder inside a file") };
        assert!(error.to_string().contains("file/local"), "{error}");
        assert!(error.hint().contains("writable"));
    }
}
