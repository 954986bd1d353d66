//! Function code in the form that Lambda accepts: a zip archive and its digests.
//!
//! The same files give the same bytes on every machine. Since an archive that was made elsewhere, or by another release,
//! may differ from them although it holds the same files, what tells whether code has changed is the digest of the
//! contents.

mod archive;
mod build;
mod contents;
mod embedded;
mod error;
mod exclusions;
mod folder_walk;
mod installed;
mod secrets;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::Path};

pub use build::{pack_shipped_template, run_build_command};
pub use error::Error;
pub use exclusions::Exclusions;
pub use secrets::{PackedSecret, find_secrets_in_archive, find_secrets_in_folder};

/// The files of a package by path, with `/` between the parts.
pub type Files = BTreeMap<String, FileKind>;

/// Kind of a packed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file that cannot be run.
    Plain,
    /// A file that can be run.
    Executable,
    /// A symbolic link.
    Link,
}

impl FileKind {
    fn of(executable: bool) -> Self {
        if executable { Self::Executable } else { Self::Plain }
    }
}

/// Digests of a package, each a SHA-256 in base64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeDigests {
    /// Digest of the files, without what an archive adds: time stamps, order, compression.
    pub contents: String,
    /// Digest of the archive: what Lambda calls `CodeSha256`.
    pub archive: String,
}

/// Version of the form in which [`CodeDigests`] are written.
const RECORD_VERSION: &str = "1";

impl CodeDigests {
    /// Returns the digests in one text, which fits a tag.
    #[must_use]
    pub fn to_record(&self) -> String {
        format!("{RECORD_VERSION}:{}:{}", self.contents, self.archive)
    }

    /// Reads the digests back; none if the text is of another version.
    #[must_use]
    pub fn of_record(text: &str) -> Option<Self> {
        match text.split(':').collect::<Vec<_>>()[..] {
            [RECORD_VERSION, contents, archive] => {
                Some(Self { contents: contents.to_owned(), archive: archive.to_owned() })
            }
            _ => None,
        }
    }
}

/// Code that is ready to be deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// The zip archive; empty if only the digests are known.
    pub zip: Vec<u8>,
    /// Its digests.
    pub digests: CodeDigests,
    /// What the archive holds.
    pub files: Files,
}

impl Package {
    /// Returns a package of which only the digests are known: it can be compared and not be sent.
    #[must_use]
    pub fn of_digests(digests: CodeDigests) -> Self {
        Self { digests, ..Self::default() }
    }

    /// Makes a package of the bytes of an archive, as a saved plan carries them.
    ///
    /// # Errors
    /// The bytes are no archive, or one that Lambda would not take.
    pub fn of_archive(name: &Path, zip: Vec<u8>) -> Result<Self, Error> {
        archive::unpackable(name, zip)
    }

    /// Returns whether the archive contains a file of this path.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

/// Packs the files under a folder, without what is excluded; symbolic links are kept as long as they stay within it.
pub fn pack_folder(path: &Path, exclusions: &Exclusions) -> Result<Package, Error> {
    archive::pack_files(path, folder_walk::read_folder(path, exclusions)?)
}

/// Lists the files that packing a folder would pack, without reading them.
pub fn list_folder(path: &Path, exclusions: &Exclusions) -> Result<Files, Error> {
    let found = folder_walk::list_folder(path, exclusions)?;
    Ok(found.into_iter().map(|file| (file.path, file.kind.kind())).collect())
}

/// Lists the files in a zip archive, from its directory alone; none if it cannot be read.
#[must_use]
pub fn list_archive_file(path: &Path) -> Option<Files> {
    archive::list_archive_files(path)
}

/// Returns whether a path has the extension of an archive that Lambda takes as it is: a `.jar` is a zip archive, whose
/// classes Lambda finds only if it stays one (Lambda guide, "Deploy Java Lambda functions with .zip or JAR file
/// archives").
#[must_use]
pub fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("zip") || extension.eq_ignore_ascii_case("jar")
    })
}

/// Reads a ready archive as it is, after checking that it is one and within the limits.
pub fn read_archive_file(path: &Path) -> Result<Package, Error> {
    archive::read_archive(path)
}

/// Packs a shipped template as it is, without its dependencies; none if the name is unknown.
#[cfg(test)]
pub(crate) fn pack_template(name: &str) -> Option<Package> {
    archive::pack_files(Path::new(name), embedded::embedded_files(name)?).ok()
}

/// Lists the files of a shipped template, with `/` between the parts; none if the name is unknown.
#[must_use]
pub fn list_template_files(name: &str) -> Option<Files> {
    let files = embedded::embedded_files(name)?;
    Some(files.into_iter().map(|file| (file.path, FileKind::Plain)).collect())
}

/// Lists the names of the shipped templates.
pub fn list_templates() -> impl Iterator<Item = &'static str> {
    embedded::template_names()
}
