//! The spec language from outside: examples load, bad specs are explained, nothing panics.
use std::{fs, path::Path};

use copilot_infra::{
    diagnostic::{Diagnostic, Severity},
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

fn rules(text: &str) -> Vec<&'static str> {
    findings(spec::parse(source("copilot.yaml", text))).1.iter().map(|finding| finding.rule).collect()
}

const GOOD: [&str; 3] =
    ["examples/omnitrack-copilot.yaml", "examples/minimal.yaml", "templates/copilot.yaml"];

#[test]
fn good_specs_load() {
    for name in GOOD {
        let result = spec::parse(source(name, &fs::read_to_string(name).unwrap()));
        let ok = result.is_ok();
        let (source, found) = findings(result);
        assert!(ok, "{}", diagnostics::draw(&source, &found, false));
    }
}
