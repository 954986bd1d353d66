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
mod side_settings;
mod update;

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use serde_json::Value;

use crate::{
    aws::{Aws, Cx, Result, tags::Tags},
    engine::{Action, LeafChange, Live, Loss, MaybeKnown, Resource, Verb},
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
    /// TTL attribute, which holds the expiry in epoch seconds.
    pub ttl: Option<String>,
    /// Whether point-in-time recovery is on: restoring to any second of the last 35 days.
    pub point_in_time_recovery: bool,
    /// Whether deletion protection is on.
    pub deletion_protection: bool,
    /// ARN of the customer's key that encrypts it; none for the key that DynamoDB owns.
    pub key: Option<MaybeKnown<String>>,
    /// Tags of the table.
    pub tags: Tags,
}

/// Key schema of a table or index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeySchema {
    /// Partition key attribute.
    pub partition_key: Attribute,
    /// Sort key attribute.
    pub sort_key: Option<Attribute>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// Paid by request.
    OnDemand,
    /// Paid by the hour, with the same units for the table and for each of its indexes.
    #[serde(untagged)]
    Provisioned(Capacity),
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
    /// The index's own capacity where it differs from the table's; never set in a desired index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Capacity>,
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
    const FIXED: &'static [&'static str] = &["/key_schema"];
    const HOLDS_DATA: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    fn id(&self) -> &str {
        &self.name
    }

    fn tags(props: &mut Props) -> Option<&mut Tags> {
        Some(&mut props.tags)
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
