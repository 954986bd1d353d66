//! The spec language from outside: examples load, bad specs are explained, nothing panics.
#![expect(clippy::disallowed_methods, reason = "tests take their settings from the environment")]
mod bytes;
mod cases;
mod editor;
mod files;
mod large;
mod outcome;
mod recorded;
mod rules;
mod typos;
mod usual;

use std::fs;

use copilot_infra::{
    diagnostic::{Diagnostic, Severity, SourceFile, render::text},
    manifest::{self, LoadError},
    stack,
    view::Style,
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
    match manifest::parse_offline(&SourceFile::new(name, text), stack::lint) {
        Ok(loaded) => (loaded.source, loaded.warnings),
        Err(LoadError::Findings { source, diagnostics, .. }) => (source, diagnostics),
        Err(LoadError::Unreadable { message, .. }) => panic!("{message}"),
    }
}

#[test]
fn good_specs_have_no_errors() {
    for name in GOOD {
        let (source, found) = parse(name, fs::read_to_string(name).unwrap());
        let sound = found.iter().all(|finding| finding.severity != Severity::Error);
        assert!(sound, "{}", text::draw(Some(&source), &found, Style(false)));
    }
}
