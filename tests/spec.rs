//! The spec language from outside: examples load, bad specs are explained, nothing panics.
use std::fs;

use copilot_infra::{
    diagnostic::Diagnostic,
    spec::{self, LoadError, Loaded, Source},
    view::diagnostics,
};

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), text: text.to_owned() }
}

/// All findings of a text, and the source they point into.
fn findings(result: Result<Loaded, LoadError>) -> (Source, Vec<Diagnostic>) {
    match result {
        Ok(loaded) => (loaded.source, loaded.warnings),
        Err(LoadError::Findings { source, diagnostics }) => (source, diagnostics),
        Err(LoadError::Unreadable { message, .. }) => panic!("{message}"),
    }
}

const GOOD: [&str; 6] = [
    "examples/omnitrack-copilot.yaml",
    "examples/minimal.yaml",
    "examples/rust/copilot.yaml",
    "examples/secured-copilot.yaml",
    "examples/typescript/copilot.yaml",
    "templates/copilot.yaml",
];

#[test]
fn good_specs_load() {
    for name in GOOD {
        let result = spec::parse(source(name, &fs::read_to_string(name).unwrap()));
        let ok = result.is_ok();
        let (source, found) = findings(result);
        assert!(ok, "{}", diagnostics::draw(&source, &found, false));
    }
}
