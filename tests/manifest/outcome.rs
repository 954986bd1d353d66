//! What comes of loading a spec from a file.
use std::fs;

use copilot_infra::{
    diagnostic::{Diagnostic, SourceFile, render::text},
    manifest::{self, LoadError, Loaded},
    stack,
    view::Style,
};
use tempfile::TempDir;

use super::cases::Case;

/// Entry files for Node.js and Python, a program that may not be executed, and a file of credentials.
const CODE: [&str; 5] = ["dist/index.mjs", "dist/app.py", "bin/bootstrap", "full/index.mjs", "full/.env"];

/// A spec that was loaded.
pub(crate) struct Outcome {
    pub(crate) result: Result<Loaded, LoadError>,
    /// Where it was, to be left out of what is told.
    folder: TempDir,
}

impl Outcome {
    /// Loads the spec of a case; only those of rules have code beside them.
    pub(crate) fn of(case: &Case) -> Self {
        if case.rule().is_some() { Self::beside_code(&case.spec) } else { Self::of_text(&case.spec) }
    }

    /// Loads a spec that is alone in its folder.
    pub(crate) fn of_text(spec: &[u8]) -> Self {
        Self::load(spec, tempfile::tempdir().unwrap())
    }

    /// Loads a spec beside folders with code.
    pub(crate) fn beside_code(spec: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in CODE {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        Self::load(spec, folder)
    }

    fn load(spec: &[u8], folder: TempDir) -> Self {
        let path = folder.path().join("copilot.yaml");
        fs::write(&path, spec).unwrap();
        Self { result: manifest::load_file(&path, stack::lint), folder }
    }

    /// The text that the findings point into; what is no text has none.
    pub(crate) fn source(&self) -> Option<&SourceFile> {
        match &self.result {
            Ok(loaded) => Some(&loaded.source),
            Err(LoadError::Findings { source, .. }) => Some(source),
            Err(LoadError::Unreadable { .. }) => None,
        }
    }

    pub(crate) fn findings(&self) -> &[Diagnostic] {
        match &self.result {
            Ok(loaded) => &loaded.warnings,
            Err(LoadError::Findings { diagnostics, .. }) => diagnostics,
            Err(LoadError::Unreadable { .. }) => &[],
        }
    }

    /// The rules of the findings.
    pub(crate) fn rules(&self) -> Vec<&'static str> {
        self.findings().iter().map(|finding| finding.rule().unwrap_or_default()).collect()
    }

    /// What a person is told.
    pub(crate) fn told(&self) -> String {
        told(&self.result).replace(&format!("{}/", self.folder.path().display()), "")
    }
}

/// What a person is told of a file.
pub(crate) fn told(result: &Result<Loaded, LoadError>) -> String {
    let (source, found) = match result {
        Ok(loaded) => (&loaded.source, &loaded.warnings),
        Err(LoadError::Findings { source, diagnostics, .. }) => (source, diagnostics),
        Err(LoadError::Unreadable { message, hint, .. }) => return format!("error: {message}\nhint: {hint}"),
    };
    let drawn = text::draw(Some(source), found, Style(false));
    format!("{}\n\n{}", drawn.as_str().trim_end_matches('\n'), text::summary(found))
}
