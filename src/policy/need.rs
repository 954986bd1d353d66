//! The rows of the table of operations: what a call takes, and when a run makes it.
use serde_json::Value;

use super::scope::Scope;
use crate::{
    aws::Operation,
    engine::{Action, Step, Verb},
};

/// What a permission is needed for; each has policies of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// Reading: `plan`, `outputs`, and the beginning of everything else.
    Plan,
    /// Changing, and removing what holds no data: `apply`, `push`, `destroy`.
    Apply,
    /// Keeping other runs out.
    Lease,
    /// Making the role with which API Gateway logs, once for the account and region.
    LoggingRole,
    /// Removing tables and the key: `--delete-data`.
    DeleteData,
    /// Looking at what runs: `doctor`, `logs`, `smoke`.
    Operate,
    /// Mending what somebody else did in ways that are hard to undo.
    Repair,
}

/// Actions on a scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    pub(super) purpose: Purpose,
    pub(super) actions: &'static [&'static str],
    pub(super) on: Scope,
}

pub(super) const fn need(purpose: Purpose, actions: &'static [&'static str], on: Scope) -> Need {
    Need { purpose, actions, on }
}

/// The permissions that a call of an operation takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallPermissions {
    /// The operation.
    pub(super) operation: Operation,
    /// What it takes.
    pub(super) needs: &'static [Need],
    /// The steps of a plan that call it.
    pub(super) when: &'static [When],
}

pub(super) const fn op(
    operation: Operation,
    needs: &'static [Need],
    when: &'static [When],
) -> CallPermissions {
    CallPermissions { operation, needs, when }
}

/// Steps of a plan.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// What makes one of this kind.
    Made(&'static str),
    /// What makes one with this member, or gives it to one.
    Set(&'static str, &'static str),
    /// What gives this member to one that stands, or another value of it.
    Given(&'static str, &'static str),
    /// What takes this member from one that stands.
    Taken(&'static str, &'static str),
    /// What changes this member of one that stands in any way.
    Changed(&'static str, &'static str),
    /// What removes one of this kind.
    Gone(&'static str),
    /// What removes one with this member.
    GoneWith(&'static str, &'static str),
}

impl When {
    /// Whether carrying `step` out is among them.
    pub(super) fn fits(self, step: &Step) -> bool {
        let verb = step.action.verb();
        let made = matches!(verb, Some(Verb::Create | Verb::Replace));
        let gone = matches!(verb, Some(Verb::Delete | Verb::Replace));
        let has =
            |doc: &Option<Value>, at: &str| doc.as_ref().and_then(|doc| doc.pointer(at)).is_some_and(says);
        match self {
            Self::Made(kind) => step.kind == kind && made,
            Self::Set(kind, at) => {
                step.kind == kind && made && has(&step.after, at) || Self::Given(kind, at).fits(step)
            }
            Self::Given(kind, at) => step.kind == kind && changed(step, at, |after| after.is_some_and(says)),
            Self::Taken(kind, at) => step.kind == kind && changed(step, at, |after| !after.is_some_and(says)),
            Self::Changed(kind, at) => step.kind == kind && changed(step, at, |_| true),
            Self::Gone(kind) => step.kind == kind && gone,
            Self::GoneWith(kind, at) => step.kind == kind && gone && has(&step.before, at),
        }
    }
}

/// Whether a member says anything: not null, false or empty.
fn says(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

/// Whether the step changes something at or below `at` of what stands, into what `into` takes.
fn changed(step: &Step, at: &str, into: impl Fn(Option<&Value>) -> bool) -> bool {
    let Action::Update { changes } = &step.action else { return false };
    changes.iter().any(|change| change.at.is_within(at) && into(change.after.as_ref()))
}
