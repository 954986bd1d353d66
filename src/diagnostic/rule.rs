//! A rule that diagnostics of a spec come from; the catalogue is the manifest's.
use serde::Serialize;

use super::Severity;

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
    pub class: RuleClass,
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
pub enum RuleClass {
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
            RuleClass::Policy if ABOUT_SUPPRESSIONS.contains(&self.id) => Some("it is about suppressions"),
            RuleClass::Policy => None,
            RuleClass::Language | RuleClass::Service | RuleClass::Live => {
                Some("what breaks it does not work")
            }
        }
    }
}
