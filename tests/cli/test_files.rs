//! A file that no `mod` line names is not compiled, and nobody misses its tests.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Everything in a folder whose name ends in `.rs`, however deep.
fn rust_files(folder: &Path) -> BTreeSet<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = paths.flat_map(|path| if path.is_dir() { rust_files(&path) } else { BTreeSet::from([path]) });
    found.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// A file, and all that its `mod` lines lead to.
fn compiled_with(file: PathBuf) -> BTreeSet<PathBuf> {
    let folder = match file.file_name().unwrap().to_str().unwrap() {
        "main.rs" | "mod.rs" => file.parent().unwrap().to_owned(),
        _ => file.with_extension(""),
    };
    let text = fs::read_to_string(&file).unwrap();
    let modules = text.lines().filter_map(|line| {
        let rest = line.strip_prefix("pub(crate) ").unwrap_or(line);
        rest.strip_prefix("mod ")?.strip_suffix(';')
    });
    let files = modules.map(|name| {
        let flat = folder.join(name).with_extension("rs");
        if flat.exists() { flat } else { folder.join(name).join("mod.rs") }
    });
    let files: Vec<_> = files.collect();
    files.into_iter().flat_map(compiled_with).chain([file]).collect()
}

#[test]
fn every_file_of_the_tests_is_compiled() {
    let mut binaries = 0;
    for path in fs::read_dir("tests").unwrap().map(|entry| entry.unwrap().path()) {
        assert!(path.is_dir(), "{} would be a test binary of its own", path.display());
        if path.join("main.rs").exists() {
            binaries += 1;
            let forgotten: Vec<_> =
                rust_files(&path).difference(&compiled_with(path.join("main.rs"))).cloned().collect();
            assert!(forgotten.is_empty(), "no `mod` line names {forgotten:?}");
        } else if !path.join("Cargo.toml").exists() {
            assert_eq!(rust_files(&path), BTreeSet::new(), "{} has no `main.rs`", path.display());
        }
    }
    assert!(binaries >= 4, "only {binaries} test binaries are left");
}
