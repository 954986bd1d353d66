//! A plan as a document: what is printed as JSON, drawn as Markdown, saved and compared.
//!
//! It is close to the plan that Terraform prints (`resource_changes`), so that policies written for one are
//! soon written for the other. No secret is in it: hidden values are hidden before a step is made.
pub mod cost;
mod from_plan;
mod hidden_digest;
pub mod risk;

pub use from_plan::{PlanSubject, known_after, why_kept};
pub use hidden_digest::HiddenDigest;

pub use crate::diagnostic::render::json::SourcePosition;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    engine::{DriftStatus, Verb},
    iam::compare::StatementChange,
};

/// Version of the format: the first number changes when a reader must change too.
pub const VERSION: &str = "1.0";
/// What the document is.
pub const FORMAT: &str = "copilot-infra/plan";

/// A plan of `copilot-infra`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Document")]
pub struct PlanDocument {
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
    pub digests: PlanDigests,
    /// What it was asked to do.
    pub choices: PlanOptions,
    /// How many resources meet which end.
    pub summary: PlanSummary,
    /// Every resource that was looked at, in the order in which they are carried out.
    pub resource_changes: Vec<ResourceChange>,
    /// What the stack owns and the spec does not ask for, and yet stays.
    pub kept: Vec<KeptResource>,
    /// Why nothing of it may be carried out; empty if it may.
    pub refusals: Vec<ReportedRefusal>,
    /// The code of the functions as it was planned; in a saved plan only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code: Vec<CarriedCode>,
    /// A digest of the values that are shown as hidden; in a saved plan only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<HiddenDigest>,
}

/// Code that a saved plan carries, so that what was planned is what is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Code")]
pub struct CarriedCode {
    /// Ids of the functions that run it.
    pub functions: Vec<String>,
    /// SHA-256 of its contents, in base64.
    pub contents_sha256: String,
    /// SHA-256 of its archive, in base64.
    pub archive_sha256: String,
    /// The archive in base64; null if it is not to be sent, or if all that is to be sent is too large for the file.
    pub zip: Option<String>,
}

/// Digests of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Digests")]
pub struct PlanDigests {
    /// Of all that it would do.
    pub plan: String,
    /// Of the spec with its inputs resolved and its code packed.
    pub spec: String,
    /// Of what was live when it was made.
    pub live: String,
}

/// What a plan was asked to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Choices")]
pub struct PlanOptions {
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
#[schemars(rename = "Summary")]
pub struct PlanSummary {
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
#[schemars(rename = "Operation")]
pub enum ChangeOperation {
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
    pub actions: Vec<ChangeOperation>,
    /// What stands; null if nothing does.
    pub before: Option<Value>,
    /// What is wanted, without what is only known after apply; null if nothing is.
    pub after: Option<Value>,
    /// The shape of `after` with `true` wherever a value is only known after apply.
    pub after_unknown: Value,
    /// Paths whose difference forces a replacement.
    pub replace_paths: Vec<Vec<String>>,
    /// Every leaf that differs.
    pub changes: Vec<ChangedLeaf>,
    /// Statements of policies that come or go.
    pub statements: Vec<StatementChange>,
    /// Why it is done, in words.
    pub reasons: Vec<String>,
    /// What may go wrong for those who use it.
    pub risk: Vec<risk::RiskNote>,
    /// Who moved since it was last applied; null if there is nothing to do.
    pub origin: Option<DriftStatus>,
    /// Whether it holds data.
    pub holds_data: bool,
    /// Where the spec asks for it.
    pub place: Option<SourcePosition>,
    /// What a reader should know and no change would mend.
    pub warning: Option<String>,
}

/// One leaf that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Leaf")]
pub struct ChangedLeaf {
    /// JSON pointer.
    pub path: String,
    /// What stands; null if nothing does.
    pub before: Option<Value>,
    /// What is wanted; null if nothing is, or if it is only known after apply.
    pub after: Option<Value>,
    /// Whether `after` is only known after apply.
    pub unknown: bool,
}

/// What stays although the spec does not ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Kept")]
pub struct KeptResource {
    /// Kind.
    pub kind: String,
    /// Name in AWS.
    pub id: String,
    /// Why it stays.
    pub why: String,
}

/// Why nothing of a plan may be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Refusal")]
pub struct ReportedRefusal {
    /// Address of the resource.
    pub address: String,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl PlanDocument {
    /// Returns the digests of what it would do and of what was live, made from its changes.
    #[must_use]
    pub fn digests_of_its_changes(&self) -> [String; 2] {
        [from_plan::digest_todo(&self.resource_changes), from_plan::digest_live(&self.resource_changes)]
    }

    /// The resources to which something is done.
    pub fn pending_changes(&self) -> impl Iterator<Item = &ResourceChange> {
        self.resource_changes.iter().filter(|one| !one.is_idle())
    }
}

impl ResourceChange {
    /// Whether nothing is done to it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.actions == [ChangeOperation::NoOp]
    }

    /// Returns what is done to it, if anything.
    #[must_use]
    pub fn verb(&self) -> Option<Verb> {
        match self.actions[..] {
            [ChangeOperation::Create] => Some(Verb::Create),
            [ChangeOperation::Update] => Some(Verb::Update),
            [ChangeOperation::Delete] => Some(Verb::Delete),
            [ChangeOperation::Delete, ChangeOperation::Create] => Some(Verb::Replace),
            _ => None,
        }
    }
}
