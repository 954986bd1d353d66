//! The grants of a function, as the spec declares them.
use serde_json::Value;

use crate::{
    engine::MaybeKnown,
    manifest::types::{AccessTarget, ConnectionVerb, Grant},
};

/// All grants of a function.
#[derive(Clone, Debug)]
pub struct FunctionGrants {
    /// ARN of the function, without a version.
    pub function_arn: String,
    /// ARN of its log group, without `:*`.
    pub log_group_arn: String,
    /// Whether it sends traces.
    pub tracing: bool,
    /// Tables that it may read or write.
    pub tables: Vec<TableGrant>,
    /// ARN of the key that encrypts the tables and the environment.
    pub key: Option<MaybeKnown<String>>,
    /// Bedrock models: model ids, inference-profile ids or ARNs.
    pub models: Vec<MaybeKnown<String>>,
    /// Whether its calls may make a model's agreement on AWS Marketplace.
    pub models_subscribe: bool,
    /// Region that its calls to Bedrock go to, if not the stack's own.
    pub model_region: Option<String>,
    /// The API whose connections it may work with.
    pub connections: Option<ConnectionsGrant>,
    /// ARNs of secrets that it may read.
    pub secrets: Vec<MaybeKnown<String>>,
    /// ARNs of keys that encrypt the secrets and the tables of others.
    pub keys: Vec<MaybeKnown<String>>,
    /// What else is named by name or ARN.
    pub targets: Vec<TargetGrant>,
    /// Statements of the spec that allow.
    pub allow: Vec<AllowGrant>,
    /// Raw statements of the spec.
    pub statements: Vec<Value>,
}

/// Something that may be used, by name or ARN.
#[derive(Clone, Debug)]
pub struct TargetGrant {
    /// Its kind, and what may be done with it.
    pub target: AccessTarget,
    /// Its name or ARN.
    pub name: MaybeKnown<String>,
}

/// A statement of the spec that allows.
#[derive(Clone, Debug)]
pub struct AllowGrant {
    /// Its actions.
    pub actions: Vec<String>,
    /// The ARNs it allows them on.
    pub resources: Vec<MaybeKnown<String>>,
    /// Its condition, if there is one.
    pub condition: Option<Value>,
    /// Why it is needed.
    pub why: String,
}

/// A table and the operations that are granted on it.
#[derive(Clone, Debug)]
pub struct TableGrant {
    /// Label of the table in the statement's name: its id in the spec, its name or its ARN.
    pub label: String,
    /// Name or ARN of the table.
    pub table: MaybeKnown<String>,
    /// Indexes that may be read.
    pub indexes: IndexGrant,
    /// The operations that are granted.
    pub grant: Grant,
}

/// Which indexes of a table may be read.
#[derive(Clone, Debug)]
pub enum IndexGrant {
    /// The indexes of these names.
    Named(Vec<String>),
    /// All indexes: the table does not belong to this stack, so its indexes are not known.
    Any,
}

/// The stage whose connections a function may work with.
#[derive(Clone, Debug)]
pub struct ConnectionsGrant {
    /// Id of the API.
    pub api: MaybeKnown<String>,
    /// Name of the stage.
    pub stage: String,
    /// What it may do with them.
    pub verbs: Vec<ConnectionVerb>,
}
