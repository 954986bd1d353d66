//! Detects secrets: by their form, or by the name that they are the value of.
use std::{ops::Range, sync::LazyLock};

use regex_lite::Regex;

use super::{
    REFERENCE,
    name::{NamedAs, named_as},
};

/// Shortest text that a name alone makes a secret.
const SHORTEST: usize = 6;
/// Shortest key or token that is told from a name by its look.
const SHORTEST_KEY: usize = 16;

/// How certain it is that a text is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suspicion {
    /// The text is a secret; the words say of what kind.
    Certain(&'static str),
    /// The name says that the text is a secret, and the text looks like any other.
    Likely,
}

/// Texts that are secrets whatever they are called: the forms their issuers give them.
///
/// A group called `free` has a form that anything may have: it must not be a placeholder, and if the form is
/// loose, it must look as if nobody had made it up.
static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let forms = [
        ("AKIA", r"\bAKIA[A-Z0-9]{16}\b", "an AWS access key"),
        ("ASIA", r"\bASIA[A-Z0-9]{16}\b", "an AWS access key"),
        ("PRIVATE KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY", "a private key"),
        ("sk-", r"\bsk-(ant|proj|svcacct|or-v1)-[A-Za-z0-9_-]{20,}", "an API key"),
        ("sk-", r"(^|[^A-Za-z0-9_./-])sk-(?P<loose>[A-Za-z0-9]{20,})", "an API key"),
        ("k_live_", r"\b[rs]k_live_[A-Za-z0-9]{10,}", "a Stripe key"),
        ("k_test_", r"\b[rs]k_test_[A-Za-z0-9]{10,}", "a Stripe key"),
        ("whsec_", r"\bwhsec_[A-Za-z0-9+/]{24,}", "a webhook's secret"),
        ("gh", r"\bgh[pousr]_[A-Za-z0-9]{36}", "a GitHub token"),
        ("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{22,}", "a GitHub token"),
        ("glpat-", r"\bglpat-[A-Za-z0-9_-]{20,}", "a GitLab token"),
        ("npm_", r"\bnpm_[A-Za-z0-9]{36}", "an npm token"),
        ("pypi-", r"\bpypi-[A-Za-z0-9_-]{50,}", "a PyPI token"),
        ("hf_", r"\bhf_[A-Za-z0-9]{34}", "a Hugging Face token"),
        ("SG.", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", "a SendGrid key"),
        ("xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", "a Slack token"),
        (
            "hooks.slack",
            r"\bhooks\.slack\.com/(services|triggers|workflows)/[A-Za-z0-9/_-]{20,}",
            "a Slack webhook",
        ),
        ("/webhooks/", r"\bdiscord(app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{30,}", "a Discord webhook"),
        ("AIza", r"\bAIza[A-Za-z0-9_-]{35}", "a Google API key"),
        ("eyJ", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*", "a JSON Web Token"),
        ("://", r"://[^/\s:@?#]*:(?P<free>[^/\s@?#]+)@", "a URL with a password"),
        ("=", r"(?i)(^|[;\s])(password|pwd)\s?=\s?(?P<loose>[^;\s]{6,})", "a password"),
        ("AccountKey", r"\bAccountKey=[A-Za-z0-9+/]{40,}", "an Azure key"),
        ("earer ", r"\b[Bb]earer +(?P<loose>[A-Za-z0-9._~+/-]{16,})", "a bearer token"),
        ("asic ", r"\b[Bb]asic +(?P<loose>[A-Za-z0-9+/]{12,}={0,2})", "a password"),
        ("=", r"(?i)[?&](password|passwd|pwd)=(?P<loose>[^&\s]{6,})", "a password"),
        (
            ":",
            r#"(?i)["'](password|passwd|pwd|secret|api_?key)["']\s?:\s?["'](?P<loose>[^"']{6,})["']"#,
            "a password",
        ),
        ("ABSK", r"\bABSK[A-Za-z0-9+/]{40,}", "a Bedrock API key"),
        ("bedrock-api-key-", r"\bbedrock-api-key-[A-Za-z0-9+/]{20,}", "a Bedrock API key"),
        ("GOCSPX-", r"\bGOCSPX-[A-Za-z0-9_-]{20,}", "a Google client's secret"),
        ("dop_v1_", r"\bdop_v1_[a-f0-9]{64}\b", "a DigitalOcean token"),
        ("xapp-", r"\bxapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-f0-9]{20,}", "a Slack token"),
        (":AA", r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b", "a Telegram bot's token"),
        ("hvs.", r"\bhvs\.[A-Za-z0-9_-]{20,}", "a Vault token"),
        ("dapi", r"\bdapi[a-f0-9]{32}\b", "a Databricks token"),
    ];
    let compiled =
        |(part, form, what)| Form { part, pattern: Regex::new(form).expect("a valid pattern"), what };
    forms.map(compiled).into()
});

/// A form that only secrets have, such as the tokens of one issuer.
struct Form {
    /// What every text of that form has in it: looked for first, since nearly all texts are of no form.
    part: &'static str,
    pattern: Regex,
    /// Kind of secret.
    what: &'static str,
}

/// Words that a name of a secret has, and a secret has not.
const POINTING: [&str; 6] = ["password", "secret", "secrets", "token", "key", "credentials"];

impl Form {
    /// Returns the spans of `text` that have the form.
    fn spans(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        let found = text.contains(self.part).then(|| self.pattern.captures_iter(text));
        found.into_iter().flatten().filter_map(|found| {
            let free = found.name("free").is_none_or(|free| !is_placeholder(free.as_str()));
            let loose = found.name("loose").is_none_or(|loose| is_made(loose.as_str()));
            found.get(0).filter(|_| free && loose).map(|whole| whole.range())
        })
    }
}

/// Returns the kind of secret that `text` has the form of, if any.
pub(crate) fn name_form(text: &str) -> Option<&'static str> {
    FORMS.iter().find(|one| one.spans(text).next().is_some()).map(|one| one.what)
}

/// Returns the spans of `text` that have the form of a secret.
pub(super) fn find_forms(text: &str) -> Vec<Range<usize>> {
    FORMS.iter().flat_map(|one| one.spans(text)).collect()
}

/// Returns whether the value under a name should be redacted.
///
/// Hiding too much costs nothing, so a password may be any word.
///
/// `namespaces` are the first words that a reference may have.
pub(super) fn is_suspicious(name: &str, text: &str, namespaces: &[&str]) -> bool {
    let is_password = named_as(name) == Some(NamedAs::Password);
    // What only looks like a reference may be a generated secret.
    if let Some(rest) = text.strip_prefix("${") {
        let inner = rest.split('}').next().unwrap_or_default();
        let is_reference = namespaces.contains(&inner.split('.').next().unwrap_or_default());
        return !is_reference && (is_password && inner.len() >= SHORTEST || judge(name, inner).is_some());
    }
    if is_password {
        let placeholder = is_placeholder(text) && !text.starts_with('%');
        return text.len() >= SHORTEST && !placeholder && !points(text);
    }
    judge(name, text).is_some() || text.split_whitespace().any(|word| judge(name, word).is_some())
}

/// Judges the value under a name.
pub(crate) fn judge(name: &str, text: &str) -> Option<Suspicion> {
    if let Some(what) = name_form(text) {
        return Some(Suspicion::Certain(what));
    }
    let named = named_as(name)?;
    if text.len() < SHORTEST || is_plain(text) {
        return None;
    }
    match (named, is_random(text)) {
        (NamedAs::Password, _) => Some(Suspicion::Certain("a password")),
        (NamedAs::Secret | NamedAs::Key, true) => Some(Suspicion::Certain("a secret")),
        (NamedAs::Secret, false) => (text.len() >= 8).then_some(Suspicion::Likely),
        (NamedAs::Other, true) => Some(Suspicion::Likely),
        (NamedAs::Key | NamedAs::Other, false) => None,
    }
}

/// Returns whether a text is a placeholder for what is put in later: a reference, `$NAME`, `<name>`, `{name}`, `%s`,
/// `****`.
fn is_placeholder(text: &str) -> bool {
    let first = text.chars().next();
    text.contains(REFERENCE)
        || first.is_none_or(|first| "$<{%[".contains(first) || text.chars().all(|c| c == first))
}

/// Returns whether a text has letters and digits, and is no placeholder.
fn is_made(text: &str) -> bool {
    let has = |kind: fn(&char) -> bool| text.chars().any(|c| kind(&c));
    !is_placeholder(text) && has(char::is_ascii_digit) && has(char::is_ascii_alphabetic)
}

/// Returns whether a text is plainly no secret: a word, a number, a path, a URL, an ARN, the name of a secret.
fn is_plain(text: &str) -> bool {
    let word = text.chars().all(char::is_alphabetic);
    let number = text.parse::<f64>().is_ok();
    word || number || is_placeholder(text) || text.contains(char::is_whitespace) || points(text)
}

/// Returns whether a text is a path, a URL, an ARN or the name of a secret.
fn points(text: &str) -> bool {
    let scheme = text.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    });
    let path = scheme && !text.contains(char::is_whitespace) || text.contains('/') || text.starts_with('.');
    let names = text.split(['-', '_', '.']).any(|part| POINTING.contains(&part.to_lowercase().as_str()));
    (path || names) && !is_random(text)
}

/// Returns whether a text looks random: long, and with digits and capitals in the midst of its words.
fn is_random(text: &str) -> bool {
    let kind = |c: char| (c.is_ascii_digit(), c.is_ascii_uppercase(), c.is_ascii_lowercase());
    let mut pairs = text.chars().zip(text.chars().skip(1)).filter(|(a, b)| {
        a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() && kind(*a) != kind(*b)
            // As at the beginning of any word.
            && !(a.is_ascii_uppercase() && b.is_ascii_lowercase())
    });
    text.len() >= SHORTEST_KEY && pairs.nth(text.len() / 4).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_a_pattern() {
        assert_eq!(FORMS.len(), 35);
    }

    #[test]
    fn secrets_are_known_by_their_form() {
        let long = "a1B2c3D4e5F6a7B8c9D0a1B2c3D4e5F6a7B8";
        for (text, what) in [
            (concat!("AKIA", "IOSFODNN7EXAMPLE").to_owned(), "an AWS access key"),
            ("https://user:hunter2@example.com".to_owned(), "a URL with a password"),
            ("redis://:pw@h".to_owned(), "a URL with a password"),
            (format!("Bearer {}{long} for all", "ghp_"), "a GitHub token"),
            (format!("{}{long}", "github_pat_"), "a GitHub token"),
            (format!("{}{long}", "npm_"), "an npm token"),
            (format!("{}{long}", "sk_live_"), "a Stripe key"),
            (format!("{}{long}", "sk-"), "an API key"),
            (format!("Bearer {long}"), "a bearer token"),
            (format!("https://{}/services/T000/B000/{long}", "hooks.slack.com"), "a Slack webhook"),
            ("Server=db;User=me;Password=hunter2;".to_owned(), "a password"),
        ] {
            assert_eq!(name_form(&text), Some(what), "{text}");
            assert_eq!(judge("X", &text), Some(Suspicion::Certain(what)), "{text}");
        }
    }

    #[test]
    fn forms_alone_are_no_secrets() {
        for text in [
            "https://example.com/a:b@c",
            "https://example.com:443?mail=a@b.c",
            "https://example.com/sk-abcdefghijklmnopqrstuvwxyz",
            "sk-abcdefghijklmnopqrstuvwxyz",
            "postgres://user:$PASSWORD@host",
            "postgres://user:<password>@host",
            "postgres://user:****@host",
            "Bearer authentication-required",
            "Password=<password>",
        ] {
            assert_eq!(name_form(text), None, "{text}");
        }
    }

    #[test]
    fn a_secret_beside_a_reference_is_one_and_a_reference_is_none() {
        let url = Some(Suspicion::Certain("a URL with a password"));
        assert_eq!(judge("X", &format!("postgres://user:hunter2secret@{REFERENCE}.db")), url);
        assert_eq!(judge("X", &format!("postgres://user:{REFERENCE}@{REFERENCE}.db")), None);
        assert_eq!(judge("TOKEN", &REFERENCE.to_string()), None);
    }

    #[test]
    fn a_name_alone_is_as_certain_as_its_value() {
        let certain = |what| Some(Suspicion::Certain(what));
        for name in ["DB_PASSWORD", "DBPASSWORD", "DB_PASS", "dbPassword", "PWD", "db-passwd"] {
            assert_eq!(judge(name, "hunter2"), certain("a password"), "{name}");
            assert_eq!(judge(name, "correct-horse"), certain("a password"), "{name}");
        }
        for name in ["API_KEY", "clientSecret", "TOKEN", "apikey", "X_SECRET_KEY"] {
            assert_eq!(judge(name, "3f786850e387550fdab836ed7e6dc881"), certain("a secret"), "{name}");
            assert_eq!(
                judge(name, "wJalrXUtnFEMI/K7MDENG/bPxRfiCY12AbC3dEfG"),
                certain("a secret"),
                "{name}"
            );
            for likely in ["correct-horse", "MyCopilotStoreA1", "123e4567-e89b-12d3-a456-426614174000"] {
                assert_eq!(judge(name, likely), Some(Suspicion::Likely), "{name}: {likely}");
            }
            assert_eq!(judge(name, "team-1"), None, "{name}");
        }
    }

    #[test]
    fn of_what_stands_under_the_name_of_a_password_only_a_pointer_is_shown() {
        for shown in ["prod/copilot/database", "ssm:/x", "copilot-db-password", "./secret.txt", "short"] {
            assert!(!is_suspicious("DB_PASSWORD", shown, &[]), "{shown}");
        }
        for hidden in ["correct horse", "user: hunter2", "letmein", "a/9fK2xQ7LmZ4tR8vW1nB6yC3p"] {
            assert!(is_suspicious("DB_PASSWORD", hidden, &[]), "{hidden}");
        }
    }

    #[test]
    fn what_only_points_at_a_secret_is_none() {
        for (name, text) in [
            ("SECRETS_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf"),
            ("DB_SECRET", "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf"),
            ("DB_SECRET", "prod/copilot/database"),
            ("DB_PASSWORD", "prod/copilot/database"),
            ("DB_PASSWORD", "copilot-db-password"),
            ("API_KEY", "/copilot/api-key"),
            ("API_KEY", "ssm:/x"),
            ("CLIENT_TOKEN", "https://example.com/token"),
            ("AUTH_TOKEN", "disabled"),
            ("REQUIRE_PASSWORD", "always"),
            ("MAX_TOKEN", "12345678"),
            ("TOKEN_TABLE", "copilot-tokens"),
            ("COMPASS", "north-by-north-west"),
            ("MONKEY", "3f786850e387550fdab836ed7e6dc881"),
        ] {
            assert_eq!(judge(name, text), None, "{name}: {text}");
        }
    }
}
