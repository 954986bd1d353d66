//! A folder of bad specs, each with what is said about it.
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use copilot_infra::{
    manifest::{self, LoadError, Loaded},
    view::diagnostics,
};

use super::record;

const FOLDER: &str = "tests/specs/bad";

/// The specs of a folder in the order of their names.
fn specs(folder: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    paths
}

/// What a person is told about a file.
fn told(result: &Result<Loaded, LoadError>) -> String {
    let (source, found) = match result {
        Ok(loaded) => (&loaded.source, &loaded.warnings),
        Err(LoadError::Findings { source, diagnostics, .. }) => (source, diagnostics),
        Err(LoadError::Unreadable { message, hint, .. }) => {
            return format!("error: {message}\nhint: {hint}\n");
        }
    };
    let drawn = diagnostics::draw(source, found, false);
    format!("{drawn}\n\n{}\n", diagnostics::summary(found))
}

#[test]
fn every_bad_spec_is_explained_as_recorded() {
    let specs = specs(FOLDER);
    assert!(specs.len() >= 150, "only {}", specs.len());
    let mut good = Vec::new();
    for path in &specs {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let result = manifest::load(path);
        if result.is_ok() {
            good.push(name.to_owned());
            continue;
        }
        record(FOLDER, name, &told(&result));
    }
    assert!(good.is_empty(), "these pass for good: {good:?}");
}

#[test]
fn every_finding_has_a_rule_a_hint_and_unless_the_whole_file_is_meant_a_place() {
    for path in specs(FOLDER) {
        let Err(LoadError::Findings { source, diagnostics, .. }) = manifest::load(&path) else { continue };
        for finding in diagnostics {
            assert!(finding.hint.is_some(), "{}: {finding:?}", path.display());
            let whole = ["empty-spec", "too-many-findings"].contains(&finding.rule);
            assert!(whole || finding.span.is_some(), "{}: {finding:?}", path.display());
            let end = finding.span.map_or(0, |span| span.end);
            assert!(end <= source.text().len(), "{}: {finding:?}", path.display());
        }
    }
}

/// Writes `text` to a file and loads it; a hostile file must not take long.
fn load_text(text: &[u8]) -> Result<Loaded, LoadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copilot.yaml");
    fs::write(&path, text).unwrap();
    let began = Instant::now();
    let result = manifest::load(&path);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    result
}

#[test]
fn a_file_of_ten_megabytes_is_refused_without_being_read_to_its_end() {
    let told = told(&load_text(&vec![b'#'; 10 << 20]));
    assert!(told.contains("is larger than 1 MiB") && told.contains("is this the spec?"), "{told}");
}

#[test]
fn a_megabyte_of_anything_is_answered_in_seconds() {
    let line = |line: &str| line.repeat((1 << 20) / line.len()).into_bytes();
    let texts = [
        line("["),
        line("{a: "),
        line("- "),
        line("? "),
        line("\""),
        line("a: 1\n"),
        line("&a "),
        line("*a\n"),
        line("|\n"),
        line("!a "),
        line("---\n"),
        line("${"),
        line("\u{feff}"),
        [b"version: 1\nstack: ".to_vec(), vec![b'a'; 1 << 19]].concat(),
        [b"outputs: { A: \"".to_vec(), line("${x}")[..1 << 19].to_vec(), b"\" }".to_vec()].concat(),
        [b"outputs: { A: \"".to_vec(), line("${inputs.x}")[..1 << 19].to_vec(), b"\" }".to_vec()].concat(),
        [b"outputs: { A: \"".to_vec(), line("${api.url}")[..1 << 19].to_vec(), b"\" }".to_vec()].concat(),
        [b"outputs: { A: \"".to_vec(), line("${")[..1 << 19].to_vec(), b"\" }".to_vec()].concat(),
    ];
    for text in texts {
        let result = load_text(&text);
        assert!(result.is_err());
        let told = told(&result);
        assert!(told.len() < 100_000, "{} bytes are said of {:?}…", told.len(), &text[..20]);
    }
}

#[test]
fn a_folder_and_a_missing_file_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(told(&manifest::load(folder.path())).contains("is a folder"));
    let missing = told(&manifest::load(&folder.path().join("copilot.yaml")));
    assert!(missing.contains("there is no file") && missing.contains("copilot-infra init"), "{missing}");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_not_make_a_good_spec_bad() {
    let text = fs::read_to_string("examples/omnitrack-copilot.yaml").unwrap();
    let plain = load_text(text.as_bytes()).unwrap();
    let windows = load_text(format!("\u{feff}{}", text.replace('\n', "\r\n")).as_bytes()).unwrap();
    assert_eq!(plain.warnings.len(), windows.warnings.len());
    assert_eq!(plain.spec.stack, windows.spec.stack);
}
