//! Converts a plan of the engine to a plan document.
use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    ChangeOperation, ChangedLeaf, FORMAT, KeptResource, PlanDigests, PlanDocument, PlanOptions, PlanSummary,
    ReportedRefusal, ResourceChange, SourcePosition, VERSION, risk,
};
use crate::{
    diagnostic::{Diagnostic, SourceFile},
    digest::short_digest,
    engine::{self, Action, DriftStatus, KNOWN_AFTER_KEY, KeepReason, Plan, Step},
    iam::compare::{StatementChange, compare_policies},
    pointer::Pointer,
    time::timestamp,
};

/// The subject of a plan: everything besides its steps.
pub struct PlanSubject<'a> {
    /// Name of the stack.
    pub stack: &'a str,
    /// Account id.
    pub account: &'a str,
    /// AWS region.
    pub region: &'a str,
    /// The spec file.
    pub source: &'a SourceFile,
    /// The options that the plan was made with.
    pub choices: PlanOptions,
}

impl PlanDocument {
    /// Converts a plan to its document.
    #[must_use]
    pub fn of(plan: &Plan, about: PlanSubject<'_>) -> Self {
        let looked_at = plan.steps.iter().filter(|step| !step.left_out);
        let changes: Vec<_> = looked_at.map(|step| resource_change(step, about.source)).collect();
        let digests = PlanDigests {
            plan: digest_todo(&changes),
            spec: format!("sha256:{}", plan.spec),
            live: digest_live(&changes),
        };
        Self {
            format: FORMAT.to_owned(),
            format_version: VERSION.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            created: timestamp(SystemTime::now()),
            stack: about.stack.to_owned(),
            account: about.account.to_owned(),
            region: about.region.to_owned(),
            digests,
            choices: about.choices,
            summary: summarize_plan(plan),
            resource_changes: changes,
            kept: plan.kept.iter().map(KeptResource::of).collect(),
            refusals: plan.refusals.iter().map(ReportedRefusal::of).collect(),
            code: Vec::new(),
            hidden: None,
        }
    }
}

impl KeptResource {
    fn of(kept: &engine::KeptOrphan) -> Self {
        Self { kind: kept.kind.to_owned(), id: kept.id.clone(), why: why_kept(kept.why).to_owned() }
    }
}

impl ReportedRefusal {
    fn of(refusal: &Diagnostic) -> Self {
        Self {
            address: refusal.about.clone().unwrap_or_default(),
            reason: refusal.message.clone(),
            remedy: refusal.hint.clone().unwrap_or_default(),
        }
    }
}

/// Returns the digest of the changes that do something.
pub(super) fn digest_todo(changes: &[ResourceChange]) -> String {
    sha256_digest(&changes.iter().filter(|one| !one.is_idle()).collect::<Vec<_>>())
}

/// Returns the digest of what was live.
pub(super) fn digest_live(changes: &[ResourceChange]) -> String {
    sha256_digest(&changes.iter().map(|one| (&one.address, &one.before)).collect::<Vec<_>>())
}

fn sha256_digest(value: &impl Serialize) -> String {
    format!("sha256:{}", short_digest(serde_json::to_vec(value).unwrap_or_default(), 32))
}

fn summarize_plan(plan: &Plan) -> PlanSummary {
    let count = |is: &dyn Fn(&Step) -> bool| plan.steps.iter().filter(|step| is(step)).count();
    PlanSummary {
        create: count(&|step| matches!(step.action, Action::Create { .. })),
        update: count(&|step| matches!(step.action, Action::Update { .. })),
        replace: count(&|step| matches!(step.action, Action::Replace { .. })),
        delete: count(&|step| matches!(step.action, Action::Delete { .. })),
        unchanged: count(&|step| step.action == Action::Keep && !step.left_out),
        drift: count(&Step::may_have_drifted),
    }
}

/// Returns the policy statements that a step changes, with words in place of values that are known after apply.
fn changed_statements(step: &Step) -> Vec<StatementChange> {
    let changes = compare_policies(step.before.as_ref(), step.after.as_ref()).into_iter();
    let said = |one: StatementChange| StatementChange { after: one.after.as_ref().map(known_after), ..one };
    changes.map(said).collect()
}

fn resource_change(step: &Step, source: &SourceFile) -> ResourceChange {
    let statements = changed_statements(step);
    let (forced, changes) = match &step.action {
        Action::Replace { changes, forced_by } => (&forced_by[..], &changes[..]),
        Action::Update { changes } => (&[][..], &changes[..]),
        _ => (&[][..], &[][..]),
    };
    let (after, after_unknown) = step.after.as_ref().map_or((None, Value::Bool(false)), |doc| {
        let (known, unknown) = split_unknown(doc);
        (Some(known.unwrap_or(Value::Null)), unknown)
    });
    ResourceChange {
        address: step.address.clone(),
        kind: step.kind.to_owned(),
        id: step.id.clone(),
        actions: change_operations(&step.action),
        before: step.before.clone(),
        after,
        after_unknown,
        replace_paths: forced.iter().map(|pointer| pointer.keys().collect()).collect(),
        changes: changes.iter().map(changed_leaf).collect(),
        reasons: change_reasons(step, forced),
        risk: risk::step_risks(step, &statements),
        statements: if step.action == Action::Keep { Vec::new() } else { statements },
        origin: step.drift_status,
        holds_data: step.holds_data,
        place: step.span.map(|span| SourcePosition::of(source, span)),
        warning: step.warning.clone(),
    }
}

fn change_operations(action: &Action) -> Vec<ChangeOperation> {
    match action {
        Action::Keep => vec![ChangeOperation::NoOp],
        Action::Create { .. } => vec![ChangeOperation::Create],
        Action::Update { .. } => vec![ChangeOperation::Update],
        Action::Replace { .. } => vec![ChangeOperation::Delete, ChangeOperation::Create],
        Action::Delete { .. } => vec![ChangeOperation::Delete],
    }
}

fn changed_leaf(change: &engine::LeafChange) -> ChangedLeaf {
    let after = change.after.as_ref().map(split_unknown);
    let (known, unknown) = after.unwrap_or((None, Value::Bool(false)));
    ChangedLeaf {
        path: change.pointer.to_string(),
        before: change.before.clone(),
        after: known,
        unknown: unknown == Value::Bool(true),
    }
}

fn change_reasons(step: &Step, forced: &[Pointer]) -> Vec<String> {
    let origin = match (&step.action, step.drift_status) {
        (Action::Keep, _) => return Vec::new(),
        (Action::Create { .. }, Some(DriftStatus::Drifted)) => "it was there when the stack was last applied",
        (Action::Create { .. }, Some(DriftStatus::Unknown)) => {
            "the spec asks for it, and it may have been there when the stack was last applied"
        }
        (Action::Create { .. }, _) => "the spec asks for it",
        (Action::Delete { .. }, _) => "the spec does not ask for it any more",
        (_, Some(DriftStatus::SpecChanged)) => "the spec changed",
        (_, Some(DriftStatus::Drifted)) => "it changed in AWS since it was last applied",
        (_, Some(DriftStatus::Both)) => "the spec changed, and it changed in AWS since it was last applied",
        (_, Some(DriftStatus::Unknown) | None) => "it differs from the spec",
    };
    let forced = forced.iter().map(|path| format!("`{path}` cannot be changed in place"));
    let taken =
        step.takes_over.iter().map(|what| format!("{what} is taken over: the stack's tags are on it"));
    [origin.to_owned()].into_iter().chain(taken).chain(forced).collect()
}

/// Splits a document into its known part and the shape of what is known after apply.
fn split_unknown(doc: &Value) -> (Option<Value>, Value) {
    match doc {
        Value::Object(members) if members.contains_key(KNOWN_AFTER_KEY) => (None, Value::Bool(true)),
        Value::Object(members) => {
            let (mut known, mut unknown) = (Map::new(), Map::new());
            for (key, member) in members {
                let (value, shape) = split_unknown(member);
                if let Some(value) = value {
                    known.insert(key.clone(), value);
                }
                if has_unknown(&shape) {
                    unknown.insert(key.clone(), shape);
                }
            }
            (Some(Value::Object(known)), Value::Object(unknown))
        }
        Value::Array(items) => {
            let parts =
                items.iter().map(split_unknown).map(|(value, shape)| (value.unwrap_or(Value::Null), shape));
            let (known, unknown): (Vec<_>, Vec<_>) = parts.unzip();
            let any = unknown.iter().any(has_unknown);
            (Some(Value::Array(known)), if any { Value::Array(unknown) } else { Value::Bool(false) })
        }
        other => (Some(other.clone()), Value::Bool(false)),
    }
}

fn has_unknown(shape: &Value) -> bool {
    match shape {
        Value::Bool(unknown) => *unknown,
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// Describes why a resource stays although the spec does not declare it.
#[must_use]
pub fn why_kept(reason: KeepReason) -> &'static str {
    match reason {
        KeepReason::Shared => "it is shared by the whole account",
        KeepReason::HoldsData => {
            "it holds data; only `--delete-data` or `--allow-replace` with its address removes it"
        }
        KeepReason::DeletionProtected => {
            "its deletion protection is on; once that is lifted, `--delete-data` removes it; until then keep the key \
             that encrypts it"
        }
        KeepReason::TagAlone => {
            "it is known by its tag alone, which others may have set; only `--allow-replace` with its address removes it"
        }
        KeepReason::Contested => {
            "it carries this stack's tag, but belongs to a CloudFormation stack; it is never removed here"
        }
    }
}

/// Returns the value with the words "known after apply" in place of nested unknown values.
#[must_use]
pub fn known_after(value: &Value) -> Value {
    match value {
        Value::Object(members) if members.contains_key(KNOWN_AFTER_KEY) => "(known after apply)".into(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), known_after(value))).collect()
        }
        Value::Array(items) => items.iter().map(known_after).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_only_known_after_apply_is_left_out_and_marked() {
        let later = json!({ KNOWN_AFTER_KEY: "key.arn" });
        let doc =
            json!({ "a": 1, "key": later, "list": ["x", later], "deep": { "none": null, "key": later } });
        let (known, unknown) = split_unknown(&doc);
        assert_eq!(known.unwrap(), json!({ "a": 1, "list": ["x", null], "deep": { "none": null } }));
        let shape = json!({ "key": true, "list": [false, true], "deep": { "key": true } });
        assert_eq!(unknown, shape);
    }
}
