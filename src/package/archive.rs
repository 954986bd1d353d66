//! Packs files to a zip archive and reads archives: the one place that uses the zip crate.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufReader, Cursor, Read, Seek, Write},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use zip::{
    CompressionMethod, DateTime, System, ZipArchive, ZipWriter,
    result::{ZipError, ZipResult},
    write::SimpleFileOptions,
};

use super::{
    Error, Package,
    folder_walk::{PackedFile, missing_code_error, unreadable_error},
};
use crate::facts::LIMITS;

/// Compression level, which the bytes of an archive depend on; the encoder makes the same choices on every processor.
const LEVEL: i64 = 6;

/// Packs files, sorted by path.
pub(super) fn pack_files(from: &Path, mut files: Vec<PackedFile>) -> Result<Package, Error> {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let zip =
        write_zip(&files).map_err(|why| Error::Pack { path: from.to_owned(), reason: why.to_string() })?;
    make_package(from, zip, files.into_iter().map(|file| file.path).collect())
}

/// Reads a ready archive.
pub(super) fn read_archive(path: &Path) -> Result<Package, Error> {
    let facts = fs::metadata(path).map_err(|cause| missing_code_error(path, cause))?;
    if !facts.is_file() {
        return Err(Error::NotAZip { path: path.to_owned(), reason: "it is not a file".to_owned() });
    }
    check_size(path, facts.len())?;
    let zip = fs::read(path).map_err(|cause| unreadable_error(path, cause))?;
    let (files, size) = list_zip_entries(Cursor::new(&zip))
        .map_err(|why| Error::NotAZip { path: path.to_owned(), reason: why.to_string() })?;
    if files.is_empty() {
        return Err(Error::Empty(path.to_owned()));
    }
    if size > *LIMITS.code_unzipped_bytes {
        return Err(Error::Unzipped { path: path.to_owned() });
    }
    make_package(path, zip, files)
}

fn make_package(from: &Path, zip: Vec<u8>, files: BTreeSet<String>) -> Result<Package, Error> {
    check_size(from, zip.len() as u64)?;
    let sha256_base64 = STANDARD.encode(Sha256::digest(&zip));
    Ok(Package { zip, sha256_base64, files })
}

fn check_size(path: &Path, size: u64) -> Result<(), Error> {
    if size > *LIMITS.code_zipped_bytes { Err(Error::Zipped { path: path.to_owned(), size }) } else { Ok(()) }
}

fn write_zip(files: &[PackedFile]) -> ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        zip.start_file(file.path.as_str(), zip_entry_options(file.executable))?;
        zip.write_all(&file.data)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Lists the files of the archive at `path`; none if it cannot be read as an archive.
pub(super) fn list_archive_files(path: &Path) -> Option<BTreeSet<String>> {
    list_zip_entries(BufReader::new(fs::File::open(path).ok()?)).ok().map(|(files, _)| files)
}

/// Returns entry options in which everything an archive could take from the machine is fixed; Lambda requires that all
/// users may read the files.
fn zip_entry_options(executable: bool) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::DEFAULT) // 1980-01-01, the first day a zip can name
        .system(System::Unix)
        .unix_permissions(if executable { 0o755 } else { 0o644 })
}

/// Returns the files of an archive and their unpacked size in bytes, as its directory claims.
fn list_zip_entries(zip: impl Read + Seek) -> Result<(BTreeSet<String>, u64), ZipError> {
    let mut archive = ZipArchive::new(zip)?;
    let (mut files, mut size) = (BTreeSet::new(), 0_u64);
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index)?;
        size = size.saturating_add(file.size());
        if file.is_file() {
            files.insert(file.name()?.into_owned());
        }
    }
    Ok((files, size))
}
