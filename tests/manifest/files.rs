//! Files that are hostile, huge or missing.
use std::{
    fs,
    time::{Duration, Instant},
};

use copilot_infra::{manifest, stack};

use super::outcome::{Outcome, told};

/// Loads a text; a hostile one must not take long.
fn load(text: &[u8]) -> Outcome {
    let began = Instant::now();
    let outcome = Outcome::of_text(text);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    outcome
}

#[test]
fn a_file_of_ten_megabytes_is_not_read_to_its_end() {
    let told = load(&vec![b'#'; 10 << 20]).told();
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
        let outcome = load(&text);
        assert!(outcome.result.is_err());
        let told = outcome.told();
        assert!(told.len() < 100_000, "{} bytes are said of {:?}…", told.len(), &text[..20]);
    }
}

#[test]
fn a_folder_and_a_missing_file_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(told(&manifest::load_file(folder.path(), stack::lint)).contains("is a folder"));
    let missing = told(&manifest::load_file(&folder.path().join("copilot.yaml"), stack::lint));
    assert!(missing.contains("there is no file") && missing.contains("copilot-infra init"), "{missing}");
}

#[test]
fn byte_order_marks_and_windows_line_ends_are_good() {
    let text = fs::read_to_string("examples/omnitrack-copilot.yaml").unwrap();
    let plain = load(text.as_bytes()).result.unwrap();
    let windows = load(format!("\u{feff}{}", text.replace('\n', "\r\n")).as_bytes()).result.unwrap();
    assert_eq!(plain.warnings.len(), windows.warnings.len());
    assert_eq!(plain.spec.stack, windows.spec.stack);
}
