//! DynamoDB tables in the spec.
//!
//! Lengths and patterns: the registry schema of `AWS::DynamoDB::Table` and the quotas of DynamoDB.
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{diagnostic::Spanned, facts::LIMITS, manifest::map::Map};

/// A DynamoDB table.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Name; default `<stack>-<id>`.
    #[schemars(extend(
        "pattern" = "^[a-zA-Z0-9_.-]{3,255}$",
        "patternErrorMessage" = "use 3 to 255 letters, digits, `_`, `.` and `-`"
    ))]
    #[schemars(extend("examples" = ["omnitrack-copilot-conversations"]))]
    pub name: Option<Spanned<String>>,
    /// Partition key.
    #[schemars(extend("examples" = [{"name": "connectionId", "type": "S"}]))]
    pub partition_key: Spanned<KeyAttribute>,
    /// Sort key.
    #[schemars(extend("examples" = [{"name": "timestamp", "type": "N"}]))]
    pub sort_key: Option<Spanned<KeyAttribute>>,
    /// Billing; default on demand.
    #[schemars(extend("default" = "on_demand"))]
    pub billing: Option<Spanned<Billing>>,
    /// Point-in-time recovery.
    #[schemars(extend("default" = true))]
    pub point_in_time_recovery: Option<Spanned<bool>>,
    /// Deletion protection.
    #[schemars(extend("default" = true))]
    pub deletion_protection: Option<Spanned<bool>>,
    /// Attribute that holds the expiry in epoch seconds.
    #[schemars(extend("minLength" = 1, "maxLength" = *LIMITS.attribute_name_length, "examples" = ["expiresAt"]))]
    pub ttl: Option<Spanned<String>>,
    /// Global secondary indexes by name, at most 20.
    #[serde(default)]
    #[schemars(extend("maxProperties" = *LIMITS.table_indexes, "propertyNames" = {
        "pattern": "^[a-zA-Z0-9_.-]{3,255}$",
        "patternErrorMessage": "use 3 to 255 letters, digits, `_`, `.` and `-`"
    }))]
    #[schemars(extend("examples" = [{"UserIdIndex": {"partition_key": {"name": "userId", "type": "S"}}}]))]
    pub indexes: Map<Index>,
    /// Whether it may neither be removed nor replaced, even after it has left this file; default false.
    #[schemars(extend("default" = false))]
    pub protect: Option<Spanned<bool>>,
}

/// A key attribute of a table or index.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyAttribute {
    /// Name.
    #[schemars(extend("minLength" = 1, "maxLength" = *LIMITS.attribute_name_length, "examples" = ["connectionId"]))]
    pub name: Spanned<String>,
    /// Type.
    #[serde(rename = "type")]
    #[schemars(extend("examples" = ["S"]))]
    pub kind: AttributeType,
}

/// Type of a key attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub enum AttributeType {
    /// String.
    S,
    /// Number.
    N,
    /// Binary.
    B,
}

/// How a table is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "BillingForm")]
#[schemars(with = "BillingForm")]
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

/// How billing is written: `on_demand`, or `{ read: 5, write: 5 }`.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Billing")]
enum BillingForm {
    /// A word.
    Word(BillingWord),
    /// Provisioned capacity, for the table and each of its indexes.
    Units(Units),
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum BillingWord {
    /// Per request.
    OnDemand,
}

/// Provisioned capacity.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Units {
    /// Read capacity units.
    #[schemars(extend("minimum" = 1))]
    #[schemars(extend("examples" = [5]))]
    read: u32,
    /// Write capacity units.
    #[schemars(extend("minimum" = 1))]
    #[schemars(extend("examples" = [5]))]
    write: u32,
}

impl From<BillingForm> for Billing {
    fn from(form: BillingForm) -> Self {
        match form {
            BillingForm::Word(BillingWord::OnDemand) => Self::OnDemand,
            BillingForm::Units(Units { read, write }) => Self::Provisioned { read, write },
        }
    }
}

/// A global secondary index.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Partition key.
    #[schemars(extend("examples" = [{"name": "connectionId", "type": "S"}]))]
    pub partition_key: Spanned<KeyAttribute>,
    /// Sort key.
    #[schemars(extend("examples" = [{"name": "timestamp", "type": "N"}]))]
    pub sort_key: Option<Spanned<KeyAttribute>>,
    /// Attributes copied into it; default all.
    #[schemars(extend("default" = "all"))]
    pub projection: Option<Spanned<Projection>>,
}

/// What an index holds besides its keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "ProjectionForm")]
#[schemars(with = "ProjectionForm")]
pub enum Projection {
    /// Everything.
    All,
    /// Keys only.
    KeysOnly,
    /// These attributes.
    Include(Vec<String>),
}

/// How a projection is written: a word or a list of attributes.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Projection")]
enum ProjectionForm {
    /// A word.
    Word(ProjectionWord),
    /// These attributes besides the keys.
    Attributes(
        #[schemars(extend("minItems" = 1, "maxItems" = *LIMITS.index_projected_attributes, "uniqueItems" = true))]
        #[schemars(inner(length(min = 1, max = 255)))]
        Vec<String>,
    ),
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ProjectionWord {
    /// Everything.
    All,
    /// Keys only.
    KeysOnly,
}

impl From<ProjectionForm> for Projection {
    fn from(form: ProjectionForm) -> Self {
        match form {
            ProjectionForm::Word(ProjectionWord::All) => Self::All,
            ProjectionForm::Word(ProjectionWord::KeysOnly) => Self::KeysOnly,
            ProjectionForm::Attributes(names) => Self::Include(names),
        }
    }
}
