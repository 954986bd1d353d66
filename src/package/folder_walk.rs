//! Lists the files of a folder, and reads them.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use super::{Error, Exclusions, FileKind};
use crate::facts::LIMITS;

/// Maximum number of files, folders and links in a folder of code; a large one with all its dependencies has some ten
/// thousand.
const MAX_ENTRIES: usize = 100_000;

/// One entry of an archive.
#[derive(Debug)]
pub(super) struct PackedFile {
    /// Path within the folder, with `/` between the parts.
    pub(super) path: String,
    /// What is packed under it.
    pub(super) content: Content,
}

/// What an entry of an archive holds.
#[derive(Debug)]
pub(super) enum Content {
    /// A file.
    File {
        /// Contents of the file.
        data: Vec<u8>,
        /// Whether the file is executable; never on systems without that permission.
        executable: bool,
    },
    /// A symbolic link to this relative path within the folder.
    Link(String),
}

impl Content {
    /// Returns the kind of the file.
    pub(super) fn kind(&self) -> FileKind {
        match self {
            Self::File { executable, .. } => FileKind::of(*executable),
            Self::Link(_) => FileKind::Link,
        }
    }
}

/// One entry of a folder, which has not been read.
#[derive(Clone, Debug)]
pub(super) struct FoundFile {
    /// Path within the folder, with `/` between the parts.
    pub(super) path: String,
    /// Path on this machine.
    pub(super) from: PathBuf,
    /// What stands there.
    pub(super) kind: FoundKind,
}

/// What stands in a folder.
#[derive(Clone, Debug)]
pub(super) enum FoundKind {
    /// A file of this size in bytes.
    File { size: u64, executable: bool },
    /// A symbolic link to this relative path within the folder.
    Link(String),
}

impl FoundKind {
    /// Returns the kind of the file.
    pub(super) fn kind(&self) -> FileKind {
        match self {
            Self::File { executable, .. } => FileKind::of(*executable),
            Self::Link(_) => FileKind::Link,
        }
    }
}

/// Reads every file under `root`, in no particular order.
pub(super) fn read_folder(root: &Path, exclusions: &Exclusions) -> Result<Vec<PackedFile>, Error> {
    list_folder(root, exclusions)?.into_iter().map(read_file).collect()
}

fn read_file(found: FoundFile) -> Result<PackedFile, Error> {
    let content = match found.kind {
        FoundKind::Link(target) => Content::Link(target),
        FoundKind::File { executable, .. } => {
            let data = fs::read(&found.from).map_err(|cause| unreadable_error(&found.from, cause))?;
            Content::File { data, executable }
        }
    };
    Ok(PackedFile { path: found.path, content })
}

/// Lists every file and link under `root`.
///
/// Links are kept as they are, as pnpm and workspaces need them: a module that was reached through a link looks for its
/// neighbours where the link leads.
pub(super) fn list_folder(root: &Path, exclusions: &Exclusions) -> Result<Vec<FoundFile>, Error> {
    let real = fs::canonicalize(root).map_err(|cause| missing_code_error(root, cause))?;
    if !real.is_dir() {
        return Err(Error::NotAFolder(root.to_owned()));
    }
    let mut walk = FolderWalk { root, real, exclusions, files: Vec::new(), size: 0 };
    walk.walk()?;
    if walk.files.is_empty() { Err(Error::Empty(root.to_owned())) } else { Ok(walk.files) }
}

struct FolderWalk<'a> {
    root: &'a Path,
    real: PathBuf,
    exclusions: &'a Exclusions,
    files: Vec<FoundFile>,
    size: u64,
}

impl FolderWalk<'_> {
    fn walk(&mut self) -> Result<(), Error> {
        let (root, exclusions) = (self.root, self.exclusions);
        let kept = |entry: &DirEntry| match packed_path(root, entry.path()) {
            Ok(path) => path.is_empty() || !exclusions.excludes(&path, entry.file_type().is_dir()),
            Err(_) => true, // it is reported when it comes up
        };
        let entries = WalkDir::new(root).into_iter().filter_entry(kept);
        for (count, entry) in entries.enumerate() {
            if count > MAX_ENTRIES {
                return Err(Error::TooMany(root.to_owned()));
            }
            self.add_entry(&entry.map_err(|error| walk_error(root, error))?)?;
        }
        Ok(())
    }

    fn add_entry(&mut self, entry: &DirEntry) -> Result<(), Error> {
        let (from, kind) = (entry.path(), entry.file_type());
        let path = packed_path(self.root, from)?;
        // The folder itself may be a link.
        if kind.is_dir() || path.is_empty() {
            return Ok(());
        }
        let kind = if kind.is_symlink() {
            match self.link_target(from, &path)? {
                Some(target) => FoundKind::Link(target),
                None => return Ok(()),
            }
        } else if kind.is_file() {
            if self.exclusions.is_own_file(from, &path) {
                return Ok(());
            }
            let facts = entry.metadata().map_err(|error| walk_error(from, error))?;
            // The sizes are added up before reading, so that a folder named by mistake does not fill the memory.
            self.size += facts.len();
            if self.size > *LIMITS.code_unzipped_bytes {
                return Err(Error::Unzipped { path: self.root.to_owned() });
            }
            FoundKind::File { size: facts.len(), executable: is_executable(&facts) }
        } else {
            return Err(Error::Special(from.to_owned()));
        };
        self.files.push(FoundFile { path, from: from.to_owned(), kind });
        Ok(())
    }

    /// Returns the relative path that the link at `link` leads to; none if that is left out of the package.
    fn link_target(&self, link: &Path, packed: &str) -> Result<Option<String>, Error> {
        let real = fs::canonicalize(link).map_err(|cause| unreadable_error(link, cause))?;
        let Ok(within) = real.strip_prefix(&self.real) else {
            return Err(Error::LinkOutside(link.to_owned()));
        };
        let parents: Vec<&Path> = within.ancestors().filter(|path| !path.as_os_str().is_empty()).collect();
        let is_left_out = |path: &&Path| {
            let is_folder = *path != within || real.is_dir();
            path.to_str().is_some_and(|path| self.exclusions.excludes(path, is_folder))
        };
        if parents.iter().any(is_left_out) {
            return Ok(None);
        }
        let written = fs::read_link(link).map_err(|cause| unreadable_error(link, cause))?;
        let folder = Path::new(packed).parent().unwrap_or(Path::new(""));
        let target = if stays_within(folder, &written) { written } else { relative_path(folder, within) };
        target.to_str().map(|target| Some(target.to_owned())).ok_or_else(|| Error::Name(link.to_owned()))
    }
}

/// Returns the path within `root`, with `/` between the parts. A backslash would be a separator on some machines and a
/// letter on others.
fn packed_path(root: &Path, path: &Path) -> Result<String, Error> {
    let parts = path.strip_prefix(root).unwrap_or(path).components().map(|part| {
        let name = part.as_os_str().to_str().filter(|name| !name.contains('\\'));
        name.ok_or_else(|| Error::Name(path.to_owned()))
    });
    Ok(parts.collect::<Result<Vec<_>, _>>()?.join("/"))
}

/// Returns whether a link in `folder` that says `target` leads to a place within the code, wherever that is unpacked.
fn stays_within(folder: &Path, target: &Path) -> bool {
    let mut depth = folder.components().count();
    target.components().all(|part| match part {
        Component::Normal(_) => {
            depth += 1;
            true
        }
        Component::ParentDir => depth.checked_sub(1).is_some_and(|less| {
            depth = less;
            true
        }),
        Component::CurDir => true,
        Component::RootDir | Component::Prefix(_) => false,
    })
}

/// Returns the path from `folder` to `target`, both within the code.
fn relative_path(folder: &Path, target: &Path) -> PathBuf {
    let shared = folder.components().zip(target.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(target.components().skip(shared)).collect();
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
}

#[cfg(unix)]
fn is_executable(facts: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    facts.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

fn walk_error(at: &Path, error: walkdir::Error) -> Error {
    let path = error.path().unwrap_or(at).to_owned();
    let cause = error.into_io_error().unwrap_or_else(|| io::Error::other("it is in a loop of folders"));
    Error::Unreadable { path, cause }
}

/// Returns the error for missing code, or for code that cannot be read.
pub(super) fn missing_code_error(path: &Path, cause: io::Error) -> Error {
    match cause.kind() {
        io::ErrorKind::NotFound => Error::Missing(path.to_owned()),
        _ => unreadable_error(path, cause),
    }
}

pub(super) fn unreadable_error(path: &Path, cause: io::Error) -> Error {
    Error::Unreadable { path: path.to_owned(), cause }
}
