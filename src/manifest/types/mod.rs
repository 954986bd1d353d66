//! The spec's types: what may stand in the YAML file, and nothing else.
//!
//! Every leaf remembers where it stood ([`Spanned`]); every map keeps the order of the file (`Map`). The JSON Schema
//! comes from these types, and the shape of a file is checked against that schema, so a limit written in an
//! attribute here is both what editors see and what is enforced.
mod access;
mod api;
mod function;
mod roles;
mod table;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{defaults, template::Template};
use crate::{
    diagnostic::Spanned,
    facts::LIMITS,
    iam::arn::{ACCOUNT_ID, ACCOUNT_ID_WORDS, REGION, REGION_WORDS},
    manifest::map::Map,
};
pub use access::{AccessTarget, Allow, ConnectionVerb, Connections, DataGrant, Grant, QueueGrant};
pub use api::{
    AccessLog, Api, Authorizer, FunctionAuthorizer, KeySelection, Logging, Route, RouteSettings, Stage,
    Throttle,
};
pub use function::{Access, Architecture, Caller, Code, Function, LogFormat, LogOnDelete, Tracing};
pub use roles::{GivenRole, Roles};
pub use table::{
    AttributeType, Billing, CapacityManager, Index, KeyAttribute, KeyAttributes, Projection, RequestCeiling,
    Table, TableClass, Units,
};

/// What an id (of a table, a function, an input or an output) may look like.
pub(super) const ID: &str = "^[A-Za-z][A-Za-z0-9_-]{0,63}$";
/// The same in words.
pub(super) const ID_WORDS: &str = "use up to 64 letters, digits, `_` and `-`, starting with a letter";

/// A whole spec file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Version of the language; always 1.
    #[schemars(extend("const" = 1))]
    pub version: Spanned<u32>,
    /// Name of the stack: default names, role path and ownership tags come from it.
    #[schemars(extend(
        "pattern" = "^[a-z][a-z0-9-]{1,39}$",
        "patternErrorMessage" = "use 2 to 40 lower-case letters, digits and `-`, starting with a letter",
        "examples" = ["omnitrack-copilot"]
    ))]
    pub stack: Spanned<String>,
    /// Region; otherwise the AWS configuration chain decides.
    #[schemars(extend(
        "pattern" = REGION,
        "patternErrorMessage" = REGION_WORDS,
        "examples" = ["us-east-1", "eu-central-1"]
    ))]
    pub region: Option<Spanned<String>>,
    /// The only account this spec may be applied to: 12 digits, quoted.
    #[schemars(extend(
        "pattern" = ACCOUNT_ID,
        "patternErrorMessage" = ACCOUNT_ID_WORDS,
        "examples" = ["123456789012"]
    ))]
    pub account: Option<Spanned<String>>,
    /// Whether one run at a time may change the stack, by a record in a table that all stacks of the account and
    /// region share; off for those who may not use that table.
    #[schemars(extend("default" = "on"))]
    pub lease: Option<Spanned<LeaseMode>>,
    /// Tags on everything that takes tags; at most 43, the rest is kept for ownership.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 43))]
    #[schemars(extend("examples" = [{"Project": "omnitrack"}]))]
    pub tags: Map<Spanned<String>>,
    /// Tags that others set: neither compared, changed nor removed. A key, or its beginning with a `*`.
    #[serde(default)]
    #[schemars(extend("items" = {
        "type": "string",
        "pattern": r"^[^*]{0,127}([^*]|\*)$",
        "patternErrorMessage": "write a key of a tag, or its beginning and a `*`, such as `org:*`"
    }))]
    #[schemars(extend("examples" = [["org:*"]]))]
    pub ignore_tags: Vec<Spanned<String>>,
    /// Values used but not owned; each has one source.
    #[serde(default)]
    #[schemars(extend("propertyNames" = {"pattern": ID, "patternErrorMessage": ID_WORDS}))]
    #[schemars(extend("examples" = [{"user_pool_id": {"value": "us-east-1_EXAMPLE"}}]))]
    pub inputs: Map<Input>,
    /// The customer-managed key; without one AWS's own keys encrypt.
    #[schemars(extend("examples" = [{"rotation": true}]))]
    pub key: Option<Spanned<Key>>,
    /// The IAM roles that are made.
    #[serde(default)]
    #[schemars(extend("examples" = [{"permissions_boundary": "arn:aws:iam::123456789012:policy/developers"}]))]
    pub roles: Roles,
    /// DynamoDB tables by id.
    #[serde(default)]
    #[schemars(extend("propertyNames" = {"pattern": ID, "patternErrorMessage": ID_WORDS}))]
    #[schemars(extend("examples" = [{"connections": {"partition_key": {"name": "connectionId", "type": "S"}}}]))]
    pub tables: Map<Table>,
    /// Merged under every function: a function's own value wins.
    #[serde(default)]
    #[schemars(extend("examples" = [{"memory": 256, "timeout": 29}]))]
    pub function_defaults: Function,
    /// Lambda functions by id, as written: see [`Function::merged_over`].
    #[serde(default)]
    #[schemars(extend("propertyNames" = {"pattern": ID, "patternErrorMessage": ID_WORDS}))]
    #[schemars(extend("examples" = [{"message": {"handler": "websocket-handler.messageHandler"}}]))]
    pub functions: Map<Function>,
    /// The WebSocket API.
    #[schemars(extend("examples" = [{"routes": {"$default": "message"}}]))]
    pub api: Option<Spanned<Api>>,
    /// Findings of the checks that are known and accepted.
    #[serde(default)]
    #[schemars(extend("examples" = [[{"rule": "open-connect", "reason": "the handler checks the token", "until": "2027-06-30"}]]))]
    pub suppress: Vec<Suppression>,
    /// Outputs by name.
    #[serde(default)]
    #[schemars(extend("propertyNames" = {"pattern": ID, "patternErrorMessage": ID_WORDS}))]
    #[schemars(extend("examples" = [{"Url": "${api.url}"}]))]
    pub outputs: Map<Spanned<Template>>,
}

/// Whether runs take a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Lease")]
pub enum LeaseMode {
    /// An apply or destroy that changes something runs alone.
    On,
    /// Nothing keeps two of them apart.
    Off,
}

/// Where an input's value comes from: exactly one source.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A literal.
    #[schemars(extend("examples" = ["us-east-1_EXAMPLE"]))]
    pub value: Option<Spanned<String>>,
    /// An environment variable.
    #[schemars(extend(
        "pattern" = "^[A-Za-z_][A-Za-z0-9_]*$",
        "patternErrorMessage" = "use letters, digits and `_`, not starting with a digit"
    ))]
    #[schemars(extend("examples" = ["COPILOT_USER_POOL_ID"]))]
    pub env: Option<Spanned<String>>,
    /// What stands in for an unset environment variable.
    #[schemars(extend("examples" = ["example-client"]))]
    pub default: Option<Spanned<String>>,
    /// A file that holds the value, relative to the spec; line breaks at its end do not belong to it.
    #[schemars(extend("minLength" = 1, "examples" = ["build/version.txt"]))]
    pub file: Option<Spanned<String>>,
    /// An output of a CloudFormation stack.
    #[schemars(extend("examples" = [{"stack": "InfrastructureStack", "output": "MainTableName"}]))]
    pub cloudformation: Option<StackOutput>,
    /// A CloudFormation export.
    #[schemars(extend("minLength" = 1, "maxLength" = 255))]
    #[schemars(extend("examples" = ["OmnitrackSecretsArn"]))]
    pub export: Option<Spanned<String>>,
}

/// A finding that is known and accepted, for a time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// Id of the rule; `copilot-infra validate --rules` lists them.
    #[schemars(extend("minLength" = 1, "examples" = ["open-connect"]))]
    pub rule: Spanned<String>,
    /// Path in this spec it is limited to, such as `functions.message`; without one the rule is suppressed everywhere.
    #[schemars(extend("minLength" = 1, "examples" = ["functions.message", "api.routes.$connect"]))]
    pub resource: Option<Spanned<String>>,
    /// Why it is accepted.
    #[schemars(extend(
        "minLength" = 8,
        "pattern" = r"\S[\s\S]{6,}\S",
        "patternErrorMessage" = "say why it is accepted, in 8 characters or more",
        "examples" = ["the handler checks the caller's token itself"]
    ))]
    pub reason: Spanned<String>,
    /// Last day it holds, as `YYYY-MM-DD`; quoted or not.
    #[schemars(extend(
        "pattern" = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        "patternErrorMessage" = "write the day as `2027-06-30`",
        "format" = "date",
        "examples" = ["2027-06-30"]
    ))]
    pub until: Spanned<String>,
}

/// An output of a CloudFormation stack.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StackOutput {
    /// Name of the stack.
    #[schemars(extend("minLength" = 1, "maxLength" = 128))]
    #[schemars(extend("examples" = ["InfrastructureStack"]))]
    pub stack: Spanned<String>,
    /// Name of the output.
    #[schemars(extend("minLength" = 1, "maxLength" = 255))]
    #[schemars(extend("examples" = ["MainTableName"]))]
    pub output: Spanned<String>,
}

/// The key that encrypts the stack: `arn` for one that exists, the rest for one of the stack's own.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// A key that exists and is not touched.
    #[schemars(extend("examples" = ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]))]
    pub arn: Option<Spanned<Template>>,
    /// Alias without `alias/`; default: the stack's name.
    #[schemars(extend(
        "pattern" = "^[a-zA-Z0-9:/_-]{1,250}$",
        "patternErrorMessage" = "use up to 250 letters, digits and `:/_-`"
    ))]
    #[schemars(extend("examples" = ["omnitrack-copilot"]))]
    pub alias: Option<Spanned<String>>,
    /// Whether the key material is rotated.
    #[schemars(extend("default" = true))]
    pub rotation: Option<Spanned<bool>>,
    /// Days between two rotations.
    #[schemars(extend("minimum" = 90, "maximum" = 2560, "default" = 365))]
    pub rotation_days: Option<Spanned<u32>>,
    /// More statements of the key's policy, for others who need the key, taken literally: `${…}` in them is a policy
    /// variable of IAM.
    #[serde(default)]
    #[schemars(extend("items" = {
        "type": "object",
        "required": ["Effect"],
        "properties": {"Effect": {"description": "Whether it allows or denies.", "enum": ["Allow", "Deny"]}}
    }))]
    #[schemars(extend("examples" = [[{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/backup"}, "Action": "kms:Decrypt", "Resource": "*"}]]))]
    pub policy_statements: Vec<Spanned<serde_json::Value>>,
    /// Days between scheduling the deletion and the end.
    #[schemars(extend("minimum" = *LIMITS.key_deletion_window_min, "maximum" = *LIMITS.key_deletion_window_max, "default" = defaults::DELETION_WINDOW_DAYS))]
    pub deletion_window_days: Option<Spanned<u32>>,
    /// Whether it may neither be removed nor replaced, even after it has left this file; default false.
    #[schemars(extend("default" = false))]
    pub protect: Option<Spanned<bool>>,
}
