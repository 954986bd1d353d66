//! Packs files to a zip archive and reads archives.

use std::{
    collections::BTreeMap,
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
    CodeDigests, Error, FileKind, Files, Package, contents,
    folder_walk::{Content, PackedFile, missing_code_error, unreadable_error},
};
use crate::facts::LIMITS;

/// Compression level, which the bytes of an archive depend on; the encoder makes the same choices on every processor.
const LEVEL: i64 = 6;

/// Packs files, sorted by path.
pub(super) fn pack_files(from: &Path, mut files: Vec<PackedFile>) -> Result<Package, Error> {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let zip =
        write_zip(&files).map_err(|why| Error::Pack { path: from.to_owned(), reason: why.to_string() })?;
    let contents = contents::digest_files(&files);
    make_package(
        from,
        zip,
        contents,
        files.into_iter().map(|file| (file.path, file.content.kind())).collect(),
    )
}

/// Reads a ready archive.
pub(super) fn read_archive(path: &Path) -> Result<Package, Error> {
    let facts = fs::metadata(path).map_err(|cause| missing_code_error(path, cause))?;
    if !facts.is_file() {
        return Err(Error::NotAnArchive { path: path.to_owned(), reason: "it is not a file".to_owned() });
    }
    check_size(path, facts.len())?;
    unpackable(path, fs::read(path).map_err(|cause| unreadable_error(path, cause))?)
}

/// Makes a package of the bytes of an archive that came from `path`.
pub(super) fn unpackable(path: &Path, zip: Vec<u8>) -> Result<Package, Error> {
    let broken = |why: ZipError| Error::NotAnArchive { path: path.to_owned(), reason: why.to_string() };
    let (files, size) = list_zip_entries(Cursor::new(&zip)).map_err(broken)?;
    if files.is_empty() {
        return Err(Error::Empty(path.to_owned()));
    }
    if size > *LIMITS.code_unzipped_bytes {
        return Err(Error::Unzipped { path: path.to_owned() });
    }
    let contents = contents::digest_archive(&zip).map_err(broken)?;
    make_package(path, zip, contents, files)
}

fn make_package(from: &Path, zip: Vec<u8>, contents: String, files: Files) -> Result<Package, Error> {
    check_size(from, zip.len() as u64)?;
    let archive = STANDARD.encode(Sha256::digest(&zip));
    Ok(Package { zip, digests: CodeDigests { contents, archive }, files })
}

fn check_size(path: &Path, size: u64) -> Result<(), Error> {
    if size > *LIMITS.code_zipped_bytes { Err(Error::Zipped { path: path.to_owned(), size }) } else { Ok(()) }
}

fn write_zip(files: &[PackedFile]) -> ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        match &file.content {
            Content::File { data, executable } => {
                zip.start_file(file.path.as_str(), zip_entry_options(*executable))?;
                zip.write_all(data)?;
            }
            Content::Link(target) => {
                zip.add_symlink(file.path.as_str(), target.as_str(), zip_entry_options(true))?;
            }
        }
    }
    Ok(zip.finish()?.into_inner())
}

/// Lists the files of the archive at `path`; none if it cannot be read as an archive.
pub(super) fn list_archive_files(path: &Path) -> Option<Files> {
    // Opening a pipe would wait for whoever writes into it.
    path.metadata().ok().filter(fs::Metadata::is_file)?;
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
fn list_zip_entries(zip: impl Read + Seek) -> Result<(Files, u64), ZipError> {
    let mut archive = ZipArchive::new(zip)?;
    let (mut files, mut size) = (BTreeMap::new(), 0_u64);
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index)?;
        size = size.saturating_add(file.size());
        let kind =
            if file.is_symlink() { FileKind::Link } else { FileKind::of(contents::is_executable(&file)) };
        if !file.is_dir() {
            files.insert(file.name()?.into_owned(), kind);
        }
    }
    Ok((files, size))
}
