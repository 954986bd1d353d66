//! Tests that equal files pack to equal bytes, and that errors are clear where packing is impossible.

use std::{
    fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;
use zip::ZipArchive;

use super::{Error, Package, list_templates, pack_folder, pack_template, read_zip_file};
use crate::facts::LIMITS;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");

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

/// The digest is compared with the one AWS keeps: if it changes, every user's functions are deployed anew.
#[test]
fn bytes_do_not_depend_on_the_zip_crate() {
    let numbers: Vec<_> = (0..20_000_u32).map(|n| (n.wrapping_mul(n) % 9973).to_string()).collect();
    let numbers = numbers.join(" ");
    let package = pack_folder(with(&[TINY[0], TINY[1], ("numbers.txt", &numbers)]).path()).unwrap();
    assert!(package.zip.len() < numbers.len() * 2 / 3, "{} bytes are not compressed", package.zip.len());
    assert_eq!(package.sha256_base64, "CF2GXE86q2ikJknpWq2DDGr5YSzuoKTes2L78D4fWso=");
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
    let digest = |files: &[(&str, &str)]| pack_folder(with(files).path()).unwrap().sha256_base64;
    let base = digest(&[("a", "1")]);
    assert_ne!(base, digest(&[("a", "2")]));
    assert_ne!(base, digest(&[("b", "1")]));
    assert_ne!(base, digest(&[("a", "1"), ("b", "")]));
}

#[test]
fn junk_is_left_out_and_dependencies_are_kept() {
    let dir = with(&[
        (".git/config", "x"),
        ("lib/.DS_Store", "x"),
        ("Thumbs.db", "x"),
        ("index.mjs", "x"),
        (".config.json", "x"),
        ("node_modules/a/README.md", "x"),
    ]);
    let package = pack_folder(dir.path()).unwrap();
    let files: Vec<_> = package.files().collect();
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
    fn links_within_the_folder_are_followed() {
        let dir = with(&TINY);
        symlink("index.mjs", dir.path().join("main.mjs")).unwrap();
        symlink("lib", dir.path().join("again")).unwrap();
        let package = pack_folder(dir.path()).unwrap();
        assert!(package.contains("main.mjs") && package.contains("again/a.mjs"));
        let outer = tempfile::tempdir().unwrap();
        symlink(dir.path(), outer.path().join("code")).unwrap();
        assert_eq!(
            pack_folder(&outer.path().join("code")).unwrap(),
            package,
            "the folder itself may be a link"
        );
    }

    #[test]
    fn links_that_lead_away_or_round_are_refused() {
        let other = with(&TINY);
        let dir = with(&TINY);
        let link = dir.path().join("lib/link");
        for (target, expected) in [
            (other.path().to_owned(), "leads out of the folder"),
            (other.path().join("index.mjs"), "leads out of the folder"),
            (PathBuf::from(".."), "leads back to a folder it is in"),
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
        matches!(read_zip_file(&zip), Err(Error::Zipped { size, .. }) if size == *LIMITS.code_zipped_bytes + 1)
    );
}

#[test]
fn a_ready_archive_is_taken_as_it_is() {
    let package = pack_folder(with(&TINY).path()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("code.zip");
    fs::write(&path, &package.zip).unwrap();
    assert_eq!(read_zip_file(&path).unwrap(), package);
}

#[test]
fn what_is_no_archive_is_refused() {
    let package = pack_folder(with(&TINY).path()).unwrap();
    let half = &package.zip[..package.zip.len() / 2];
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("code.zip");
    for bytes in [half, b"".as_slice(), b"PK\x03\x04".as_slice(), b"hello".as_slice()] {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(read_zip_file(&path), Err(Error::NotAZip { .. })), "{bytes:?}");
    }
    assert!(matches!(read_zip_file(dir.path()), Err(Error::NotAZip { .. })));
    assert!(matches!(read_zip_file(&dir.path().join("gone.zip")), Err(Error::Missing(_))));
}

/// Compares the embedded templates with the folder: no file is forgotten, none is stale, and both pack alike.
#[test]
fn templates_carry_every_file_of_their_folder() {
    let code = fs::read_dir(SOURCES).unwrap().map(|entry| entry.unwrap().path());
    let mut checked = 0;
    for path in code.filter(|path| path.join("package.json").is_file()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (carried, standing) = (pack_template(name).expect(name), pack_folder(&path).unwrap());
        assert_eq!(carried.files().collect::<Vec<_>>(), standing.files().collect::<Vec<_>>());
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
