//! Reads the files of a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::Error;
use crate::facts::LIMITS;

/// Names that are left out wherever they occur: they differ from machine to machine and no code needs them.
const SKIPPED: [&str; 3] = [".git", ".DS_Store", "Thumbs.db"];

/// One file to pack.
#[derive(Debug)]
pub(super) struct PackedFile {
    /// Path within the folder, with `/` between the parts.
    pub(super) path: String,
    /// Contents of the file.
    pub(super) data: Vec<u8>,
    /// Whether the file is executable; never on systems without that permission.
    pub(super) executable: bool,
}

/// Reads every file under `root`, in no particular order.
pub(super) fn read_folder(root: &Path) -> Result<Vec<PackedFile>, Error> {
    let real = fs::canonicalize(root).map_err(|cause| missing_code_error(root, cause))?;
    if !real.is_dir() {
        return Err(Error::NotAFolder(root.to_owned()));
    }
    let mut walk = FolderWalk { root, real: real.clone(), files: Vec::new(), size: 0 };
    walk.walk_folder(root, "", &mut vec![real])?;
    if walk.files.is_empty() { Err(Error::Empty(root.to_owned())) } else { Ok(walk.files) }
}

struct FolderWalk<'a> {
    root: &'a Path,
    real: PathBuf,
    files: Vec<PackedFile>,
    size: u64,
}

impl FolderWalk<'_> {
    /// Walks a folder; `within` are the real paths of the folders that contain it, itself included.
    fn walk_folder(&mut self, path: &Path, prefix: &str, within: &mut Vec<PathBuf>) -> Result<(), Error> {
        for entry in fs::read_dir(path).map_err(|cause| unreadable_error(path, cause))? {
            let path = entry.map_err(|cause| unreadable_error(path, cause))?.path();
            let name = file_name(&path)?;
            if !SKIPPED.contains(&name) {
                self.add_entry(&path, format!("{prefix}{name}"), within)?;
            }
        }
        Ok(())
    }

    fn add_entry(&mut self, path: &Path, packed: String, within: &mut Vec<PathBuf>) -> Result<(), Error> {
        let real = fs::canonicalize(path).map_err(|cause| unreadable_error(path, cause))?;
        if !real.starts_with(&self.real) {
            return Err(Error::LinkOutside(path.to_owned()));
        }
        let facts = fs::metadata(&real).map_err(|cause| unreadable_error(path, cause))?;
        if facts.is_file() {
            return self.add_file(path, packed, &facts);
        }
        if !facts.is_dir() {
            return Err(Error::Special(path.to_owned()));
        }
        if within.contains(&real) {
            return Err(Error::LinkLoop(path.to_owned()));
        }
        within.push(real);
        self.walk_folder(path, &format!("{packed}/"), within)?;
        within.pop();
        Ok(())
    }

    fn add_file(&mut self, path: &Path, packed: String, facts: &fs::Metadata) -> Result<(), Error> {
        // The sizes are added up before reading, so that a folder named by mistake does not fill the memory.
        self.size += facts.len();
        if self.size > *LIMITS.code_unzipped_bytes {
            return Err(Error::Unzipped { path: self.root.to_owned() });
        }
        let data = fs::read(path).map_err(|cause| unreadable_error(path, cause))?;
        self.files.push(PackedFile { path: packed, data, executable: is_executable(facts) });
        Ok(())
    }
}

/// Returns the last part of a path. A backslash would be a separator on some machines and a letter on others.
fn file_name(path: &Path) -> Result<&str, Error> {
    path.file_name()
        .and_then(|name| name.to_str())
        .filter(|name| !name.contains('\\'))
        .ok_or_else(|| Error::Name(path.to_owned()))
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
