//! Which environment variables must not be shown.
use crate::{
    engine::Mask,
    spec::{
        template::{Part, Reference, Template},
        types::{Function, Spec},
    },
};
use std::collections::BTreeSet;

/// Words in a name that make its value a secret.
const WORDS: [&str; 7] = ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "CREDENTIAL", "PRIVATE", "API_KEY"];
/// Ends of a name that say that the value only names the secret.
const NAMES_ONLY: [&str; 6] = ["_ARN", "_ID", "_NAME", "_URL", "_TABLE", "_REGION"];

/// Hides the values of variables whose name, or whose input's name, speaks of a secret, and of all that the
/// spec does not know: somebody may have put a secret there by hand.
pub(super) fn mask(spec: &Spec, wish: &Function) -> Mask {
    let shown = wish.environment.iter().filter(|(name, value)| !is_secret(name) && !from_secret(spec, value));
    let shown: BTreeSet<String> = shown.map(|(name, _)| format!("/environment/{}", name.value)).collect();
    Box::new(move |at| at.starts_with("/environment/") && !shown.contains(at))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    WORDS.iter().any(|word| name.contains(word)) && !NAMES_ONLY.iter().any(|end| name.ends_with(end))
}

fn from_secret(spec: &Spec, value: &Template) -> bool {
    value.0.iter().any(|part| match part {
        Part::Ref(Reference::Input(name), _) => {
            let variable = spec.inputs.get(name).and_then(|input| input.env.as_ref());
            is_secret(name) || variable.is_some_and(|variable| is_secret(variable))
        }
        _ => false,
    })
}
