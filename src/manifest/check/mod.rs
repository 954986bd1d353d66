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
pub(super) use aging::data_date;

/// What a rule sees, and where it reports.
pub(super) struct RuleContext<'a> {
    /// The spec without its broken parts.
    pub(super) spec: &'a Spec,
    /// Everything the file declares, broken or not.
    pub(super) ids: &'a DeclaredIds<'a>,
    /// The date as `YYYY-MM-DD`.
    pub(super) today: &'a str,
    /// The spec's folder, if files may be looked at.
    pub(super) base: Option<&'a Path>,
    /// Values of the inputs that are known.
    pub(super) inputs: &'a BTreeMap<String, String>,
    /// What has been found.
    pub(super) findings: Vec<Diagnostic>,
}

impl<'a> RuleContext<'a> {
    /// The defaults and every function, as written.
    fn written_functions(&self) -> impl Iterator<Item = &'a Function> + use<'a> {
        let spec = self.spec;
        std::iter::once(&spec.function_defaults).chain(spec.functions.iter().map(|(_, function)| function))
    }

    /// Every function with the defaults merged under it.
    fn merged_functions(&self) -> Vec<(&'a Spanned<String>, Function)> {
        let spec = self.spec;
        spec.functions
            .iter()
            .map(|(id, function)| (id, function.merged_over(&spec.function_defaults)))
            .collect()
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
pub(super) fn run_value_rules(context: &mut RuleContext<'_>, lint: Lint) {
    for rule in [
        key::check_key,
        access::check_access,
        arns::check_arns,
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
        tables::check_tables,
        indexes::check_indexes,
        functions::check_functions,
        templates::check_templates,
        operation::check_operation,
        access::check_access,
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

/// Bytes of a value beyond which it is judged by its beginning: no name or ARN of AWS is longer than 2,048 characters.
const MAX_SAID: usize = 4096;
/// Characters of a value that a message quotes.
const SHOWN: usize = 200;

/// What a template says, and how to speak of it: a value that stands elsewhere is not shown.
pub(super) struct RenderedTemplate {
    /// The text.
    pub(super) text: String,
    /// The text as it may be shown.
    pub(super) shown: String,
}

impl RuleContext<'_> {
    /// What a template says, if everything it refers to is known.
    fn render_known(&self, template: &Template) -> Option<RenderedTemplate> {
        let part = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => Some(text.clone()),
            TemplatePart::Ref(Reference::Input(name), _) => self.inputs.get(name).cloned(),
            TemplatePart::Ref(..) => None,
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
        Some(RenderedTemplate { text, shown })
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
