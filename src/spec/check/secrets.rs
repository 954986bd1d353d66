//! Secrets that stand in the spec itself.
use std::sync::LazyLock;

use regex_lite::Regex;

use super::Context;
use crate::spec::at::Place;

/// Texts that are secrets whatever they are called: the forms their issuers give them.
static FORMS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let forms = [
        (r"\b(AKIA|ASIA)[A-Z0-9]{16}\b", "an AWS access key"),
        (r"-----BEGIN [A-Z ]*PRIVATE KEY", "a private key"),
        (r"\bsk-(ant-|proj-)?[A-Za-z0-9_-]{20,}", "an API key"),
        (r"\bgh[pousr]_[A-Za-z0-9]{36}", "a GitHub token"),
        (r"\bxox[abprs]-[A-Za-z0-9-]{10,}", "a Slack token"),
        (r"\bAIza[A-Za-z0-9_-]{35}", "a Google API key"),
        (r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.", "a JSON Web Token"),
        (r"://[^/\s:@]+:[^/\s:@$]+@", "a URL with a password"),
    ];
    forms.into_iter().filter_map(|(form, name)| Some((Regex::new(form).ok()?, name))).collect()
});
/// Names of variables whose values are secrets.
static NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(^|_)(password|passwd|pwd|secret|token|api_?key|private_?key|access_?key|credentials?)$")
        .ok()
});

pub(super) fn check(context: &mut Context<'_>) {
    let spec = context.spec;
    let mut texts: Vec<(&str, &str, Place)> = Vec::new();
    for function in context.written_functions() {
        for (name, value) in function.environment.iter() {
            texts.extend(value.literal().map(|text| (name.as_str(), text, value.place)));
        }
    }
    for (name, input) in spec.inputs.iter() {
        for value in [&input.value, &input.default].into_iter().flatten() {
            texts.push((name.as_str(), value.as_str(), value.place));
        }
    }
    for (name, value) in spec.outputs.iter() {
        texts.extend(value.literal().map(|text| (name.as_str(), text, value.place)));
    }
    let variables = spec.api.iter().flat_map(|api| api.stage.variables.iter());
    for (name, value) in spec.tags.iter().chain(variables) {
        texts.push((name.as_str(), value.as_str(), value.place));
    }
    for (name, text, place) in texts {
        if let Some(what) = secret(name, text) {
            let hint = "revoke it, keep the new one in Secrets Manager, and grant it by `access.secrets`";
            context.report("pasted-secret", place, format!("the value of `{name}` looks like {what}"), hint);
        }
    }
}

/// What kind of secret `text` is, if it is one.
fn secret(name: &str, text: &str) -> Option<&'static str> {
    if let Some((_, what)) = FORMS.iter().find(|(form, _)| form.is_match(text)) {
        return Some(what);
    }
    let named = NAMES.as_ref().is_some_and(|names| names.is_match(name));
    // Names, paths and ARNs of secrets are none themselves.
    let pointer = text.starts_with("arn:") || text.starts_with('/') || text.contains(char::is_whitespace);
    (named && !pointer && text.len() >= 8).then_some("a secret")
}

#[cfg(test)]
mod tests {
    use super::secret;

    #[test]
    fn every_form_is_a_pattern() {
        assert_eq!(super::FORMS.len(), 8);
        assert!(super::NAMES.is_some());
    }

    #[test]
    fn secrets_are_known_by_their_form_or_their_name() {
        assert_eq!(secret("X", concat!("AKIA", "IOSFODNN7EXAMPLE")), Some("an AWS access key"));
        assert_eq!(secret("DB_PASSWORD", "correct-horse"), Some("a secret"));
        assert_eq!(secret("URL", "https://user:hunter2@example.com"), Some("a URL with a password"));
    }

    #[test]
    fn what_only_points_at_a_secret_is_none() {
        assert_eq!(
            secret("SECRETS_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf"),
            None
        );
        assert_eq!(secret("API_KEY", "/copilot/api-key"), None);
        assert_eq!(secret("TOKEN_TABLE", "copilot-tokens"), None);
        assert_eq!(secret("URL", "https://example.com/a:b@c"), None);
    }
}
