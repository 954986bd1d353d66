//! What `access` of a function grants: verbs on things of this stack and of others, and statements with references.
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{diagnostic::Spanned, manifest::template::Template};

/// What may be done with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// Get and query, its indexes included.
    Read,
    /// Put, update and delete items.
    Write,
    /// Both.
    ReadWrite,
    /// Get, query and scan: go through all of its items.
    Scan,
    /// Get, query, scan, put, update and delete.
    ScanWrite,
}

impl Grant {
    /// Returns whether items may be read.
    #[must_use]
    pub fn reads(self) -> bool {
        self != Self::Write
    }

    /// Returns whether items may be written.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Write | Self::ReadWrite | Self::ScanWrite)
    }

    /// Returns whether all items may be gone through.
    #[must_use]
    pub fn scans(self) -> bool {
        matches!(self, Self::Scan | Self::ScanWrite)
    }
}

/// What may be done with a bucket or a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataGrant {
    /// Get, and list what there is.
    Read,
    /// Put and delete.
    Write,
    /// Both.
    ReadWrite,
}

impl DataGrant {
    /// Returns whether contents may be read.
    #[must_use]
    pub fn reads(self) -> bool {
        self != Self::Write
    }

    /// Returns whether contents may be written.
    #[must_use]
    pub fn writes(self) -> bool {
        self != Self::Read
    }
}

/// What may be done with a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TopicGrant {
    /// Publish messages.
    Send,
}

/// What may be done with a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueGrant {
    /// Send messages.
    Send,
    /// Receive messages and delete them.
    Receive,
    /// Both.
    SendReceive,
}

impl QueueGrant {
    /// Returns whether messages may be sent.
    #[must_use]
    pub fn sends(self) -> bool {
        self != Self::Receive
    }

    /// Returns whether messages may be received.
    #[must_use]
    pub fn receives(self) -> bool {
        self != Self::Send
    }
}

/// What may be done with a function or an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvokeGrant {
    /// Call it.
    Invoke,
}

/// What may be done with a knowledge base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetrieveGrant {
    /// Search it.
    Retrieve,
}

/// What may be done with a guardrail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplyGrant {
    /// Apply it to a call of a model, or to a text.
    Apply,
}

/// Something that `access` names by its name or ARN, with what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTarget {
    /// A bucket of S3.
    Bucket(DataGrant),
    /// A parameter of Systems Manager.
    Parameter(DataGrant),
    /// A topic of SNS.
    Topic,
    /// A queue of SQS.
    Queue(QueueGrant),
    /// A function, of this stack by its id.
    Function,
    /// A knowledge base of Bedrock.
    KnowledgeBase,
    /// A guardrail of Bedrock.
    Guardrail,
    /// An alias of an agent of Bedrock.
    Agent,
}

/// What a function may do with the connections of this API: none, or these verbs; `true` is to post alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "ConnectionsForm")]
#[schemars(with = "ConnectionsForm")]
pub struct Connections(pub Vec<ConnectionVerb>);

/// What may be done with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionVerb {
    /// Send to it.
    Post,
    /// Close it.
    Close,
    /// Ask whether it stands, and since when.
    Ask,
}

/// How connections are written: `true`, or a list of verbs.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Connections")]
enum ConnectionsForm {
    /// Whether it may post.
    Posts(bool),
    /// What it may do.
    Verbs(#[schemars(extend("minItems" = 1, "uniqueItems" = true))] Vec<ConnectionVerb>),
}

impl From<ConnectionsForm> for Connections {
    fn from(form: ConnectionsForm) -> Self {
        Self(match form {
            ConnectionsForm::Posts(false) => Vec::new(),
            ConnectionsForm::Posts(true) => vec![ConnectionVerb::Post],
            ConnectionsForm::Verbs(verbs) => verbs,
        })
    }
}

/// A statement that allows, whose resources may be references.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// Actions, such as `s3:GetObject`.
    #[schemars(extend("minItems" = 1, "items" = {"type": "string", "minLength": 1}))]
    #[schemars(extend("examples" = [["s3:GetObject"]]))]
    pub actions: Vec<Spanned<String>>,
    /// The ARNs that they are allowed on, with references such as `${tables.orders.arn}` or `${inputs.bucket}`.
    #[schemars(extend("minItems" = 1))]
    #[schemars(extend("examples" = [["${inputs.uploads}/public/*"]]))]
    pub on: Vec<Spanned<Template>>,
    /// Condition, as in a statement of IAM: `{ Operator: { key: value } }`.
    #[schemars(extend("type" = "object"))]
    #[schemars(extend("examples" = [{"StringEquals": {"aws:ResourceTag/team": "copilot"}}]))]
    pub when: Option<Spanned<serde_json::Value>>,
    /// Why it is needed, for whoever reads the plan.
    #[schemars(extend("minLength" = 1, "maxLength" = 256, "examples" = ["reads what users have uploaded"]))]
    pub why: Spanned<String>,
}
