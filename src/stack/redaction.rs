//! Decides which values of a stack must be redacted.
use std::collections::BTreeSet;

use super::inputs::Inputs;
use crate::{
    manifest::{
        template::{Reference, Template, TemplatePart},
        types::{Function, Input, Spec},
    },
    redact::{Redactor, is_public_name, is_secret_name, judge, name_form},
};

/// Returns the redactor of a function's environment.
///
/// It redacts the values of variables whose name, or whose input's name, suggests a secret, of those that hold what
/// looks like one or what comes from the environment, and of all that the spec does not know: somebody may have put a
/// secret there by hand.
pub(super) fn redact_environment(spec: &Spec, desired: &Function) -> Redactor {
    let shown = desired.environment.iter().filter(|(name, value)| {
        !is_secret_name(name) && judge(name, &value.written()).is_none() && !has_private_input(spec, value)
    });
    let shown: BTreeSet<String> = shown.map(|(name, _)| format!("/environment/{}", name.value)).collect();
    Redactor::new(move |at| at.starts_with("/environment/") && !shown.contains(at))
}

/// Returns whether an output, rendered as `value`, must be redacted.
pub(super) fn is_private_output(spec: &Spec, name: &str, template: &Template, value: &str) -> bool {
    judge(name, &template.written()).is_some()
        || name_form(value).is_some()
        || has_private_input(spec, template)
}

/// Returns the values that must be redacted although they are part of policies, whose other parts must be visible.
pub(super) fn private_texts(spec: &Spec, inputs: &Inputs) -> Vec<String> {
    let functions: Vec<Function> = spec.functions.keys().filter_map(|id| spec.function(id)).collect();
    let access = functions.iter().filter_map(|function| function.access.as_ref());
    let granted = access.flat_map(|access| access.templates());
    let key = spec.key.iter().filter_map(|key| key.arn.as_ref()).map(|arn| &arn.value);
    let private = granted.chain(key).flat_map(|template| private_inputs(spec, template));
    let values = private.filter_map(|name| inputs.get(name));
    // An ARN identifies a resource and is no secret.
    values.filter(|value| !value.starts_with("arn:")).cloned().collect()
}

fn has_private_input(spec: &Spec, template: &Template) -> bool {
    private_inputs(spec, template).next().is_some()
}

fn private_inputs<'a>(spec: &'a Spec, template: &'a Template) -> impl Iterator<Item = &'a str> {
    let names = template.0.iter().filter_map(|part| match part {
        TemplatePart::Ref(Reference::Input(name), _) => Some(name.as_str()),
        _ => None,
    });
    names.filter(|name| spec.inputs.get(name).is_some_and(|input| is_private(name, input)))
}

/// Returns whether the value of an input must be redacted. Nobody can tell what a variable of the environment holds, so
/// it is private unless both names say that it is not.
fn is_private(name: &str, input: &Input) -> bool {
    let mut written = [&input.value, &input.default].into_iter().flatten();
    let variable = input.env.as_ref();
    is_secret_name(name)
        || variable.is_some_and(|variable| !is_public_name(name) || !is_public_name(variable))
        || written.any(|text| judge(name, text).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diagnostic::SourceFile, manifest};

    /// Returns which variables of a function with this environment are redacted.
    fn redacted(environment: &str) -> Vec<String> {
        let text = format!(
            "version: 1\nstack: demo\nregion: us-east-1\ninputs: {{ key: {{ env: CHAT_TOKEN }}, url: {{ env: URL, \
             default: plain }}, url_of: {{ env: CHAT }} }}\nfunctions:\n  chat:\n    handler: \
             websocket-handler.messageHandler\n    environment: {environment}\n\
             suppress: [{{ rule: pasted-secret, reason: this is a test, until: 2999-12-31 }}]\n"
        );
        let loaded =
            manifest::parse_offline(&SourceFile::new("copilot.yaml", text), crate::stack::lint).unwrap();
        let desired = loaded.spec.function("chat").unwrap();
        let redactor = redact_environment(&loaded.spec, &desired);
        let names = desired.environment.iter().map(|(name, _)| name.value.clone());
        names.filter(|name| redactor.redacts(&format!("/environment/{name}"))).collect()
    }

    #[test]
    fn variables_are_redacted_for_their_names_their_values_and_their_inputs() {
        let secrets = "{ DB_PASS: x1, APIKEY: x, URL: \"postgres://user:hunter2@${stack.region}.db\", \
                       CACHE: redis://:pw@h, AA: \"${inputs.key}\", CC: \"in ${inputs.url_of}\" }";
        assert_eq!(redacted(secrets), ["DB_PASS", "APIKEY", "URL", "CACHE", "AA", "CC"]);
        let plain =
            "{ COMPASS: north, TABLE: \"${stack.name}-talks\", API_KEY_NAME: chat, BB: \"${inputs.url}\" }";
        assert_eq!(redacted(plain), [""; 0]);
    }
}
