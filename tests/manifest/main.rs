//! The spec language from outside: examples load, bad specs are explained, nothing panics.
mod bad;
mod bytes;
mod rules;
mod typos;

use std::{fs, path::Path};

use copilot_infra::{
    diagnostic::{Diagnostic, Severity, SourceFile},
    manifest::{self, LoadError, Loaded},
    view::diagnostics,
};

/// Specs that are as they should be.
const GOOD: [&str; 6] = [
    "examples/omnitrack-copilot.yaml",
    "examples/minimal.yaml",
    "examples/rust/copilot.yaml",
    "examples/secured-copilot.yaml",
    "examples/typescript/copilot.yaml",
    "templates/copilot.yaml",
];

/// Checks a text, without files and clock.
fn parse(name: &str, text: impl Into<String>) -> (SourceFile, Vec<Diagnostic>) {
    findings(manifest::parse(SourceFile::new(name, text)))
}

/// All findings of a text, and the source they point into.
fn findings(result: Result<Loaded, LoadError>) -> (SourceFile, Vec<Diagnostic>) {
    match result {
        Ok(loaded) => (loaded.source, loaded.warnings),
        Err(LoadError::Findings { source, diagnostics, .. }) => (source, diagnostics),
        Err(LoadError::Unreadable { message, .. }) => panic!("{message}"),
    }
}

/// Compares what is said with what is recorded beside the spec.
fn record(folder: &str, name: &str, said: &str) {
    insta::with_settings!({
        snapshot_path => Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, said);
    });
}

#[test]
fn good_specs_have_no_errors() {
    for name in GOOD {
        let (source, found) = parse(name, fs::read_to_string(name).unwrap());
        let sound = found.iter().all(|finding| finding.severity != Severity::Error);
        assert!(sound, "{}", diagnostics::draw(&source, &found, false));
    }
}
