//! Inputs: values that the spec uses but does not own, resolved before anything is planned.
use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::{
    aws::{Cx, Error, Operation, Result},
    diagnostic::{Diagnostic, Severity, Span, suggest},
    manifest::types::{Input, Spec},
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
    let values = spec.inputs.iter().map(|(name, input)| async move {
        match resolve_input(cx, input).await {
            Ok(value) => Ok((name.value.clone(), value)),
            Err(error) => Err(UnresolvedInput { span: name.span, error }),
        }
    });
    let (mut inputs, mut unresolved) = (Inputs::new(), Vec::new());
    for result in join_all(values).await {
        match result {
            Ok((name, value)) => drop(inputs.insert(name, value)),
            Err(one) => unresolved.push(one),
        }
    }
    if unresolved.is_empty() { Ok(inputs) } else { Err(unresolved) }
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
