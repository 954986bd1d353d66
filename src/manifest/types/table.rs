//! DynamoDB tables in the spec.
//!
//! Lengths and patterns: the registry schema of `AWS::DynamoDB::Table` and the quotas of DynamoDB.
use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{
        MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};

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
    /// Most request units a second of on-demand billing, for the table and each of its indexes; default no ceiling.
    #[schemars(extend("examples" = [{"read": 1000, "write": 500}]))]
    pub max_request_units: Option<Spanned<RequestCeiling>>,
    /// Point-in-time recovery.
    #[schemars(extend("default" = true))]
    pub point_in_time_recovery: Option<Spanned<bool>>,
    /// Days that point-in-time recovery reaches back.
    #[schemars(extend("minimum" = 1, "maximum" = *LIMITS.table_recovery_days, "default" = *LIMITS.table_recovery_days))]
    pub recovery_period_days: Option<Spanned<u32>>,
    /// Deletion protection.
    #[schemars(extend("default" = true))]
    pub deletion_protection: Option<Spanned<bool>>,
    /// Attribute that holds the expiry in epoch seconds.
    #[schemars(extend("minLength" = 1, "maxLength" = *LIMITS.attribute_name_length, "examples" = ["expiresAt"]))]
    pub ttl: Option<Spanned<String>>,
    /// Class of storage; AWS takes two changes of it in 30 days.
    #[schemars(extend("default" = "standard"))]
    pub class: Option<Spanned<TableClass>>,
    /// Secondary indexes by name, at most 20; global unless they say `local: true`.
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

/// Class of a table's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableClass {
    /// For tables that are read and written often.
    Standard,
    /// Storage at less than half the price, requests at a quarter more.
    Infrequent,
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
    /// Provisioned capacity, for the table and each index that has none of its own.
    Provisioned(Units),
}

/// How billing is written: `on_demand`, or `{ read: 5, write: 5 }`, to which `managed_by: autoscaling` may be added.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Billing")]
enum BillingForm {
    /// A word.
    Word(BillingWord),
    /// Provisioned capacity, for the table and each index that has none of its own.
    Units(Units),
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum BillingWord {
    /// Per request.
    OnDemand,
}

/// Provisioned capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Units")]
pub struct Units {
    /// Read capacity units.
    #[schemars(extend("minimum" = 1))]
    #[schemars(extend("examples" = [5]))]
    pub read: u32,
    /// Write capacity units.
    #[schemars(extend("minimum" = 1))]
    #[schemars(extend("examples" = [5]))]
    pub write: u32,
    /// Who sets the units once the table stands; default this spec.
    #[schemars(extend("examples" = ["autoscaling"]))]
    pub managed_by: Option<CapacityManager>,
}

/// Who sets provisioned capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapacityManager {
    /// Application Auto Scaling, whose targets are registered elsewhere: the units written are those to begin with.
    Autoscaling,
}

/// Provisioned capacity of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexCapacity {
    /// Read capacity units.
    #[schemars(extend("minimum" = 1))]
    #[schemars(extend("examples" = [5]))]
    pub read: u32,
    /// Write capacity units.
    #[schemars(extend("minimum" = 1))]
    #[schemars(extend("examples" = [5]))]
    pub write: u32,
}

/// Most request units a second of on-demand billing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct RequestCeiling {
    /// Read request units a second; default no ceiling.
    #[schemars(extend("minimum" = 1))]
    #[schemars(extend("examples" = [1000]))]
    pub read: Option<u32>,
    /// Write request units a second; default no ceiling.
    #[schemars(extend("minimum" = 1))]
    #[schemars(extend("examples" = [500]))]
    pub write: Option<u32>,
}

impl From<BillingForm> for Billing {
    fn from(form: BillingForm) -> Self {
        match form {
            BillingForm::Word(BillingWord::OnDemand) => Self::OnDemand,
            BillingForm::Units(units) => Self::Provisioned(units),
        }
    }
}

/// The attributes of a partition or sort key of an index: one, or up to four in order (DynamoDB guide, "Multi-attribute
/// keys").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttributes(Vec<KeyAttribute>);

impl KeyAttributes {
    /// Iterates over the attributes in order.
    pub fn iter(&self) -> impl Iterator<Item = &KeyAttribute> {
        self.0.iter()
    }
}

impl<'de> Deserialize<'de> for KeyAttributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyAttributesVisitor)
    }
}

/// Reads one attribute, or a list of them; an untagged enum would lose the places in the file.
struct KeyAttributesVisitor;

impl<'de> Visitor<'de> for KeyAttributesVisitor {
    type Value = KeyAttributes;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key attribute, or a list of them")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeyAttributes, A::Error> {
        let one = KeyAttribute::deserialize(MapAccessDeserializer::new(map))?;
        Ok(KeyAttributes(vec![one]))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<KeyAttributes, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(KeyAttributes)
    }
}

impl JsonSchema for KeyAttributes {
    fn schema_name() -> Cow<'static, str> {
        "KeyAttributes".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<KeyAttribute>();
        json_schema!({ "anyOf": [
            one,
            { "type": "array", "description": "These attributes, in order.", "items": one, "minItems": 1, "maxItems": *LIMITS.index_key_attributes },
        ] })
    }
}

/// A secondary index.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Partition key: an attribute, or a list of up to four.
    #[schemars(extend("examples" = [{"name": "connectionId", "type": "S"}]))]
    pub partition_key: Spanned<KeyAttributes>,
    /// Sort key: an attribute, or a list of up to four.
    #[schemars(extend("examples" = [{"name": "timestamp", "type": "N"}]))]
    pub sort_key: Option<Spanned<KeyAttributes>>,
    /// Whether it is a local one: with the table's partition key and another sort key, and read consistently if asked to.
    /// It is made with its table, never later; default false.
    #[schemars(extend("default" = false))]
    pub local: Option<Spanned<bool>>,
    /// Its own provisioned capacity; default the table's.
    #[schemars(extend("examples" = [{"read": 5, "write": 5}]))]
    pub capacity: Option<Spanned<IndexCapacity>>,
    /// Attributes copied into it; default all.
    #[schemars(extend("default" = "all"))]
    pub projection: Option<Spanned<Projection>>,
}

impl Index {
    /// Returns whether it is a local secondary index.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.local.as_ref().is_some_and(|local| local.value)
    }
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
