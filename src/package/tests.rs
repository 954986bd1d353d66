//! Tests that equal files pack to equal bytes, and that errors are clear where packing is impossible.

use std::{
    fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;
use zip::ZipArchive;

use super::{
    CodeDigests, Error, Exclusions, FileKind, Package, list_templates, pack_template, read_archive_file,
};
use crate::facts::LIMITS;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");

fn pack_folder(path: &Path) -> Result<Package, Error> {
    super::pack_folder(path, &Exclusions::default())
}

/// Creates a folder with these files, written in this order.
fn with(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn refusal(path: &Path) -> Error {
    let error = pack_folder(path).unwrap_err();
    assert!(!error.hint().is_empty());
    error
}

const TINY: [(&str, &str); 3] = [
    ("index.mjs", "export const handler = () => 'hello, hello, hello';\n"),
    ("lib/a.mjs", ""),
    ("lib-b.mjs", "b"),
];

#[test]
fn bytes_do_not_depend_on_order_time_or_empty_folders() {
    let first = with(&TINY);
    let mut backwards = TINY;
    backwards.reverse();
    let second = with(&backwards);
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::options().write(true).open(second.path().join("index.mjs")).unwrap().set_modified(old).unwrap();
    fs::create_dir(second.path().join("empty")).unwrap();
    assert_eq!(pack_folder(first.path()).unwrap(), pack_folder(second.path()).unwrap());
}

/// If the digest of contents changes, every user's functions are deployed anew; if that of the archive changes, those
/// whose tag is missing.
#[test]
fn digests_do_not_depend_on_the_zip_crate() {
    let numbers: Vec<_> = (0..20_000_u32).map(|n| (n.wrapping_mul(n) % 9973).to_string()).collect();
    let numbers = numbers.join(" ");
    let package = pack_folder(with(&[TINY[0], TINY[1], ("numbers.txt", &numbers)]).path()).unwrap();
    assert!(package.zip.len() < numbers.len() * 2 / 3, "{} bytes are not compressed", package.zip.len());
    assert_eq!(package.digests.archive, "CF2GXE86q2ikJknpWq2DDGr5YSzuoKTes2L78D4fWso=");
    assert_eq!(package.digests.contents, "UT+wC5SpzNQoYpTDBmBuc0oGeK6mXjCplBEoYUoq2KA=");
}

#[test]
fn entries_are_sorted_plain_and_readable() {
    let package = pack_folder(with(&TINY).path()).unwrap();
    let mut archive = ZipArchive::new(Cursor::new(&package.zip)).unwrap();
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index).unwrap();
        names.push(file.name().unwrap().into_owned());
        assert_eq!(file.unix_mode().unwrap() & 0o777, 0o644);
        assert!(file.extra_data().unwrap_or_default().is_empty());
        let time = file.last_modified().unwrap();
        assert_eq!((time.year(), time.month(), time.day(), time.hour()), (1980, 1, 1, 0));
    }
    assert_eq!(names, ["index.mjs", "lib-b.mjs", "lib/a.mjs"]);
    let mut text = String::new();
    archive.by_name("index.mjs").unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, TINY[0].1);
}

#[test]
fn any_change_changes_the_digest() {
    let digest = |files: &[(&str, &str)]| pack_folder(with(files).path()).unwrap().digests;
    let base = digest(&[("a", "1")]);
    for other in [digest(&[("a", "2")]), digest(&[("b", "1")]), digest(&[("a", "1"), ("b", "")])] {
        assert!(base.contents != other.contents && base.archive != other.archive);
    }
}

#[test]
fn junk_is_left_out_and_dependencies_are_kept() {
    let dir = with(&[
        (".git/config", "x"),
        ("lib/.DS_Store", "x"),
        ("Thumbs.db", "x"),
        ("index.mjs", "x"),
        (".config.json", "x"),
        ("lib/__pycache__/a.pyc", "x"),
        (".mypy_cache/x", "x"),
        ("node_modules/.cache/x", "x"),
        ("node_modules/a/README.md", "x"),
        ("plan.json", "{\n  \"format\": \"copilot-infra/plan\",\n"),
    ]);
    let package = pack_folder(dir.path()).unwrap();
    let files: Vec<_> = package.files.keys().collect();
    assert_eq!(files, [".config.json", "index.mjs", "node_modules/a/README.md"]);
    assert!(package.contains("index.mjs") && !package.contains("index"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn set_mode(path: PathBuf, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn mode(package: &Package, name: &str) -> u32 {
        let mut archive = ZipArchive::new(Cursor::new(&package.zip)).unwrap();
        archive.by_name(name).unwrap().unix_mode().unwrap() & 0o777
    }

    #[test]
    fn bytes_do_not_depend_on_the_umask_but_on_the_executable_bit() {
        let (open, shut) = (with(&TINY), with(&TINY));
        set_mode(open.path().join("index.mjs"), 0o666);
        set_mode(shut.path().join("index.mjs"), 0o600);
        set_mode(shut.path().join("lib"), 0o700);
        assert_eq!(pack_folder(open.path()).unwrap(), pack_folder(shut.path()).unwrap());
        set_mode(shut.path().join("index.mjs"), 0o700);
        let package = pack_folder(shut.path()).unwrap();
        assert_eq!((mode(&package, "index.mjs"), mode(&package, "lib-b.mjs")), (0o755, 0o644));
    }

    #[test]
    fn links_within_the_folder_are_kept() {
        let dir = with(&TINY);
        symlink("index.mjs", dir.path().join("main.mjs")).unwrap();
        symlink("lib", dir.path().join("again")).unwrap();
        symlink(dir.path().join("index.mjs"), dir.path().join("lib/absolute.mjs")).unwrap();
        symlink("..", dir.path().join("lib/round")).unwrap();
        let package = pack_folder(dir.path()).unwrap();
        let target = |name: &str| {
            assert_eq!(package.files[name], FileKind::Link, "{name}");
            let mut archive = ZipArchive::new(Cursor::new(&package.zip)).unwrap();
            let (mut file, mut text) = (archive.by_name(name).unwrap(), String::new());
            file.read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(target("main.mjs"), "index.mjs");
        assert_eq!(target("again"), "lib");
        assert_eq!(target("lib/absolute.mjs"), "../index.mjs");
        assert_eq!(target("lib/round"), "..");
        let outer = tempfile::tempdir().unwrap();
        symlink(dir.path(), outer.path().join("code")).unwrap();
        assert_eq!(
            pack_folder(&outer.path().join("code")).unwrap(),
            package,
            "the folder itself may be a link"
        );
    }

    #[test]
    fn links_that_lead_away_or_nowhere_are_refused() {
        let other = with(&TINY);
        let dir = with(&TINY);
        let link = dir.path().join("lib/link");
        for (target, expected) in [
            (other.path().to_owned(), "leads out of the folder"),
            (other.path().join("index.mjs"), "leads out of the folder"),
            (PathBuf::from("nowhere"), "cannot be read: No such file"),
            (PathBuf::from("link"), "cannot be read"),
        ] {
            symlink(&target, &link).unwrap();
            let text = refusal(dir.path()).to_string();
            assert!(text.contains(expected) && text.contains("lib/link"), "{text}");
            fs::remove_file(&link).unwrap();
        }
    }

    #[test]
    fn links_to_what_is_left_out_are_left_out() {
        let dir = with(&[("index.mjs", "x"), (".git/hooks/a", "x"), ("docs/b", "x")]);
        symlink(".git/hooks/a", dir.path().join("hook")).unwrap();
        symlink("docs", dir.path().join("manual")).unwrap();
        let package = super::super::pack_folder(dir.path(), &Exclusions::of(["/docs"], None)).unwrap();
        assert_eq!(package.files.keys().collect::<Vec<_>>(), ["index.mjs"]);
    }

    /// Twenty folders with two links each to the next: as paths they are a million.
    #[test]
    fn links_do_not_multiply_folders() {
        let dir = with(&[("20/end", "x")]);
        for number in 0..20 {
            let folder = dir.path().join(number.to_string());
            fs::create_dir(&folder).unwrap();
            for name in ["a", "b"] {
                symlink(format!("../{}", number + 1), folder.join(name)).unwrap();
            }
        }
        assert_eq!(pack_folder(dir.path()).unwrap().files.len(), 41);
    }

    /// A module that was reached through a link finds its neighbours where the link leads, as pnpm lays them out.
    #[test]
    fn a_folder_that_pnpm_laid_out_runs_once_it_is_unpacked() {
        let dir = with(&[
            ("index.mjs", "import a from 'a';\nconsole.log(a);\n"),
            (
                "node_modules/.pnpm/a@1/node_modules/a/index.js",
                "module.exports = 'a with ' + require('b');\n",
            ),
            ("node_modules/.pnpm/b@1/node_modules/b/index.js", "module.exports = 'b';\n"),
        ]);
        let modules = dir.path().join("node_modules");
        symlink(".pnpm/a@1/node_modules/a", modules.join("a")).unwrap();
        symlink("../../b@1/node_modules/b", modules.join(".pnpm/a@1/node_modules/b")).unwrap();
        let unpacked = tempfile::tempdir().unwrap();
        let package = pack_folder(dir.path()).unwrap();
        ZipArchive::new(Cursor::new(&package.zip)).unwrap().extract(unpacked.path()).unwrap();
        let node = std::process::Command::new("node").arg("index.mjs").current_dir(unpacked.path()).output();
        let node = node.unwrap();
        assert_eq!(String::from_utf8_lossy(&node.stdout), "a with b\n", "{node:?}");
    }

    #[test]
    fn names_that_differ_between_machines_are_refused() {
        let dir = with(&[("a\\b", "x")]);
        assert!(matches!(refusal(dir.path()), Error::Name(path) if path.ends_with("a\\b")));
    }

    #[test]
    fn sockets_are_refused() {
        let dir = with(&TINY);
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        assert!(matches!(refusal(dir.path()), Error::Special(path) if path.ends_with("socket")));
    }
}

#[test]
fn a_folder_that_is_none_is_named() {
    let dir = with(&[("file", "x"), ("empty/.DS_Store", "x")]);
    assert!(matches!(refusal(&dir.path().join("gone")), Error::Missing(path) if path.ends_with("gone")));
    assert!(matches!(refusal(&dir.path().join("file")), Error::NotAFolder(path) if path.ends_with("file")));
    assert!(matches!(refusal(&dir.path().join("empty")), Error::Empty(path) if path.ends_with("empty")));
}

/// Creates a file of this length that takes no room on the disk.
fn sparse(path: &Path, length: u64) {
    fs::File::create(path).unwrap().set_len(length).unwrap();
}

#[test]
fn code_that_lambda_would_refuse_is_refused_before_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    sparse(&dir.path().join("big"), *LIMITS.code_unzipped_bytes + 1);
    assert!(matches!(refusal(dir.path()), Error::Unzipped { path } if path == dir.path()));
    let zip = dir.path().join("big.zip");
    sparse(&zip, *LIMITS.code_zipped_bytes + 1);
    assert!(
        matches!(read_archive_file(&zip), Err(Error::Zipped { size, .. }) if size == *LIMITS.code_zipped_bytes + 1)
    );
}

#[test]
fn a_ready_archive_is_taken_as_it_is() {
    let package = pack_folder(with(&TINY).path()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("code.zip");
    fs::write(&path, &package.zip).unwrap();
    assert_eq!(read_archive_file(&path).unwrap(), package);
}

/// An archive that differs in time stamps, order and compression, as another run or another tool makes it.
#[test]
fn the_digest_of_contents_is_the_same_for_every_archive_of_the_same_files() {
    let package = pack_folder(with(&TINY).path()).unwrap();
    let mut other = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let time = zip::DateTime::from_date_and_time(2026, 2, 3, 4, 5, 6).unwrap();
    let stored = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(time);
    for (path, text) in TINY.iter().rev() {
        other.start_file(*path, stored).unwrap();
        std::io::Write::write_all(&mut other, text.as_bytes()).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("code.jar");
    fs::write(&path, other.finish().unwrap().into_inner()).unwrap();
    let other = read_archive_file(&path).unwrap();
    assert_eq!(other.digests.contents, package.digests.contents);
    assert_ne!(other.digests.archive, package.digests.archive);
    assert_eq!(CodeDigests::of_record(&other.digests.to_record()), Some(other.digests));
}

#[test]
fn what_is_no_archive_is_refused() {
    let package = pack_folder(with(&TINY).path()).unwrap();
    let half = &package.zip[..package.zip.len() / 2];
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("code.zip");
    for bytes in [half, b"".as_slice(), b"PK\x03\x04".as_slice(), b"hello".as_slice()] {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(read_archive_file(&path), Err(Error::NotAnArchive { .. })), "{bytes:?}");
    }
    assert!(matches!(read_archive_file(dir.path()), Err(Error::NotAnArchive { .. })));
    assert!(matches!(read_archive_file(&dir.path().join("gone.zip")), Err(Error::Missing(_))));
}

/// Compares the embedded templates with the folder: no file is forgotten, none is stale, and both pack alike.
#[test]
fn templates_carry_every_file_of_their_folder() {
    let code = fs::read_dir(SOURCES).unwrap().map(|entry| entry.unwrap().path());
    let mut checked = 0;
    for path in code.filter(|path| path.join("package.json").is_file()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (carried, standing) = (pack_template(name).expect(name), pack_folder(&path).unwrap());
        assert_eq!(carried.files, standing.files);
        assert_eq!(carried, standing);
        checked += 1;
    }
    assert_eq!(checked, list_templates().count());
    assert_eq!(pack_template("nothing"), None);
}

#[test]
fn the_handler_template_has_its_entry_file() {
    let package = pack_template("websocket-handlers").unwrap();
    for path in ["websocket-handler.mjs", "package.json", "README.md"] {
        assert!(package.contains(path), "{path}");
    }
}
