//! The digest of what a package holds, which neither time stamps nor the order, the compression or the encoder of an
//! archive changes.

use std::{
    borrow::Cow,
    io::{Cursor, Read},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use zip::{ZipArchive, read::ZipFile, result::ZipResult};

use super::folder_walk::{Content, PackedFile};
use crate::facts::LIMITS;

/// Version of the way in which contents are digested, a part of every digest.
const VERSION: &[u8] = b"copilot-infra code 1\n";
/// Files of a Python distribution that tell where it was installed from and to, each in a `*.dist-info` folder (`PyPA`
/// specification "Recording installed projects"); what they list is packed, and digested, itself.
const INSTALL_RECORDS: [&str; 2] = ["RECORD", "direct_url.json"];

/// Returns the digest of sorted files.
pub(super) fn digest_files(files: &[PackedFile]) -> String {
    let mut digest = ContentsDigest::new();
    for file in files {
        match &file.content {
            Content::File { data, executable } => digest.add(&file.path, kind_of(*executable), data),
            Content::Link(target) => digest.add(&file.path, Kind::Link, target.as_bytes()),
        }
    }
    digest.finish()
}

/// Returns the digest of what an archive unpacks to.
///
/// # Errors
/// It cannot be unpacked.
pub(super) fn digest_archive(zip: &[u8]) -> ZipResult<String> {
    let mut archive = ZipArchive::new(Cursor::new(zip))?;
    let mut entries = (0..archive.len())
        .map(|index| Ok((archive.by_index_raw(index)?.name()?.into_owned(), index)))
        .collect::<ZipResult<Vec<_>>>()?;
    entries.sort();
    let (mut digest, mut size) = (ContentsDigest::new(), 0);
    for (path, index) in entries {
        let mut file = archive.by_index(index)?;
        let kind = if file.is_symlink() { Kind::Link } else { kind_of(is_executable(&file)) };
        let mut data = Vec::new();
        // An archive may unpack to more than its directory claims.
        (&mut file).take(*LIMITS.code_unzipped_bytes + 1 - size).read_to_end(&mut data)?;
        size += data.len() as u64;
        if size > *LIMITS.code_unzipped_bytes {
            return Err(std::io::Error::other("it unpacks to more than it claims").into());
        }
        digest.add(&path, kind, &data);
    }
    Ok(digest.finish())
}

/// Returns whether the archive makes a file executable; one that was made on Windows makes none.
pub(super) fn is_executable<R: Read + ?Sized>(file: &ZipFile<'_, R>) -> bool {
    file.unix_mode().is_some_and(|mode| mode & 0o111 != 0)
}

#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    File = b'f',
    Executable = b'x',
    Link = b'l',
}

fn kind_of(executable: bool) -> Kind {
    if executable { Kind::Executable } else { Kind::File }
}

struct ContentsDigest(Sha256);

impl ContentsDigest {
    fn new() -> Self {
        Self(Sha256::new_with_prefix(VERSION))
    }

    fn add(&mut self, path: &str, kind: Kind, data: &[u8]) {
        let data = portable_data(path, data);
        // The lengths keep one file from looking like two.
        self.0.update((path.len() as u64).to_be_bytes());
        self.0.update(path);
        self.0.update([kind as u8]);
        self.0.update((data.len() as u64).to_be_bytes());
        self.0.update(data);
    }

    fn finish(self) -> String {
        STANDARD.encode(self.0.finalize())
    }
}

/// Returns the data of a file without what names the machine that it was installed on: pip's records, and the path of
/// the interpreter in the scripts that it makes.
fn portable_data<'a>(path: &str, data: &'a [u8]) -> Cow<'a, [u8]> {
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if folder.ends_with(".dist-info") && INSTALL_RECORDS.contains(&name) {
        return Cow::Borrowed(b"");
    }
    let script = (folder == "bin").then(|| data.strip_prefix(b"#!/")).flatten();
    let line = script.and_then(|rest| rest.split(|byte| *byte == b'\n').next());
    match line {
        Some(line) if line.windows(6).any(|word| word == b"python") => {
            Cow::Owned([&b"#!python"[..], &data[b"#!/".len() + line.len()..]].concat())
        }
        _ => Cow::Borrowed(data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(path: &str, data: &str) -> String {
        let content = Content::File { data: data.into(), executable: false };
        digest_files(&[PackedFile { path: path.to_owned(), content }])
    }

    #[test]
    fn where_pip_installed_a_package_is_no_content() {
        for (path, here, there) in [
            ("idna-3.dist-info/RECORD", "idna/core.py,sha256=a,1\n", "../x,sha256=b,2\n"),
            ("idna-3.dist-info/direct_url.json", "{\"url\":\"file:///a\"}", "{\"url\":\"file:///b\"}"),
            ("bin/tool", "#!/home/a/venv/bin/python3.13\nrun()\n", "#!/usr/bin/python3\nrun()\n"),
        ] {
            assert_eq!(digest(path, here), digest(path, there), "{path}");
        }
        for (path, here, there) in [
            ("idna-3.dist-info/METADATA", "a", "b"),
            ("RECORD", "a", "b"),
            ("bin/tool", "#!/usr/bin/python3\nrun()\n", "#!/usr/bin/python3\nwalk()\n"),
            ("bin/tool", "#!/bin/sh\n", "#!/bin/bash\n"),
            ("tool", "#!/a/python3\n", "#!/b/python3\n"),
        ] {
            assert_ne!(digest(path, here), digest(path, there), "{path}");
        }
    }
}
