//! The catalogue: every rule a spec is checked against, and what `explain` says of it.
mod access;
mod api;
mod functions;
mod general;
mod language;
mod live;
mod tables;

use std::{collections::HashMap, sync::LazyLock};

use serde::Serialize;

use crate::diagnostic::{Severity, suggest};

/// Rules that are broken by suppressions, once all others have been judged.
const ABOUT_SUPPRESSIONS: [&str; 2] = ["expired-suppression", "unused-suppression"];

/// One rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rule {
    /// Stable id, such as `open-connect`.
    pub id: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// What kind of rule it is.
    pub class: Class,
    /// The rule in one line.
    pub summary: &'static str,
    /// Why it is a rule, in a few sentences.
    pub text: &'static str,
    /// How to mend a finding.
    pub remedy: &'static str,
    /// Rules of checkov (`CKV…`), cdk-nag, Security Hub and cfn-lint that ask for the same.
    pub public: &'static [&'static str],
}

/// Why a rule is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The spec cannot be understood.
    Language,
    /// AWS would refuse it, or it could never work.
    Service,
    /// AWS takes it, but it is unsafe, costly or surprising: may be suppressed.
    Policy,
    /// Found by commands that ask AWS or pack code, not by `validate`.
    Live,
}

impl Rule {
    /// Whether `suppress` may name it.
    #[must_use]
    pub fn can_be_suppressed(&self) -> bool {
        self.why_not_suppressed().is_none()
    }

    /// Why `suppress` may not name it; none if it may.
    #[must_use]
    pub fn why_not_suppressed(&self) -> Option<&'static str> {
        match self.class {
            Class::Policy if ABOUT_SUPPRESSIONS.contains(&self.id) => Some("it is about suppressions"),
            Class::Policy => None,
            Class::Language | Class::Service | Class::Live => Some("what breaks it does not work"),
        }
    }
}

/// Returns every rule, in the order of the spec's sections.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [language::RULES, general::RULES, tables::RULES, functions::RULES, access::RULES, api::RULES, live::RULES]
        .into_iter()
        .flatten()
}

/// Whether findings of the rule called `id` stand where a secret may stand, which is never drawn.
#[must_use]
pub fn is_about_a_secret(id: &str) -> bool {
    matches!(id, "pasted-secret" | "likely-secret")
}

/// Returns the rule called `id`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    static BY_ID: LazyLock<HashMap<&str, &Rule>> =
        LazyLock::new(|| all().map(|rule| (rule.id, rule)).collect());
    BY_ID.get(id).copied()
}

/// Writes the hint for a rule that does not exist.
#[must_use]
pub fn near(id: &str) -> String {
    match suggest::nearest(id, all().map(|rule| rule.id)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`copilot-infra validate --rules` lists them all".to_owned(),
    }
}

/// A table of rules: id, severity, class, public ids, then summary, text and remedy.
macro_rules! rules {
    ($($id:literal $severity:ident $class:ident [$($public:literal),*] $summary:literal $text:literal $remedy:literal)+) => {
        pub(super) const RULES: &[super::Rule] = &[$(super::Rule {
            id: $id,
            severity: crate::diagnostic::Severity::$severity,
            class: super::Class::$class,
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

    #[test]
    fn ids_are_unique_and_in_one_style() {
        let mut seen = HashSet::new();
        for rule in all() {
            assert!(seen.insert(rule.id), "{} is there twice", rule.id);
            assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.id);
        }
        assert!(seen.len() >= 80, "only {} rules", seen.len());
    }

    #[test]
    fn every_rule_says_what_why_and_how() {
        for rule in all() {
            assert!(rule.summary.len() > 15 && rule.summary.len() <= 100, "summary of {}", rule.id);
            assert!(!rule.summary.ends_with('.') && !rule.summary.contains('\n'), "summary of {}", rule.id);
            assert!(rule.text.len() > 60 && rule.text.ends_with('.'), "text of {}", rule.id);
            assert!(rule.remedy.len() > 10 && rule.remedy.ends_with('.'), "remedy of {}", rule.id);
        }
    }

    #[test]
    fn what_is_no_policy_is_an_error() {
        for rule in all().filter(|rule| rule.class != Class::Policy) {
            assert_eq!(rule.severity, Severity::Error, "{}", rule.id);
        }
    }

    #[test]
    fn a_near_rule_is_offered() {
        assert_eq!(near("open-conect"), "did you mean `open-connect`?");
        assert!(near("zebra").contains("--rules"));
    }
}
