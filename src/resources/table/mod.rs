//! DynamoDB tables: keys, capacity, indexes, expiry, recovery, protection, encryption and tags.
mod canonical;
mod cost;
mod create;
mod delete;
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
    engine::{LeafChange, Live, MaybeKnown, Resource, Verb},
};

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name.
    pub name: String,
    /// Whether removing it may lift its deletion protection: whether the spec itself asked for that.
    pub may_unprotect: bool,
}

/// How it is set up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Props {
    /// Primary key; fixed.
    pub key_schema: KeySchema,
    /// How capacity is paid for.
    pub billing: Billing,
    /// Global secondary indexes by name.
    pub indexes: BTreeMap<String, Index>,
    /// Attribute that holds the expiry in epoch seconds.
    pub ttl: Option<String>,
    /// Whether it can be restored to any second of the last 35 days.
    pub point_in_time_recovery: bool,
    /// Whether DynamoDB refuses to delete it.
    pub deletion_protection: bool,
    /// ARN of the customer's key that encrypts it; none for the key that DynamoDB owns.
    pub key: Option<MaybeKnown<String>>,
    /// Tags.
    pub tags: Tags,
}

/// Key of a table or index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeySchema {
    /// What items are spread by.
    pub partition_key: Attribute,
    /// What items are ordered by.
    pub sort_key: Option<Attribute>,
}

/// A key attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// Type: `S`, `N` or `B`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// How capacity is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// By request.
    OnDemand,
    /// By the hour, for the table and as much for each of its indexes.
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
    /// Key.
    #[serde(flatten)]
    pub keys: KeySchema,
    /// What is copied into it.
    pub projection: Projection,
    /// Its capacity where that is not the table's; a wish never says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Capacity>,
}

/// What an index holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// Everything.
    All,
    /// Keys only.
    KeysOnly,
    /// Keys and these attributes, in order of name.
    #[serde(untagged)]
    Include(Vec<String>),
}

/// What it offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attrs {
    /// Name.
    pub name: String,
    /// ARN.
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
        // Indexes are built with the table; later changes may touch them one by one.
        Duration::from_secs(match verb {
            Verb::Create => 15,
            Verb::Update | Verb::Replace => 30,
            Verb::Delete => 10,
        })
    }

    fn costs(before: Option<&Value>, after: &Value) -> Vec<String> {
        cost::costs(before, after)
    }

    fn outages(changes: &[LeafChange]) -> Vec<String> {
        outages::outages(changes)
    }

    fn predicted_attributes(&self, aws: &Aws) -> Attrs {
        self.attrs(aws)
    }

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        observe::observe_table(self, cx).await
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
        observe::list_tables_of_stack(cx).await
    }
}
