//! Builds a plan from desired and live documents, without IO and without a clock.
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    diff::{LeafChange, diff},
    event::Verb,
    hidden_values::HiddenValues,
    loss::Loss,
};
use crate::{
    diagnostic::{Category, Diagnostic, Span},
    pointer::Pointer,
    redact::Redactor,
};

/// Planned action on one resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// The resource stays as it is.
    Keep,
    /// The resource is created.
    Create {
        /// Its desired configuration.
        props: Value,
    },
    /// The resource is changed in place.
    Update {
        /// Leaves that differ.
        changes: Vec<LeafChange>,
    },
    /// The resource is deleted and created again.
    Replace {
        /// Leaves that differ.
        changes: Vec<LeafChange>,
        /// Leaves that AWS cannot change in place.
        forced_by: Vec<Pointer>,
    },
    /// The resource is deleted: it is in AWS, but not in the spec.
    Delete {
        /// Leaves that are lost.
        changes: Vec<LeafChange>,
    },
}

impl Action {
    /// Returns the verb of the action; `None` if the resource stays as it is.
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

    /// Redacts the values in the action.
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
    /// Returns whether the live resource has drifted.
    #[must_use]
    pub fn is_drift(self) -> bool {
        matches!(self, Self::Drifted | Self::Both)
    }
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Address in the spec, such as `tables.conversations`; for an orphan, its kind and name.
    pub address: String,
    /// Kind of the resource.
    pub kind: &'static str,
    /// Name in AWS.
    pub id: String,
    /// Planned action on the resource.
    #[serde(flatten)]
    pub action: Action,
    /// Live configuration, if the resource exists.
    pub before: Option<Value>,
    /// Desired configuration, if the spec asks for the resource.
    pub after: Option<Value>,
    /// What changed since it was last applied, the spec or the live resource; none if there is nothing to do.
    pub drift_status: Option<DriftStatus>,
    /// Whether the resource holds data.
    pub holds_data: bool,
    /// Span in the spec that asks for the resource.
    #[serde(skip)]
    pub span: Option<Span>,
    /// Warning about the resource that no change would mend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Which resource the step takes over, in words, if it was found by its tags under no name of the stack's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes_over: Option<String>,
    /// What users lose for good by the step besides its data.
    #[serde(skip)]
    pub loses: Option<Loss>,
    /// Whether the resource is outside the targets and was not decided on.
    pub left_out: bool,
}

impl Step {
    /// Returns the step of a resource outside the targets.
    pub(super) fn leave_out(self) -> Self {
        Self {
            action: Action::Keep,
            before: None,
            after: None,
            warning: None,
            takes_over: None,
            loses: None,
            left_out: true,
            ..self
        }
    }

    /// Returns whether carrying out the step loses data.
    #[must_use]
    pub fn loses_data(&self) -> bool {
        self.holds_data && matches!(self.action, Action::Replace { .. } | Action::Delete { .. })
    }

    /// Returns what users lose for good by the step.
    #[must_use]
    pub fn loss(&self) -> Option<Loss> {
        if self.loses_data() { Some(Loss::Data) } else { self.loses.clone() }
    }

    /// Returns whether the live resource has drifted since it was last applied, or is missing and may have been there.
    #[must_use]
    pub fn may_have_drifted(&self) -> bool {
        let missing =
            matches!(self.action, Action::Create { .. }) && self.drift_status == Some(DriftStatus::Unknown);
        missing || self.drift_status.is_some_and(DriftStatus::is_drift)
    }
}

/// An orphan that stays although the spec does not ask for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeptOrphan {
    /// Kind of the resource.
    pub kind: &'static str,
    /// Name in AWS.
    pub id: String,
    /// Why the resource stays.
    pub why: KeepReason,
}

/// Reason why an orphan is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeepReason {
    /// The resource is shared by the whole account.
    Shared,
    /// The resource holds data, which may not be lost without the user's consent.
    HoldsData,
    /// AWS refuses to delete the resource until its deletion protection is lifted.
    DeletionProtected,
    /// Nothing but its tag shows that the resource is the stack's.
    TagAlone,
    /// The resource belongs to a CloudFormation stack as well.
    Contested,
}

/// Consent to losses that the user gave beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// Whether every resource that holds data may be removed or replaced.
    pub delete_data: bool,
    /// Addresses of single resources that may be removed or replaced.
    pub replace: BTreeSet<String>,
}

impl Consent {
    /// Returns whether the data of the resource at `address`, or whatever else users lose with it, may be lost.
    #[must_use]
    pub fn allows(&self, address: &str) -> bool {
        self.delete_data || self.names(address)
    }

    /// Returns whether the resource at `address` is named itself.
    pub(super) fn names(&self, address: &str) -> bool {
        self.replace.contains(address)
    }
}

/// Steps in an order in which they can be carried out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The steps: first the spec's, in dependency order, then the orphans to remove.
    pub steps: Vec<Step>,
    /// Orphans that stay.
    pub kept: Vec<KeptOrphan>,
    /// Refusals, each of which forbids applying the plan.
    pub refusals: Vec<Diagnostic>,
    /// Origins of other projects that the resources to change were last applied from.
    pub other_origins: BTreeSet<String>,
    /// Digest of all that the spec asks for, its inputs and its code packages included.
    pub spec: String,
    /// Values that the steps show as hidden.
    pub hidden: HiddenValues,
}

impl Plan {
    /// Returns whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.action == Action::Keep)
    }

    /// Returns the number of steps that do `verb`.
    #[must_use]
    pub fn count_steps(&self, verb: Verb) -> usize {
        self.steps.iter().filter(|step| step.action.verb() == Some(verb)).count()
    }

    /// Returns whether the step at `index` replaces its resource.
    pub(super) fn replaces_step(&self, index: usize) -> bool {
        self.steps.get(index).is_some_and(|step| matches!(step.action, Action::Replace { .. }))
    }

    /// Returns the addresses of the steps that users lose something by without their consent, and what they lose.
    #[must_use]
    pub fn unconsented_losses(&self, consent: &Consent) -> Vec<(&str, Loss)> {
        let lossy = self.steps.iter().filter(|step| !consent.allows(&step.address));
        lossy.filter_map(|step| Some((step.address.as_str(), step.loss()?))).collect()
    }

    /// Retains only the resources that have drifted since they were last applied, or may have, and those that stay as
    /// they are.
    pub fn retain_drift(&mut self) {
        self.steps.retain(|step| step.action == Action::Keep || step.may_have_drifted());
        self.kept.clear();
    }
}

/// Returns the refusal to touch the resource at `address`, with the remedy.
pub(super) fn refusal(
    address: &str,
    reason: impl Into<String>,
    remedy: impl Into<String>,
    span: Option<Span>,
) -> Diagnostic {
    Diagnostic::error(Category::Refusal, reason).with_hint(remedy).about(address, span)
}

/// Returns the refusal to remove or replace a resource that is blocked at the moment.
pub(super) fn blocked_refusal(address: &str, why: &str, span: Option<Span>) -> Diagnostic {
    let remedy = "lift what holds it, or wait until it is done, then run again; nothing has been removed";
    refusal(address, format!("it is to be removed but cannot go: {why}"), remedy, span)
}

/// Returns the refusal to remove or replace a resource that the spec protects, or did when it was last applied.
pub(super) fn protected_refusal(address: &str, what: &str, span: Option<Span>) -> Diagnostic {
    let remedy = "say `protect: false` in the spec and apply that first; nothing has been changed";
    refusal(address, format!("it is to be {what}, but `protect: true` forbids that"), remedy, span)
}

/// Decides the action on one resource of the spec.
pub(super) fn decide_action(fixed: &[&str], wanted: Value, standing: Option<&Value>) -> Action {
    let Some(standing) = standing else { return Action::Create { props: wanted } };
    let changes = diff(standing, &wanted);
    if changes.is_empty() {
        return Action::Keep;
    }
    let forced = changes.iter().filter(|change| fixed.iter().any(|at| change.pointer.is_within(at)));
    let forced_by: Vec<Pointer> = forced.map(|change| change.pointer.clone()).collect();
    if forced_by.is_empty() { Action::Update { changes } } else { Action::Replace { changes, forced_by } }
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
        let update = Action::Update { changes: vec![before, after] };
        let redacted = update.redacted(&Redactor::new(|_| false));
        let Action::Update { changes } = redacted else { panic!("{redacted:?}") };
        assert_eq!((&changes[0].before, &changes[0].after), (&Some(json!(REDACTED)), &Some(json!("on"))));
        assert_eq!(changes[1].after, Some(json!({ "a": [REDACTED] })));
    }
}
