//! Rules a spec must keep beyond its shape; each is a small function with a stable id.
mod access;
mod access_log;
mod aging;
mod api;
mod arns;
mod conditions;
mod files;
mod functions;
mod indexes;
mod inputs;
mod key;
mod models;
mod names;
mod operation;
mod secrets;
mod stack;
mod stage;
mod statements;
mod tables;
mod tags;
mod templates;
mod wildcards;

use std::{collections::BTreeMap, path::Path};

use super::{
    ids::Ids,
    reference::Reference,
    rules,
    template::{Part, Template},
    types::{Function, Spec},
};
use crate::{
    diagnostic::{Diagnostic, Severity, Span, Spanned},
    iam::arn::partition_of,
};
pub(super) use aging::as_of;

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
    /// Values of the inputs that are known.
    pub(super) inputs: &'a BTreeMap<String, String>,
    /// What has been found.
    pub(super) findings: Vec<Diagnostic>,
}

impl<'a> Context<'a> {
    /// The defaults and every function, as written.
    fn written_functions(&self) -> impl Iterator<Item = &'a Function> + use<'a> {
        let spec = self.spec;
        std::iter::once(&spec.function_defaults).chain(spec.functions.iter().map(|(_, function)| function))
    }

    /// Every function with the defaults merged under it.
    fn merged_functions(&self) -> Vec<(&'a Spanned<String>, Function)> {
        let spec = self.spec;
        spec.functions.iter().map(|(id, function)| (id, function.over(&spec.function_defaults))).collect()
    }

    /// The partition the spec's region is in, if a region is written.
    fn partition(&self) -> Option<&'static str> {
        let region = self.spec.region.as_ref()?;
        Some(partition_of(region))
    }
}

/// A rule of a room above: it looks at a spec that is sound in itself, with the inputs whose values are known.
pub type Lint = fn(&Spec, &BTreeMap<String, String>) -> Vec<Diagnostic>;

/// Runs the rules that look at what inputs stand for, then `lint`.
pub(super) fn values(context: &mut Context<'_>, lint: Lint) {
    for rule in [key::check, access::check, arns::check, models::check, functions::sizes] {
        rule(context);
    }
    context.lint(lint);
}

/// Runs every rule, then `lint`.
pub(super) fn run(context: &mut Context<'_>, lint: Lint) {
    for rule in [
        stack::check,
        tags::check,
        inputs::check,
        secrets::check,
        names::check,
        key::check,
        tables::check,
        indexes::check,
        functions::check,
        templates::check,
        operation::check,
        access::check,
        arns::check,
        models::check,
        statements::check,
        wildcards::check,
        api::check,
        stage::check,
        access_log::check,
        aging::check,
        files::check,
    ] {
        rule(context);
    }
    context.lint(lint);
}

/// Bytes of a value beyond which it is judged by its beginning: no name or ARN of AWS is longer than 2,048 characters.
const MAX_SAID: usize = 4096;
/// Characters of a value that a message quotes.
const SHOWN: usize = 200;

/// What a template says, and how to speak of it: a value that stands elsewhere is not shown.
pub(super) struct Said {
    /// The text.
    pub(super) text: String,
    /// The text as it may be shown.
    pub(super) shown: String,
}

impl Context<'_> {
    /// What a template says, if everything it refers to is known.
    fn said(&self, template: &Template) -> Option<Said> {
        let part = |part: &Part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Ref(Reference::Input(name), _) => self.inputs.get(name).cloned(),
            Part::Ref(..) => None,
        };
        let mut text = String::new();
        for piece in &template.0 {
            text += &part(piece)?;
            // A large input that is referred to often would fill the memory; nothing that is judged is that long.
            if text.len() > MAX_SAID {
                break;
            }
        }
        let shown = match template.literal() {
            Some(literal) => literal.chars().take(SHOWN).collect(),
            None => Template(template.0.iter().take(SHOWN).cloned().collect())
                .to_string()
                .chars()
                .take(SHOWN)
                .collect(),
        };
        Some(Said { text, shown })
    }

    /// Adds what `lint` finds; what is broken is not composed.
    fn lint(&mut self, lint: Lint) {
        if self.findings.iter().all(|finding| finding.severity != Severity::Error) {
            self.findings.extend(lint(self.spec, self.inputs));
        }
    }

    /// Reports what breaks a rule of the catalogue, which says how bad that is.
    fn report(
        &mut self,
        rule: &'static str,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.findings.push(rules::finding(rule, span, message, hint));
    }
}
