//! DynamoDB tables: keys, capacity, indexes, TTL, recovery, protection, encryption and tags.
mod backup;
mod canonical;
mod cost;
mod create;
mod delete;
mod find;
mod observe;
mod outages;
mod permissions;
mod plan_calls;
mod request;
mod retry;
mod sharing;
mod side_settings;
mod stall;
mod update;

pub use sharing::Sharing;
pub use side_settings::RECOVERY_DAYS;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{
    aws::{Aws, Cx, Result, tags::Tags},
    engine::{Action, Exposure, LeafChange, Live, Loss, MaybeKnown, Resource, Verb},
    resources::exposures::closed_exposures,
};

/// A DynamoDB table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name of the table.
    pub name: String,
    /// Whether its deletion may lift the deletion protection: whether the spec itself asked for the protection.
    pub may_unprotect: bool,
    /// Whether only a list names it, so that it may be gone or somebody else's.
    pub listed: bool,
    /// Names of the local indexes of the spec. Others that stand cannot be removed, so they are left alone.
    pub local_indexes: BTreeSet<String>,
    /// Whether Application Auto Scaling sets its provisioned capacity, so that the units in AWS are as they should be.
    pub autoscaled: bool,
}

/// Configuration of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Props {
    /// Primary key; fixed.
    pub key_schema: KeySchema,
    /// Billing mode and capacity.
    pub billing: Billing,
    /// Global secondary indexes by name.
    pub indexes: BTreeMap<String, Index>,
    /// Local secondary indexes by name; fixed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub local_indexes: BTreeMap<String, LocalIndex>,
    /// Class of its storage.
    #[serde(skip_serializing_if = "Class::is_standard")]
    pub class: Class,
    /// TTL attribute, which holds the expiry in epoch seconds.
    pub ttl: Option<String>,
    /// Whether point-in-time recovery is on: restoring to any second of its period.
    pub point_in_time_recovery: bool,
    /// Days that recovery reaches back; none for the 35 that AWS gives by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_period_days: Option<i32>,
    /// Whether deletion protection is on.
    pub deletion_protection: bool,
    /// ARN of the customer's key that encrypts it; none for the key that DynamoDB owns.
    pub key: Option<MaybeKnown<String>>,
    /// How its data gets to others.
    #[serde(flatten)]
    pub sharing: Sharing,
    /// Tags of the table.
    pub tags: Tags,
}

/// A local secondary index, which has the partition key of its table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LocalIndex {
    /// Sort key of the index.
    pub sort_key: Attribute,
    /// Attributes that are copied into the index.
    pub projection: Projection,
}

/// Class of a table's storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// For tables that are used often.
    #[default]
    Standard,
    /// For tables that are used seldom.
    Infrequent,
}

impl Class {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference to the field")]
    fn is_standard(&self) -> bool {
        *self == Self::Standard
    }
}

/// Key schema of a table or index: one attribute of each kind, or of an index up to four (DynamoDB guide,
/// "Multi-attribute keys").
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeySchema {
    /// Partition key attributes, in order.
    #[serde(serialize_with = "one_or_many")]
    pub partition_key: Vec<Attribute>,
    /// Sort key attributes, in order.
    #[serde(serialize_with = "one_or_many")]
    pub sort_key: Vec<Attribute>,
}

/// Serializes a single attribute as the spec writes it, without a list around it.
fn one_or_many<S: Serializer>(attributes: &[Attribute], serializer: S) -> Result<S::Ok, S::Error> {
    match attributes {
        [] => serializer.serialize_none(),
        [one] => one.serialize(serializer),
        many => many.serialize(serializer),
    }
}

/// A key attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Name of the attribute.
    pub name: String,
    /// Attribute type: `S`, `N` or `B`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Billing mode of a table.
#[derive(Clone, Copy, Debug)]
pub enum Billing {
    /// Paid by request, with the same ceiling for the table and for each of its indexes.
    OnDemand(Ceiling),
    /// Paid by the hour, with the same units for the table and for each index that has none of its own.
    Provisioned(Capacity),
    /// Paid by the hour, with units that Application Auto Scaling sets; these are the ones to begin with.
    Autoscaled(Capacity),
}

/// The units of autoscaled capacity are not the spec's, so they make no difference.
impl PartialEq for Billing {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OnDemand(own), Self::OnDemand(theirs)) => own == theirs,
            (Self::Provisioned(own), Self::Provisioned(theirs)) => own == theirs,
            (Self::Autoscaled(_), Self::Autoscaled(_)) => true,
            _ => false,
        }
    }
}

impl Eq for Billing {}

impl Serialize for Billing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::OnDemand(Ceiling { max_read: None, max_write: None }) => {
                serializer.serialize_str("on_demand")
            }
            Self::OnDemand(ceiling) => ceiling.serialize(serializer),
            Self::Provisioned(capacity) => capacity.serialize(serializer),
            Self::Autoscaled(_) => BTreeMap::from([("managed_by", "autoscaling")]).serialize(serializer),
        }
    }
}

/// Most request units a second that on-demand billing serves and charges; none for no ceiling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ceiling {
    /// Read request units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_read: Option<i64>,
    /// Write request units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_write: Option<i64>,
}

/// Provisioned capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Capacity {
    /// Read units.
    pub read: i64,
    /// Write units.
    pub write: i64,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Index {
    /// Key schema of the index.
    #[serde(flatten)]
    pub keys: KeySchema,
    /// Attributes that are copied into the index.
    pub projection: Projection,
    /// The index's own capacity or ceiling where it differs from the table's.
    #[serde(skip_serializing_if = "is_no_difference")]
    pub capacity: Option<Billing>,
}

/// Returns whether an index has no capacity of its own, or one that Application Auto Scaling sets.
#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn is_no_difference(capacity: &Option<Billing>) -> bool {
    matches!(capacity, None | Some(Billing::Autoscaled(_)))
}

/// Projection of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// All attributes.
    All,
    /// Key attributes only.
    KeysOnly,
    /// Key attributes and these, sorted by name.
    #[serde(untagged)]
    Include(Vec<String>),
}

/// Attributes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attrs {
    /// Name of the table.
    pub name: String,
    /// ARN of the table.
    pub arn: String,
}

impl Table {
    fn attrs(&self, aws: &Aws) -> Attrs {
        Attrs { name: self.name.clone(), arn: aws.arn("dynamodb", &format!("table/{}", self.name)) }
    }
}

impl Resource for Table {
    const KIND: &'static str = "dynamodb/table";
    const FIXED: &'static [&'static str] = &["/key_schema", "/local_indexes"];
    const HOLDS_DATA: bool = true;
    const SHOWS_LATE: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    fn id(&self) -> &str {
        &self.name
    }

    fn tags(props: &mut Props) -> Option<&mut Tags> {
        Some(&mut props.tags)
    }

    fn is_named_after_stack(&self, cx: &Cx<'_>) -> bool {
        super::is_named_after(&self.name, cx.stack)
    }

    fn expected(verb: Verb) -> Duration {
        // Indexes are built with the table; later updates may change them one by one.
        Duration::from_secs(match verb {
            Verb::Create => 15,
            Verb::Update | Verb::Replace => 30,
            Verb::Delete => 10,
        })
    }

    fn costs(before: Option<&Value>, after: &Value) -> Vec<String> {
        cost::costs(before, after)
    }

    /// `DynamoDB` encrypts the data anew, but backups stay under the key that they were made with (DynamoDB guide,
    /// "Encryption at rest: usage notes").
    fn loss(action: &Action, _: Option<&Value>) -> Option<Loss> {
        let Action::Update { changes } = action else { return None };
        let leaves = |change: &LeafChange| &*change.pointer == "/key" && change.before.is_some();
        changes.iter().any(leaves).then_some(Loss::Key)
    }

    fn outages(changes: &[LeafChange]) -> Vec<String> {
        outages::outages(changes)
    }

    fn exposures(id: &str, _: &Value, changes: &[LeafChange]) -> Vec<Exposure> {
        closed_exposures(sharing::OPENINGS, id, changes)
    }

    fn remains(id: &str, before: &Value) -> Option<String> {
        backup::remains(id, before)
    }

    fn predicted_attributes(&self, aws: &Aws) -> Attrs {
        self.attrs(aws)
    }

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        observe::observe_table(self, cx).await
    }

    async fn observe_for_removal(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        observe::observe_table_for_removal(self, cx).await
    }

    async fn create(&self, cx: &Cx<'_>, to: &Props) -> Result<Live<Self>> {
        create::create_or_adopt(self, cx, to).await
    }

    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        update::update_table(self, cx, live, to).await
    }

    async fn delete(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<()> {
        delete::delete_table(self, cx, live).await
    }

    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>> {
        find::list_tables_of_stack(cx).await
    }
}
