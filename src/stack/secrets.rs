//! Which environment variables must not be shown.
use std::collections::BTreeSet;

use crate::{
    engine::Mask,
    manifest::{
        secret,
        template::{Part, Reference, Template},
        types::{Function, Spec},
    },
};

/// Words in a name that make its value a secret.
const WORDS: [&str; 10] = [
    "SECRET",
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "PRIVATE",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
];
/// Words that do so only if they stand alone: `COMPASS` is no secret.
const WHOLE_WORDS: [&str; 2] = ["PASS", "PWD"];
/// Ends of a name that say that the value only names the secret.
const NAMES_ONLY: [&str; 6] = ["_ARN", "_ID", "_NAME", "_URL", "_TABLE", "_REGION"];

/// Hides the values of variables whose name, or whose input's name, speaks of a secret, of those that hold what
/// looks like one, and of all that the spec does not know: somebody may have put a secret there by hand.
pub(super) fn mask(spec: &Spec, wish: &Function) -> Mask {
    let shown = wish.environment.iter().filter(|(name, value)| {
        let held = secret::judge(name, &secret::written(value)).is_some();
        !is_secret(name) && !held && !from_secret(spec, value)
    });
    let shown: BTreeSet<String> = shown.map(|(name, _)| format!("/environment/{}", name.value)).collect();
    Box::new(move |at| at.starts_with("/environment/") && !shown.contains(at))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let named = WORDS.iter().any(|word| name.contains(word))
        || name.split('_').any(|part| WHOLE_WORDS.contains(&part));
    named && !NAMES_ONLY.iter().any(|end| name.ends_with(end))
}

fn from_secret(spec: &Spec, value: &Template) -> bool {
    value.0.iter().any(|part| match part {
        Part::Ref(Reference::Input(name), _) => {
            let input = spec.inputs.get(name);
            let variable = input.and_then(|input| input.env.as_ref());
            let mut held = input.iter().flat_map(|input| [&input.value, &input.default]).flatten();
            is_secret(name)
                || variable.is_some_and(|variable| is_secret(variable))
                || held.any(|text| secret::judge(name, text).is_some())
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diagnostic::SourceFile, manifest};

    /// Which variables of a function with this environment are hidden.
    fn hidden(environment: &str) -> Vec<String> {
        let text = format!(
            "version: 1\nstack: demo\nregion: us-east-1\ninputs: {{ key: {{ env: CHAT_TOKEN }}, url: {{ env: URL, \
             default: plain }} }}\nfunctions:\n  chat:\n    handler: websocket-handler.messageHandler\n    environment: {environment}\n\
             suppress: [{{ rule: pasted-secret, reason: this is a test, until: 2999-12-31 }}]\n"
        );
        let loaded = manifest::parse(SourceFile::new("copilot.yaml", text)).unwrap();
        let wish = loaded.spec.function("chat").unwrap();
        let mask = mask(&loaded.spec, &wish);
        let names = wish.environment.iter().map(|(name, _)| name.value.clone());
        names.filter(|name| mask(&format!("/environment/{name}"))).collect()
    }

    #[test]
    fn variables_are_hidden_for_their_names_their_values_and_their_inputs() {
        let secrets = "{ DB_PASS: x1, APIKEY: x, URL: \"postgres://user:hunter2@${stack.region}.db\", \
                       CACHE: redis://:pw@h, AA: \"${inputs.key}\" }";
        assert_eq!(hidden(secrets), ["DB_PASS", "APIKEY", "URL", "CACHE", "AA"]);
        let plain =
            "{ COMPASS: north, TABLE: \"${stack.name}-talks\", API_KEY_NAME: chat, BB: \"${inputs.url}\" }";
        assert_eq!(hidden(plain), [""; 0]);
    }
}
