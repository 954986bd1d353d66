//! The catalogue: every rule that a spec is checked against, with its text for `explain`.
mod access;
mod api;
mod functions;
mod general;
mod language;
mod live;
mod tables;

use std::{collections::HashMap, sync::LazyLock};

use crate::diagnostic::{Diagnostic, Severity, Span, suggest};
pub use crate::diagnostic::{Rule, RuleClass};

/// Returns every rule, in the order of the spec's sections.
pub fn all_rules() -> impl Iterator<Item = &'static Rule> {
    [language::RULES, general::RULES, tables::RULES, functions::RULES, access::RULES, api::RULES, live::RULES]
        .into_iter()
        .flatten()
}

/// Returns whether findings of the rule `id` may point at a secret, so that their source text is never drawn.
#[must_use]
pub fn is_about_a_secret(id: &str) -> bool {
    matches!(id, "pasted-secret" | "likely-secret")
}

/// Returns the rule called `id`.
#[must_use]
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    static BY_ID: LazyLock<HashMap<&str, &Rule>> =
        LazyLock::new(|| all_rules().map(|rule| (rule.id, rule)).collect());
    BY_ID.get(id).copied()
}

/// Returns a finding of a rule of the catalogue, which determines its severity.
#[must_use]
pub fn finding(
    rule: &'static str,
    span: Span,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> Diagnostic {
    let severity = find_rule(rule).map_or(Severity::Error, |rule| rule.severity);
    Diagnostic::of_rule(rule, severity, Some(span), message).with_hint(hint)
}

/// Returns the hint for a rule that does not exist.
#[must_use]
pub fn unknown_rule_hint(id: &str) -> String {
    match suggest::nearest(id, all_rules().map(|rule| rule.id)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`copilot-infra validate --rules` lists them all".to_owned(),
    }
}

/// Defines a table of rules: id, severity, class, public ids, then summary, text and remedy.
macro_rules! rules {
    ($($id:literal $severity:ident $class:ident [$($public:literal),*] $summary:literal $text:literal $remedy:literal)+) => {
        pub(super) const RULES: &[crate::diagnostic::Rule] = &[$(crate::diagnostic::Rule {
            id: $id,
            severity: crate::diagnostic::Severity::$severity,
            class: crate::diagnostic::RuleClass::$class,
            summary: $summary,
            text: $text,
            remedy: $remedy,
            public: &[$($public),*],
        }),+];
    };
}
use rules;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::diagnostic::Severity;

    #[test]
    fn ids_are_unique_and_in_one_style() {
        let mut seen = HashSet::new();
        for rule in all_rules() {
            assert!(seen.insert(rule.id), "{} is there twice", rule.id);
            assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.id);
        }
        assert!(seen.len() >= 80, "only {} rules", seen.len());
    }

    #[test]
    fn every_rule_says_what_why_and_how() {
        for rule in all_rules() {
            assert!(rule.summary.len() > 15 && rule.summary.len() <= 100, "summary of {}", rule.id);
            assert!(!rule.summary.ends_with('.') && !rule.summary.contains('\n'), "summary of {}", rule.id);
            assert!(rule.text.len() > 60 && rule.text.ends_with('.'), "text of {}", rule.id);
            assert!(rule.remedy.len() > 10 && rule.remedy.ends_with('.'), "remedy of {}", rule.id);
        }
    }

    #[test]
    fn what_is_no_policy_is_an_error() {
        for rule in all_rules().filter(|rule| rule.class != RuleClass::Policy) {
            assert_eq!(rule.severity, Severity::Error, "{}", rule.id);
        }
    }

    #[test]
    fn a_near_rule_is_offered() {
        assert_eq!(unknown_rule_hint("open-conect"), "did you mean `open-connect`?");
        assert!(unknown_rule_hint("zebra").contains("--rules"));
    }
}
