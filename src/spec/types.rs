//! The spec's types: what may stand in the YAML file, and nothing else.
//!
//! Every leaf remembers where it stood ([`At`]); every map keeps the order of the file ([`Map`]).
use super::{
    at::{At, Map},
    template::Template,
};

/// A whole spec file.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Version of the language; always 1.
    pub version: At<u32>,
    /// Name of the stack: default names, role path and ownership tags come from it.
    pub stack: At<String>,
    /// Region; otherwise the AWS configuration chain decides.
    pub region: Option<At<String>>,
    /// The only account this spec may be applied to.
    pub account: Option<At<String>>,
    /// Tags on everything that takes tags.
    pub tags: Map<At<String>>,
    /// Values used but not owned.
    pub inputs: Map<Input>,
    /// The customer-managed key.
    pub key: Option<At<Key>>,
    /// Tables by id.
    pub tables: Map<Table>,
    /// Merged under every function.
    pub function_defaults: Function,
    /// Functions by id, as written: see [`Function::over`].
    pub functions: Map<Function>,
    /// The WebSocket API.
    pub api: Option<At<Api>>,
    /// Outputs by name.
    pub outputs: Map<At<Template>>,
}

/// Where an input's value comes from: exactly one source.
#[derive(Clone, Debug)]
pub struct Input {
    /// A literal.
    pub value: Option<At<String>>,
    /// An environment variable.
    pub env: Option<At<String>>,
    /// What stands in for an unset environment variable.
    pub default: Option<At<String>>,
    /// An output of a CloudFormation stack.
    pub cloudformation: Option<StackOutput>,
    /// A CloudFormation export.
    pub export: Option<At<String>>,
}

/// An output of a CloudFormation stack.
#[derive(Clone, Debug)]
pub struct StackOutput {
    /// Name of the stack.
    pub stack: At<String>,
    /// Name of the output.
    pub output: At<String>,
}

/// The key that encrypts the stack: `arn` for one that exists, the rest for one of the stack's own.
#[derive(Clone, Debug, Default)]
pub struct Key {
    /// A key that exists and is not touched.
    pub arn: Option<At<Template>>,
    /// Alias without `alias/`; default: the stack's name.
    pub alias: Option<At<String>>,
    /// Whether the key material is rotated; default true.
    pub rotation: Option<At<bool>>,
    /// Days between scheduling the deletion and the end, 7 to 30; default 30.
    pub deletion_window_days: Option<At<u32>>,
}

/// A DynamoDB table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name; default `<stack>-<id>`.
    pub name: Option<At<String>>,
    /// Partition key.
    pub partition_key: At<KeyAttribute>,
    /// Sort key.
    pub sort_key: Option<At<KeyAttribute>>,
    /// Billing; default on demand.
    pub billing: Option<At<Billing>>,
    /// Point-in-time recovery; default true.
    pub point_in_time_recovery: Option<At<bool>>,
    /// Deletion protection; default true.
    pub deletion_protection: Option<At<bool>>,
    /// Attribute that holds the expiry in epoch seconds.
    pub ttl: Option<At<String>>,
    /// Global secondary indexes by name.
    pub indexes: Map<Index>,
}

/// A key attribute of a table or index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttribute {
    /// Name.
    pub name: At<String>,
    /// Type.
    pub kind: AttributeType,
}

/// Type of a key attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    /// String.
    S,
    /// Number.
    N,
    /// Binary.
    B,
}

/// How a table is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// Per request.
    OnDemand,
    /// Provisioned capacity, for the table and each of its indexes.
    Provisioned {
        /// Read capacity units, at least 1.
        read: u32,
        /// Write capacity units, at least 1.
        write: u32,
    },
}

/// A global secondary index.
#[derive(Clone, Debug)]
pub struct Index {
    /// Partition key.
    pub partition_key: At<KeyAttribute>,
    /// Sort key.
    pub sort_key: Option<At<KeyAttribute>>,
    /// Attributes copied into it; default all.
    pub projection: Option<At<Projection>>,
}

/// What an index holds besides its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    /// Everything.
    All,
    /// Keys only.
    KeysOnly,
    /// These attributes.
    Include(Vec<String>),
}

/// A Lambda function as written; every field may come from the defaults instead.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// Name; default `<stack>-<id>`. Not allowed in `function_defaults`.
    pub name: Option<At<String>>,
    /// Description.
    pub description: Option<At<String>>,
    /// Entry point, such as `websocket-handler.messageHandler`.
    pub handler: Option<At<String>>,
    /// Runtime; default nodejs24.x.
    pub runtime: Option<At<String>>,
    /// Architecture; default x86_64.
    pub architecture: Option<At<Architecture>>,
    /// Memory in MB, 128 to 10240; default 256.
    pub memory: Option<At<u32>>,
    /// Timeout in seconds, 1 to 900; default 30.
    pub timeout: Option<At<u32>>,
    /// X-Ray tracing; default active.
    pub tracing: Option<At<Tracing>>,
    /// Days its logs are kept; default 30.
    pub log_retention_days: Option<At<u32>>,
    /// Shape of its log lines; default text.
    pub log_format: Option<At<LogFormat>>,
    /// Executions kept for it alone; default none reserved.
    pub reserved_concurrency: Option<At<u32>>,
    /// Where its code is; default the `websocket-handlers` template.
    pub code: Option<At<Code>>,
    /// Environment variables, merged by name.
    pub environment: Map<At<Template>>,
    /// What it may do.
    pub access: Option<At<Access>>,
}

/// Instruction set of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit x86.
    X86_64,
    /// 64-bit ARM.
    Arm64,
}

/// X-Ray mode of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracing {
    /// Samples by itself.
    Active,
    /// Follows the caller.
    Passthrough,
}

/// Shape of a function's log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Plain text.
    Text,
    /// JSON objects.
    Json,
}

/// Where a function's code is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// One shipped with the tool.
    Template(At<String>),
    /// A folder or a zip file, relative to the spec.
    Path(At<String>),
}

/// What a function may do; its role's policy is made from it.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Tables of this stack, by id.
    pub tables: Map<At<Grant>>,
    /// Tables of others, by name or ARN (a template).
    pub external_tables: Vec<(At<Template>, At<Grant>)>,
    /// Bedrock model ids.
    pub models: Vec<At<Template>>,
    /// Whether it may post to this API's connections.
    pub connections: Option<At<bool>>,
    /// ARNs of secrets it may read.
    pub secrets: Vec<At<Template>>,
    /// Raw IAM statements.
    pub statements: Vec<At<serde_json::Value>>,
}

/// What may be done with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Get and query, its indexes included.
    Read,
    /// Put, update and delete items.
    Write,
    /// Both.
    ReadWrite,
}

/// The WebSocket API.
#[derive(Clone, Debug)]
pub struct Api {
    /// Name; default `<stack>-api`.
    pub name: Option<At<String>>,
    /// What picks the route; default `$request.body.action`.
    pub route_selection_expression: Option<At<String>>,
    /// Who checks `$connect`.
    pub authorizer: Option<At<Authorizer>>,
    /// Function ids by route key.
    pub routes: Map<At<String>>,
    /// The stage.
    pub stage: Stage,
}

/// A Lambda authorizer for `$connect`.
#[derive(Clone, Debug)]
pub struct Authorizer {
    /// Function id.
    pub function: At<String>,
    /// Identity sources; default `route.request.querystring.token`.
    pub identity: Vec<At<String>>,
}

/// The stage of the API.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    /// Name; default prod.
    pub name: Option<At<String>>,
    /// Whether changes go live by themselves; default true.
    pub auto_deploy: Option<At<bool>>,
    /// Throttle of every route; default 500 requests/s, burst 1000.
    pub throttle: Option<At<Throttle>>,
    /// Throttles of single routes, by route key.
    pub route_throttles: Map<Throttle>,
    /// Execution logging; default error.
    pub logging: Option<At<Logging>>,
    /// Whether message contents are logged; default false.
    pub data_trace: Option<At<bool>>,
    /// Detailed metrics; default true.
    pub metrics: Option<At<bool>>,
    /// Access log; default none.
    pub access_log: Option<At<AccessLog>>,
    /// Stage variables.
    pub variables: Map<At<String>>,
}

/// A throttle; both numbers are always sent.
#[derive(Clone, Debug)]
pub struct Throttle {
    /// Requests per second, above 0.
    pub rate: At<f64>,
    /// Burst, above 0.
    pub burst: At<u32>,
}

/// Level of a stage's execution log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logging {
    /// Nothing.
    Off,
    /// Errors.
    Error,
    /// Errors and requests.
    Info,
}

/// A stage's access log.
#[derive(Clone, Debug)]
pub struct AccessLog {
    /// Log group; default `/aws/apigateway/<stack>`.
    pub log_group: Option<At<String>>,
    /// Days it is kept; default 30.
    pub retention_days: Option<At<u32>>,
    /// `json`, or a format string of `$context` variables.
    pub format: Option<At<String>>,
}
