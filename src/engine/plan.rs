//! Wanted and standing documents in, a plan out. No IO, no clock.
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    diff::{LeafChange, diff},
    event::Verb,
};
use crate::{
    diagnostic::{Category, Diagnostic, Span},
    pointer::Pointer,
    redact::Redactor,
};

/// What to do with one resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum EventAction {
    /// Nothing.
    Keep,
    /// Make it.
    Create {
        /// Its configuration.
        props: Value,
    },
    /// Change it in place.
    Update {
        /// What differs.
        changes: Vec<LeafChange>,
    },
    /// Remove it and make it anew.
    Replace {
        /// What differs.
        changes: Vec<LeafChange>,
        /// Those that AWS cannot make in place.
        forced_by: Vec<Pointer>,
    },
    /// Remove it: AWS has it, the spec has not.
    Delete {
        /// What is lost.
        changes: Vec<LeafChange>,
    },
}

impl EventAction {
    /// What carrying it out does to the resource, if anything.
    #[must_use]
    pub fn verb(&self) -> Option<Verb> {
        Some(match self {
            Self::Keep => return None,
            Self::Create { .. } => Verb::Create,
            Self::Update { .. } => Verb::Update,
            Self::Replace { .. } => Verb::Replace,
            Self::Delete { .. } => Verb::Delete,
        })
    }

    /// Redacts whatever it tells of a document.
    pub(super) fn redacted(mut self, redactor: &Redactor) -> Self {
        match &mut self {
            Self::Keep => {}
            Self::Create { props } => redactor.redact_document(props, ""),
            Self::Update { changes } | Self::Replace { changes, .. } | Self::Delete { changes } => {
                for change in changes {
                    redact_change(change, redactor);
                }
            }
        }
        self
    }
}

/// Who moved since a resource was last applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Origin")]
pub enum DriftStatus {
    /// The spec differs from what was last applied.
    #[serde(rename = "change")]
    SpecChanged,
    /// What stands differs from what was last applied: somebody changed or removed it, or an apply was killed.
    #[serde(rename = "drift")]
    Drifted,
    /// Both moved.
    Both,
    /// It cannot be told: it was last applied before this was kept, or what moved is a redacted value or
    /// something that it depends on. Of a creation: the stack once had the resource, and has had another set of
    /// resources as well, so that either the spec or somebody else may have removed it.
    Unknown,
}

impl DriftStatus {
    /// Whether what stands has moved.
    #[must_use]
    pub fn is_drift(self) -> bool {
        matches!(self, Self::Drifted | Self::Both)
    }
}

/// One line of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Where it stands in the spec, such as `tables.conversations`; for a orphan, its kind and name.
    pub address: String,
    /// Kind.
    pub kind: &'static str,
    /// Name in AWS.
    pub id: String,
    /// What to do.
    #[serde(flatten)]
    pub action: EventAction,
    /// What stands, if anything does.
    pub before: Option<Value>,
    /// What is wanted, if anything is.
    pub after: Option<Value>,
    /// Who moved since it was last applied; none if there is nothing to do.
    pub drift_status: Option<DriftStatus>,
    /// Whether it holds data.
    pub holds_data: bool,
    /// Where the spec asks for it.
    #[serde(skip)]
    pub span: Option<Span>,
    /// What a reader should know and no change would mend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Whether it is outside the targets and was not decided on.
    pub left_out: bool,
}

impl Step {
    /// The step of a resource outside the targets.
    pub(super) fn leave_out(self) -> Self {
        Self { action: EventAction::Keep, before: None, after: None, warning: None, left_out: true, ..self }
    }

    /// Whether carrying it out loses data.
    #[must_use]
    pub fn loses_data(&self) -> bool {
        self.holds_data && matches!(self.action, EventAction::Replace { .. } | EventAction::Delete { .. })
    }

    /// Whether what stands has moved since it was last applied, or is missing and may have been there.
    #[must_use]
    pub fn may_have_drifted(&self) -> bool {
        let missing = matches!(self.action, EventAction::Create { .. })
            && self.drift_status == Some(DriftStatus::Unknown);
        missing || self.drift_status.is_some_and(DriftStatus::is_drift)
    }
}

/// A standing resource that stays although the spec does not ask for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeptOrphan {
    /// Kind.
    pub kind: &'static str,
    /// Name in AWS.
    pub id: String,
    /// Why it stays.
    pub why: KeepReason,
}

/// Why a resource stays that the spec does not ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeepReason {
    /// It is shared by the whole account.
    Shared,
    /// It holds data that may not be lost without a word for it.
    HoldsData,
}

/// Words given beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// Every resource that holds data may be removed or replaced.
    pub delete_data: bool,
    /// Addresses of single ones that may.
    pub replace: BTreeSet<String>,
}

impl Consent {
    /// Whether the data of the resource at `address` may be lost.
    #[must_use]
    pub fn allows(&self, address: &str) -> bool {
        self.delete_data || self.replace.contains(address)
    }
}

/// Steps in an order in which they can be carried out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The steps: first the spec's, in dependency order, then the orphans to remove.
    pub steps: Vec<Step>,
    /// Strays that stay.
    pub kept: Vec<KeptOrphan>,
    /// What forbids carrying it out.
    pub refusals: Vec<Diagnostic>,
    /// Digest of all that the spec asks for, its inputs and its code packages included.
    pub spec: String,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.action == EventAction::Keep)
    }

    /// How many steps do `verb`.
    #[must_use]
    pub fn count_steps(&self, verb: Verb) -> usize {
        self.steps.iter().filter(|step| step.action.verb() == Some(verb)).count()
    }

    /// Whether the step at `index` replaces its resource.
    pub(super) fn replaces_step(&self, index: usize) -> bool {
        self.steps.get(index).is_some_and(|step| matches!(step.action, EventAction::Replace { .. }))
    }

    /// Addresses of the steps that lose data without a word for it.
    #[must_use]
    pub fn unconsented_losses(&self, consent: &Consent) -> Vec<&str> {
        let lossy = self.steps.iter().filter(|step| step.loses_data() && !consent.allows(&step.address));
        lossy.map(|step| step.address.as_str()).collect()
    }

    /// Leaves only what moved in AWS since it was last applied, or may have, and what stays as it is.
    pub fn retain_drift(&mut self) {
        self.steps.retain(|step| step.action == EventAction::Keep || step.may_have_drifted());
        self.kept.clear();
    }
}

/// The refusal to touch the resource at `address`, with what to do about it.
pub(super) fn refusal(
    address: &str,
    reason: impl Into<String>,
    remedy: impl Into<String>,
    span: Option<Span>,
) -> Diagnostic {
    Diagnostic::error(Category::Refusal, reason).with_hint(remedy).about(address, span)
}

/// The refusal to remove what cannot go now.
pub(super) fn blocked_refusal(address: &str, why: &str, span: Option<Span>) -> Diagnostic {
    let remedy = "lift what holds it, or wait until it is done, then run again; nothing has been removed";
    refusal(address, format!("it is to be removed but cannot go: {why}"), remedy, span)
}

/// The refusal to remove or replace what the spec protects, or did when it was last applied.
pub(super) fn protected_refusal(address: &str, what: &str, span: Option<Span>) -> Diagnostic {
    let remedy = "say `protect: false` in the spec and apply that first; nothing has been changed";
    refusal(address, format!("it is to be {what}, but `protect: true` forbids that"), remedy, span)
}

/// Decides what to do with one resource of the spec.
pub(super) fn decide_action(fixed: &[&str], wanted: Value, standing: Option<&Value>) -> EventAction {
    let Some(standing) = standing else { return EventAction::Create { props: wanted } };
    let changes = diff(standing, &wanted);
    if changes.is_empty() {
        return EventAction::Keep;
    }
    let forced = changes.iter().filter(|change| fixed.iter().any(|at| change.pointer.is_within(at)));
    let forced_by: Vec<Pointer> = forced.map(|change| change.pointer.clone()).collect();
    if forced_by.is_empty() {
        EventAction::Update { changes }
    } else {
        EventAction::Replace { changes, forced_by }
    }
}

fn redact_change(change: &mut LeafChange, redactor: &Redactor) {
    for side in [&mut change.before, &mut change.after].into_iter().flatten() {
        redactor.redact_document(side, &change.pointer);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::redact::REDACTED;

    #[test]
    fn what_looks_like_a_secret_is_redacted_on_both_sides_of_a_change() {
        let url = || Some(json!("postgres://user:hunter2@host"));
        let before =
            LeafChange { pointer: "/environment/URL".into(), before: url(), after: Some(json!("on")) };
        let after =
            LeafChange { pointer: "/tags".into(), before: None, after: Some(json!({ "a": [url()] })) };
        let update = EventAction::Update { changes: vec![before, after] };
        let redacted = update.redacted(&Redactor::new(|_| false));
        let EventAction::Update { changes } = redacted else { panic!("{redacted:?}") };
        assert_eq!((&changes[0].before, &changes[0].after), (&Some(json!(REDACTED)), &Some(json!("on"))));
        assert_eq!(changes[1].after, Some(json!({ "a": [REDACTED] })));
    }
}
