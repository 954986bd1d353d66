//! A plan as a document: what is printed as JSON, drawn as Markdown, saved and compared.
//!
//! It is close to the plan that Terraform prints (`resource_changes`), so that policies written for one are
//! soon written for the other. No secret is in it: hidden values are hidden before a step is made.
use super::{iam, risk};
use crate::{
    digest::short,
    engine::{self, AFTER, Action, Origin, Plan, Step},
    spec::Source,
    view::diagnostics::position,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Version of the format: the first number changes when a reader must change too.
pub const VERSION: &str = "1.0";
/// What the document is.
pub const FORMAT: &str = "copilot-infra/plan";

/// A plan of `copilot-infra`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// Always `copilot-infra/plan`.
    pub format: String,
    /// Version of this format, such as `1.0`; readers refuse another first number.
    pub format_version: String,
    /// Version of the tool that made it.
    pub tool_version: String,
    /// When it was made, in UTC after RFC 3339.
    pub created: String,
    /// Name of the stack.
    pub stack: String,
    /// Account it is for.
    pub account: String,
    /// Region it is for.
    pub region: String,
    /// Digests (SHA-256) of what it was made from and of what it would do.
    pub digests: Digests,
    /// What it was asked to do.
    pub choices: Choices,
    /// How many resources meet which end.
    pub summary: Summary,
    /// Every resource that was looked at, in the order in which they are carried out.
    pub resource_changes: Vec<ResourceChange>,
    /// What the stack owns and the spec does not ask for, and yet stays.
    pub kept: Vec<Kept>,
    /// Why nothing of it may be carried out; empty if it may.
    pub refusals: Vec<Refusal>,
}

/// Digests of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Digests {
    /// Of all that it would do.
    pub plan: String,
    /// Of the spec with its inputs resolved and its code packed.
    pub spec: String,
    /// Of what was live when it was made.
    pub live: String,
}

/// What a plan was asked to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Choices {
    /// `--delete-data`.
    pub delete_data: bool,
    /// `--allow-replace`, every time.
    pub allow_replace: Vec<String>,
    /// `--target`, every time; empty for the whole stack.
    pub targets: Vec<String>,
    /// `--drift-only`.
    pub drift_only: bool,
}

/// How many resources meet which end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// To create.
    pub create: usize,
    /// To update in place.
    pub update: usize,
    /// To remove and make anew.
    pub replace: usize,
    /// To delete.
    pub delete: usize,
    /// That stay as they are.
    pub unchanged: usize,
    /// That moved in AWS since they were last applied.
    pub drift: usize,
}

/// What is done to a resource; a replacement is a deletion and a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Nothing.
    NoOp,
    /// Made.
    Create,
    /// Changed in place.
    Update,
    /// Removed.
    Delete,
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceChange {
    /// Where it stands in the spec, such as `tables.conversations`; for what left the spec, kind and name.
    pub address: String,
    /// Kind, such as `dynamodb/table`.
    pub kind: String,
    /// Name in AWS.
    pub id: String,
    /// What is done, in order.
    pub actions: Vec<Operation>,
    /// What stands; null if nothing does.
    pub before: Option<Value>,
    /// What is wanted, without what is only known after apply; null if nothing is.
    pub after: Option<Value>,
    /// The shape of `after` with `true` wherever a value is only known after apply.
    pub after_unknown: Value,
    /// Paths whose difference forces a replacement.
    pub replace_paths: Vec<Vec<String>>,
    /// Every leaf that differs.
    pub changes: Vec<Leaf>,
    /// Statements of policies that come or go.
    pub statements: Vec<iam::Statement>,
    /// Why it is done, in words.
    pub reasons: Vec<String>,
    /// What may go wrong for those who use it.
    pub risk: Vec<risk::Note>,
    /// Who moved since it was last applied; null if there is nothing to do.
    pub origin: Option<Origin>,
    /// Whether it holds data.
    pub holds_data: bool,
    /// Where the spec asks for it.
    pub place: Option<Position>,
    /// What a reader should know and no change would mend.
    pub warning: Option<String>,
}

/// One leaf that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Leaf {
    /// JSON pointer.
    pub path: String,
    /// What stands; null if nothing does.
    pub before: Option<Value>,
    /// What is wanted; null if nothing is, or if it is only known after apply.
    pub after: Option<Value>,
    /// Whether `after` is only known after apply.
    pub unknown: bool,
}

/// A place in the spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// File as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// What stays although the spec does not ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kept {
    /// Kind.
    pub kind: String,
    /// Name in AWS.
    pub id: String,
    /// Why it stays.
    pub why: String,
}

/// Why nothing of a plan may be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// Address of the resource.
    pub address: String,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// What a plan is about, besides its steps.
pub struct About<'a> {
    /// Name of the stack.
    pub stack: &'a str,
    /// Account.
    pub account: &'a str,
    /// Region.
    pub region: &'a str,
    /// The spec.
    pub source: &'a Source,
    /// What was asked for.
    pub choices: Choices,
}

impl Document {
    /// Writes a plan up.
    #[must_use]
    pub fn of(plan: &Plan, about: About<'_>) -> Self {
        let looked_at = plan.steps.iter().filter(|step| !step.left_out);
        let changes: Vec<_> = looked_at.map(|step| change(step, about.source)).collect();
        let live = changes.iter().map(|one| (&one.address, &one.before)).collect::<Vec<_>>();
        let todo = changes.iter().filter(|one| !one.is_idle()).collect::<Vec<_>>();
        let digests =
            Digests { plan: digest(&todo), spec: format!("sha256:{}", plan.spec), live: digest(&live) };
        Self {
            format: FORMAT.to_owned(),
            format_version: VERSION.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            created: now(),
            stack: about.stack.to_owned(),
            account: about.account.to_owned(),
            region: about.region.to_owned(),
            digests,
            choices: about.choices,
            summary: summary(plan),
            resource_changes: changes,
            kept: plan.kept.iter().map(Kept::of).collect(),
            refusals: plan.refusals.iter().map(Refusal::of).collect(),
        }
    }

    /// The resources to which something is done.
    pub fn todo(&self) -> impl Iterator<Item = &ResourceChange> {
        self.resource_changes.iter().filter(|one| !one.is_idle())
    }
}

impl ResourceChange {
    /// Whether nothing is done to it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.actions == [Operation::NoOp]
    }

    /// What is done, in one word.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self.actions[..] {
            [Operation::Create] => "create",
            [Operation::Update] => "update",
            [Operation::Delete] => "delete",
            [Operation::Delete, Operation::Create] => "replace",
            _ => "keep",
        }
    }
}

impl Kept {
    fn of(kept: &engine::Kept) -> Self {
        Self { kind: kept.kind.to_owned(), id: kept.id.clone(), why: kept.why.to_owned() }
    }
}

impl Refusal {
    fn of(refusal: &engine::Refusal) -> Self {
        let engine::Refusal { address, reason, remedy, .. } = refusal.clone();
        Self { address, reason, remedy }
    }
}

/// This moment in UTC after RFC 3339, to the second.
#[must_use]
pub fn now() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = i64::try_from(seconds.map_or(0, |since| since.as_secs())).unwrap_or_default();
    let time = aws_smithy_types::DateTime::from_secs(seconds);
    time.fmt(aws_smithy_types::date_time::Format::DateTime).unwrap_or_default()
}

fn digest(value: &impl Serialize) -> String {
    format!("sha256:{}", short(serde_json::to_vec(value).unwrap_or_default(), 32))
}

fn summary(plan: &Plan) -> Summary {
    let count = |is: &dyn Fn(&Step) -> bool| plan.steps.iter().filter(|step| is(step)).count();
    Summary {
        create: count(&|step| matches!(step.action, Action::Create { .. })),
        update: count(&|step| matches!(step.action, Action::Update { .. })),
        replace: count(&|step| matches!(step.action, Action::Replace { .. })),
        delete: count(&|step| matches!(step.action, Action::Delete { .. })),
        unchanged: count(&|step| step.action == Action::Keep && !step.left_out),
        drift: count(&|step| step.origin.is_some_and(Origin::is_drift)),
    }
}

fn change(step: &Step, source: &Source) -> ResourceChange {
    let statements = iam::changes(step.before.as_ref(), step.after.as_ref());
    let (forced, changes) = match &step.action {
        Action::Replace { changes, forced_by } => (&forced_by[..], &changes[..]),
        Action::Update { changes } => (&[][..], &changes[..]),
        _ => (&[][..], &[][..]),
    };
    let (after, after_unknown) = step.after.as_ref().map_or((None, Value::Bool(false)), |doc| {
        let (known, unknown) = part(doc);
        (Some(known.unwrap_or(Value::Null)), unknown)
    });
    ResourceChange {
        address: step.address.clone(),
        kind: step.kind.to_owned(),
        id: step.id.clone(),
        actions: operations(&step.action),
        before: step.before.clone(),
        after,
        after_unknown,
        replace_paths: forced.iter().map(|path| segments(path)).collect(),
        changes: changes.iter().map(leaf).collect(),
        reasons: reasons(step, forced),
        risk: risk::of(step, &statements),
        statements: if step.action == Action::Keep { Vec::new() } else { statements },
        origin: step.origin,
        holds_data: step.holds_data,
        place: step.place.map(|place| {
            let (line, column) = position(source, place);
            Position { file: source.name.clone(), line, column }
        }),
        warning: step.warning.clone(),
    }
}

fn operations(action: &Action) -> Vec<Operation> {
    match action {
        Action::Keep => vec![Operation::NoOp],
        Action::Create { .. } => vec![Operation::Create],
        Action::Update { .. } => vec![Operation::Update],
        Action::Replace { .. } => vec![Operation::Delete, Operation::Create],
        Action::Delete { .. } => vec![Operation::Delete],
    }
}

fn leaf(change: &engine::Change) -> Leaf {
    let after = change.after.as_ref().map(part);
    let (known, unknown) = after.unwrap_or((None, Value::Bool(false)));
    Leaf {
        path: change.at.clone(),
        before: change.before.clone(),
        after: known,
        unknown: unknown == Value::Bool(true),
    }
}

fn reasons(step: &Step, forced: &[String]) -> Vec<String> {
    let origin = match (&step.action, step.origin) {
        (Action::Keep, _) => return Vec::new(),
        (Action::Create { .. }, Some(Origin::Drift)) => "it was there when the stack was last applied",
        (Action::Create { .. }, _) => "the spec asks for it",
        (Action::Delete { .. }, _) => "the spec does not ask for it any more",
        (_, Some(Origin::Change)) => "the spec changed",
        (_, Some(Origin::Drift)) => "it changed in AWS since it was last applied",
        (_, Some(Origin::Both)) => "the spec changed, and it changed in AWS since it was last applied",
        (_, Some(Origin::Unknown) | None) => "it differs from the spec",
    };
    let forced = forced.iter().map(|path| format!("`{path}` cannot be changed in place"));
    [origin.to_owned()].into_iter().chain(forced).collect()
}

/// The parts of a JSON pointer.
fn segments(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|one| one.replace("~1", "/").replace("~0", "~")).collect()
}

/// What is known of a document, and the shape of what is not.
fn part(doc: &Value) -> (Option<Value>, Value) {
    match doc {
        Value::Object(members) if members.contains_key(AFTER) => (None, Value::Bool(true)),
        Value::Object(members) => {
            let (mut known, mut unknown) = (Map::new(), Map::new());
            for (key, member) in members {
                let (value, shape) = part(member);
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
            let parts = items.iter().map(part).map(|(value, shape)| (value.unwrap_or(Value::Null), shape));
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_only_known_after_apply_is_left_out_and_marked() {
        let later = json!({ AFTER: "key.arn" });
        let doc =
            json!({ "a": 1, "key": later, "list": ["x", later], "deep": { "none": null, "key": later } });
        let (known, unknown) = part(&doc);
        assert_eq!(known.unwrap(), json!({ "a": 1, "list": ["x", null], "deep": { "none": null } }));
        let shape = json!({ "key": true, "list": [false, true], "deep": { "key": true } });
        assert_eq!(unknown, shape);
    }

    #[test]
    fn pointers_become_paths() {
        assert_eq!(segments("/tags/copilot~1x~0"), ["tags", "copilot/x~"]);
    }

    #[test]
    fn the_time_is_written_as_pipelines_read_it() {
        let now = now();
        assert!(now.len() == 20 && now.ends_with('Z') && now.as_bytes()[10] == b'T', "{now}");
    }
}
