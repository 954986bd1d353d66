//! Rules a spec must keep beyond its shape; each is a small function with a stable id.
mod aging;
mod api;
mod files;
mod functions;
mod inputs;
mod names;
mod statements;
mod tables;
mod tags;

use std::path::Path;

use super::{at::Place, ids::Ids, types::Spec};
use crate::diagnostic::{Diagnostic, Severity};
pub(super) use aging::AS_OF;

/// What a rule sees, and where it reports.
pub(super) struct Context<'a> {
    /// The spec without its broken parts.
    pub(super) spec: &'a Spec,
    /// Everything the file declares, broken or not.
    pub(super) ids: &'a Ids<'a>,
    /// The date as `YYYY-MM-DD`.
    pub(super) today: &'a str,
    /// The spec's folder, if files may be looked at.
    pub(super) base: Option<&'a Path>,
    /// What has been found.
    pub(super) findings: Vec<Diagnostic>,
}

/// Runs every rule.
pub(super) fn run(context: &mut Context<'_>) {
    for rule in [
        tags::check,
        inputs::check,
        names::check,
        tables::check,
        functions::check,
        statements::check,
        api::check,
        aging::check,
        files::check,
    ] {
        rule(context);
    }
}

impl Context<'_> {
    /// Reports an error.
    fn error(
        &mut self,
        rule: &'static str,
        place: Place,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.report(Severity::Error, rule, place, message.into(), hint.into());
    }

    /// Reports a warning.
    fn warn(
        &mut self,
        rule: &'static str,
        place: Place,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.report(Severity::Warning, rule, place, message.into(), hint.into());
    }

    fn report(
        &mut self,
        severity: Severity,
        rule: &'static str,
        place: Place,
        message: String,
        hint: String,
    ) {
        self.findings.push(Diagnostic { rule, severity, place: Some(place), message, hint: Some(hint) });
    }
}
