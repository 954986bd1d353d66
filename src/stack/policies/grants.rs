//! What a function is granted, as the spec says it.
use serde_json::Value;

use crate::{engine::MaybeKnown, manifest::types::Grant};

/// Everything that a function is granted.
#[derive(Clone, Debug)]
pub struct FunctionGrants {
    /// ARN of the function, without a version.
    pub function_arn: String,
    /// ARN of its log group, without `:*`.
    pub log_group_arn: String,
    /// Whether it sends traces.
    pub tracing: bool,
    /// Tables.
    pub tables: Vec<TableGrant>,
    /// ARN of the key that encrypts the tables and the environment.
    pub key: Option<MaybeKnown<String>>,
    /// Bedrock models: model ids, inference-profile ids or ARNs.
    pub models: Vec<MaybeKnown<String>>,
    /// Region that its calls to Bedrock go to, if not the stack's own.
    pub model_region: Option<String>,
    /// The API whose connections it may post to.
    pub connections: Option<ConnectionsGrant>,
    /// ARNs of secrets it may read.
    pub secrets: Vec<MaybeKnown<String>>,
    /// Raw statements.
    pub statements: Vec<Value>,
}

/// A table and what may be done with it.
#[derive(Clone, Debug)]
pub struct TableGrant {
    /// What it is called in the statement's name: its id in the spec, its name or its ARN.
    pub label: String,
    /// Name or ARN.
    pub table: MaybeKnown<String>,
    /// Its indexes.
    pub indexes: IndexGrant,
    /// What may be done.
    pub grant: Grant,
}

/// Which indexes of a table may be read.
#[derive(Clone, Debug)]
pub enum IndexGrant {
    /// Those of these names.
    Named(Vec<String>),
    /// Whatever it has: the table is not of this stack, so its indexes are not known.
    Any,
}

/// The stage whose connections may be posted to.
#[derive(Clone, Debug)]
pub struct ConnectionsGrant {
    /// Id of the API.
    pub api: MaybeKnown<String>,
    /// Name of the stage.
    pub stage: String,
}
