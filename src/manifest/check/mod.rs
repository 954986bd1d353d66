//! Rules for a spec beyond its shape; each is a small function with a stable id.
mod access;
mod access_log;
mod aging;
mod allow;
mod api;
mod arns;
mod callers;
mod conditions;
mod files;
mod functions;
mod indexes;
mod inputs;
mod key;
mod key_policy;
mod models;
mod names;
mod operation;
mod roles;
mod secrets;
mod stack;
mod stage;
mod statements;
mod tables;
mod tags;
mod targets;
mod templates;
mod wildcards;

use std::{collections::BTreeMap, path::Path};

use super::{
    ids::DeclaredIds,
    reference::Reference,
    rules,
    template::{Template, TemplatePart},
    types::{Function, Spec},
};
use crate::{
    diagnostic::{Diagnostic, Severity, Span, Spanned},
    iam::arn::partition_of,
};
pub use files::{missing_entry_point, packed_secrets};

/// The spec that a rule checks, and the findings it reports.
pub(super) struct RuleContext<'a> {
    /// The spec without its invalid parts.
    pub(super) spec: &'a Spec,
    /// Everything that the file declares, valid or not.
    pub(super) ids: &'a DeclaredIds<'a>,
    /// The date as `YYYY-MM-DD`.
    pub(super) today: &'a str,
    /// Path of the spec, if the files that it names may be looked at.
    pub(super) file: Option<&'a Path>,
    /// Values of the inputs that are known.
    pub(super) inputs: &'a BTreeMap<String, String>,
    /// The findings so far.
    pub(super) findings: Vec<Diagnostic>,
}

impl<'a> RuleContext<'a> {
    /// Returns the defaults and every function, as written.
    fn written_functions(&self) -> impl Iterator<Item = &'a Function> + use<'a> {
        let spec = self.spec;
        std::iter::once(&spec.function_defaults).chain(spec.functions.iter().map(|(_, function)| function))
    }

    /// Returns every function with the defaults merged under it.
    fn merged_functions(&self) -> Vec<(&'a Spanned<String>, Function)> {
        let spec = self.spec;
        spec.functions
            .iter()
            .map(|(id, function)| (id, function.merged_over(&spec.function_defaults)))
            .collect()
    }

    /// Returns the partition of the spec's region, if a region is written.
    fn partition(&self) -> Option<&'static str> {
        let region = self.spec.region.as_ref()?;
        Some(partition_of(region))
    }
}

/// A rule of another module: it checks a spec without errors, given the inputs whose values are known.
pub type Lint = fn(&Spec, &BTreeMap<String, String>) -> Vec<Diagnostic>;

/// Runs the rules about the values of inputs, then `lint`.
pub(super) fn run_value_rules(context: &mut RuleContext<'_>, lint: Lint) {
    for rule in [
        key::check_key,
        roles::check_roles,
        access::check_access,
        callers::check_callers,
        arns::check_arns,
        statements::check_allow,
        models::check_models,
        functions::check_environment_sizes,
    ] {
        rule(context);
    }
    context.lint(lint);
}

/// Runs every rule, then `lint`.
pub(super) fn run_rules(context: &mut RuleContext<'_>, lint: Lint) {
    for rule in [
        stack::check_stack,
        tags::check_tags,
        inputs::check_input_sources,
        secrets::check_secrets,
        names::check_names,
        key::check_key,
        roles::check_roles,
        tables::check_tables,
        indexes::check_indexes,
        functions::check_functions,
        templates::check_templates,
        operation::check_operation,
        access::check_access,
        callers::check_callers,
        arns::check_arns,
        models::check_models,
        statements::check_all_statements,
        wildcards::check_wildcards,
        api::check_api,
        stage::check_stage,
        access_log::check_access_log,
        aging::check_aging,
        files::check_files,
    ] {
        rule(context);
    }
    context.lint(lint);
}

/// Size of a value, in bytes, beyond which only its beginning is checked: no name or ARN of AWS is longer than 2,048
/// characters.
const MAX_SAID: usize = 4096;
/// Maximum number of characters of a value that a message quotes.
const SHOWN: usize = 200;

/// A rendered template, and the form of it that may be shown: a value that is written elsewhere is not.
pub(super) struct RenderedTemplate {
    /// The text.
    pub(super) text: String,
    /// The text as it may be shown.
    pub(super) shown: String,
}

impl RuleContext<'_> {
    /// Renders a template if everything it refers to is known.
    fn render_known(&self, template: &Template) -> Option<RenderedTemplate> {
        let part = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => Some(text.clone()),
            TemplatePart::Ref(Reference::Input(name), _) => self.inputs.get(name).cloned(),
            TemplatePart::Ref(..) => None,
        };
        let mut text = String::new();
        for piece in &template.0 {
            text += &part(piece)?;
            // A large input that is referred to often would fill the memory; no text that is checked is that long.
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
        Some(RenderedTemplate { text, shown })
    }

    /// Adds the findings of `lint`, unless there are errors: an invalid spec is not composed.
    fn lint(&mut self, lint: Lint) {
        if self.findings.iter().all(|finding| finding.severity != Severity::Error) {
            self.findings.extend(lint(self.spec, self.inputs));
        }
    }

    /// Reports a finding of a rule of the catalogue, which determines its severity.
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
