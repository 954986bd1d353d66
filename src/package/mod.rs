//! Function code in the form that Lambda accepts: a zip archive and its digest.
//!
//! The same files give the same bytes on every machine, so the digest alone tells whether code has changed.

mod archive;
mod build;
mod embedded;
mod error;
mod folder_walk;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, path::Path};

pub use build::{pack_shipped_template, run_build_command};
pub use error::Error;

/// Code that is ready to be deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// The zip archive.
    pub zip: Vec<u8>,
    /// SHA-256 of the archive in base64: what Lambda calls `CodeSha256`.
    pub sha256_base64: String,
    files: BTreeSet<String>,
}

impl Package {
    /// Returns the paths of the files in the archive, sorted, with `/` between the parts.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// Returns whether the archive contains a file of this path.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.files.contains(path)
    }
}

/// Packs the files under a folder; `.git`, `.DS_Store` and `Thumbs.db` are left out.
///
/// Symbolic links are followed as long as they stay within the folder.
pub fn pack_folder(path: &Path) -> Result<Package, Error> {
    archive::pack_files(path, folder_walk::read_folder(path)?)
}

/// Lists the files in a zip archive, from its directory alone; none if it cannot be read.
#[must_use]
pub fn list_zip_file(path: &Path) -> Option<BTreeSet<String>> {
    archive::list_archive_files(path)
}

/// Returns whether a path has the extension of a zip archive.
#[must_use]
pub fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

/// Reads a ready zip archive as it is, after checking that it is one and within the limits.
pub fn read_zip_file(path: &Path) -> Result<Package, Error> {
    archive::read_archive(path)
}

/// Packs a shipped template as it is, without its dependencies; none if the name is unknown.
#[cfg(test)]
pub(crate) fn pack_template(name: &str) -> Option<Package> {
    archive::pack_files(Path::new(name), embedded::embedded_files(name)?).ok()
}

/// Lists the files of a shipped template, with `/` between the parts; none if the name is unknown.
#[must_use]
pub fn list_template_files(name: &str) -> Option<impl Iterator<Item = String>> {
    embedded::embedded_files(name).map(|files| files.into_iter().map(|file| file.path))
}

/// Lists the names of the shipped templates.
pub fn list_templates() -> impl Iterator<Item = &'static str> {
    embedded::template_names()
}
