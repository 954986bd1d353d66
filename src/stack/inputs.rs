//! Inputs: values that the spec uses but does not own, resolved before anything is planned.
use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::{
    aws::{Cx, Error, Operation, Result},
    diagnostic::{Diagnostic, Severity, Span, suggest},
    manifest::{
        template::{Reference, Template, TemplatePart},
        types::{Input, Spec},
    },
};

/// Values by input name.
pub type Inputs = BTreeMap<String, String>;

/// An input that has no value.
#[derive(Debug)]
pub struct UnresolvedInput {
    /// Place in the spec where it is declared.
    pub span: Span,
    /// The reason why it has no value.
    pub error: Error,
}

impl UnresolvedInput {
    /// Returns the diagnostic; `otherwise` is the hint where AWS's answer has none of its own.
    #[must_use]
    pub fn diagnostic(&self, otherwise: Option<String>) -> Diagnostic {
        let message = self.error.to_string();
        let hint = self.error.hint().or(otherwise);
        Diagnostic {
            hint,
            ..Diagnostic::of_rule("unresolved-input", Severity::Error, Some(self.span), message)
        }
    }
}

/// Resolves every input concurrently.
///
/// # Errors
/// Every input that has no value, not only the first.
pub async fn resolve_inputs(cx: &Cx<'_>, spec: &Spec) -> std::result::Result<Inputs, Vec<UnresolvedInput>> {
    resolve_named_inputs(cx, spec, &spec.inputs.keys().map(|name| name.value.as_str()).collect()).await
}

/// Resolves the inputs in `named`; the others stay as they are offline.
///
/// # Errors
/// Every one of them that has no value.
pub async fn resolve_named_inputs(
    cx: &Cx<'_>,
    spec: &Spec,
    named: &BTreeSet<&str>,
) -> std::result::Result<Inputs, Vec<UnresolvedInput>> {
    let (inputs, unresolved) = try_named_inputs(cx, spec, named).await;
    if unresolved.is_empty() { Ok(inputs) } else { Err(unresolved) }
}

/// Resolves every input that has a value; the others stay as they are offline.
pub async fn resolve_available_inputs(cx: &Cx<'_>, spec: &Spec) -> (Inputs, Vec<UnresolvedInput>) {
    try_named_inputs(cx, spec, &spec.inputs.keys().map(|name| name.value.as_str()).collect()).await
}

async fn try_named_inputs(
    cx: &Cx<'_>,
    spec: &Spec,
    named: &BTreeSet<&str>,
) -> (Inputs, Vec<UnresolvedInput>) {
    let wanted = spec.inputs.iter().filter(|(name, _)| named.contains(name.value.as_str()));
    let values = wanted.map(|(name, input)| async move {
        match resolve_input(cx, input).await {
            Ok(value) => Ok((name.value.clone(), value)),
            Err(error) => Err(UnresolvedInput { span: name.span, error }),
        }
    });
    let (mut inputs, mut unresolved) = (offline_inputs(spec), Vec::new());
    for result in join_all(values).await {
        match result {
            Ok((name, value)) => drop(inputs.insert(name, value)),
            Err(one) => unresolved.push(one),
        }
    }
    (inputs, unresolved)
}

/// Returns the names of the inputs that the outputs, or the one called `output`, are made of.
#[must_use]
pub fn inputs_of_outputs<'a>(spec: &'a Spec, output: Option<&str>) -> BTreeSet<&'a str> {
    let shown = spec.outputs.iter().filter(|(name, _)| output.is_none_or(|only| only == name.value));
    let templates: Vec<&Template> = shown.map(|(_, template)| &template.value).collect();
    let key = spec.key.as_ref().and_then(|key| key.arn.as_ref()).map(|arn| &arn.value);
    let names_key = references(&templates).any(|reference| matches!(reference, Reference::Key(_)));
    let all: Vec<&Template> = templates.iter().copied().chain(key.filter(|_| names_key)).collect();
    references(&all)
        .filter_map(|reference| match reference {
            Reference::Input(name) => Some(name.as_str()),
            _ => None,
        })
        .collect()
}

fn references<'a>(templates: &[&'a Template]) -> impl Iterator<Item = &'a Reference> {
    templates.iter().flat_map(|template| &template.0).filter_map(|part| match part {
        TemplatePart::Ref(reference, _) => Some(reference),
        TemplatePart::Text(_) => None,
    })
}

/// Returns only the inputs whose values are known; each of the others stands as its own reference.
#[must_use]
pub fn known_inputs(mut inputs: Inputs) -> Inputs {
    inputs.retain(|_, value| !value.starts_with("${inputs."));
    inputs
}

/// Returns the values that are known without calling AWS; each of the others is its own reference, `${inputs.NAME}`.
#[must_use]
pub fn offline_inputs(spec: &Spec) -> Inputs {
    let value = |name: &str, input: &Input| {
        let variable = || read_environment(input.env.as_ref()?, input.default.as_deref()).ok();
        let known = input.value.as_ref().map(|value| value.value.clone()).or_else(variable);
        known.unwrap_or_else(|| format!("${{inputs.{name}}}"))
    };
    spec.inputs.iter().map(|(name, input)| (name.value.clone(), value(name, input))).collect()
}

async fn resolve_input(cx: &Cx<'_>, input: &Input) -> Result<String> {
    if let Some(value) = &input.value {
        return Ok(value.value.clone());
    }
    if let Some(variable) = &input.env {
        return read_environment(variable, input.default.as_deref());
    }
    if let Some(from) = &input.cloudformation {
        return read_stack_output(cx, &from.stack, &from.output).await;
    }
    if let Some(path) = &input.file {
        return Err(Error::InvalidState(format!("the file `{}` cannot be read as text", path.value)));
    }
    match &input.export {
        Some(name) => read_export(cx, name).await,
        None => Err(Error::InvalidState("it has no source".into())), // the check of the spec refuses this
    }
}

#[expect(clippy::disallowed_methods, reason = "an input names the variable")]
fn read_environment(variable: &str, default: Option<&String>) -> Result<String> {
    match std::env::var(variable) {
        Ok(value) => Ok(value),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::InvalidState(format!("the environment variable `{variable}` is not UTF-8")))
        }
        Err(std::env::VarError::NotPresent) => default.cloned().ok_or_else(|| {
            Error::InvalidState(format!(
                "the environment variable `{variable}` is not set and there is no `default`"
            ))
        }),
    }
}

/// Reads an output of a CloudFormation stack.
///
/// An unknown stack is a `ValidationError`, as is a malformed name (CloudFormation API reference, `DescribeStacks`), so
/// AWS's own words are passed on.
async fn read_stack_output(cx: &Cx<'_>, stack: &str, output: &str) -> Result<String> {
    let ask = async {
        let call = cx.aws.cloudformation().describe_stacks().stack_name(stack).send();
        let stacks = cx.read(call).await?.stacks.unwrap_or_default();
        let outputs = stacks.into_iter().next().and_then(|stack| stack.outputs).unwrap_or_default();
        let pairs = outputs.into_iter().filter_map(|one| Some((one.output_key?, one.output_value?)));
        Ok(pairs.collect::<BTreeMap<_, _>>())
    };
    let outputs =
        cx.memo.get_or_fetch(&format!("{} {stack}", Operation::CloudFormationDescribeStacks), ask).await?;
    outputs.get(output).cloned().ok_or_else(|| {
        let hint = suggest::hint(output, outputs.keys().map(String::as_str), "it has");
        Error::InvalidState(format!("the stack `{stack}` has no output `{output}`; {hint}"))
    })
}

async fn read_export(cx: &Cx<'_>, name: &str) -> Result<String> {
    let ask = async {
        let pages = cx.aws.cloudformation().list_exports().into_paginator().items();
        let exports: Vec<_> = cx.read(pages.send().try_collect()).await?;
        let pairs = exports.into_iter().filter_map(|one| Some((one.name?, one.value?)));
        Ok(pairs.collect::<BTreeMap<_, _>>())
    };
    let exports = cx.memo.get_or_fetch(Operation::CloudFormationListExports.name(), ask).await?;
    exports.get(name).cloned().ok_or_else(|| {
        let hint = suggest::hint(name, exports.keys().map(String::as_str), "there is");
        Error::InvalidState(format!("there is no CloudFormation export `{name}` in this region; {hint}"))
    })
}
