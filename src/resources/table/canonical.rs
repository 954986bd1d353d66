//! The canonical form of a described table, in which AWS's defaults are no difference.
use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndexDescription, IndexStatus, KeySchemaElement,
    KeyType, OnDemandThroughput, ProjectionType, ProvisionedThroughputDescription, SseStatus, TableClass,
    TableDescription,
};

use super::{Attribute, Billing, Capacity, Ceiling, Class, Index, KeySchema, LocalIndex, Projection, Table};
use crate::aws::{Error, Result};

/// Returns the table's primary key.
pub(super) fn key_schema(table: &TableDescription) -> Result<KeySchema> {
    parse_key_schema(table.key_schema(), table.attribute_definitions())
}

fn parse_key_schema(elements: &[KeySchemaElement], types: &[AttributeDefinition]) -> Result<KeySchema> {
    let attributes = |kind: &KeyType| {
        let own = elements.iter().filter(|element| element.key_type() == kind);
        own.map(|element| parse_attribute(element.attribute_name(), types)).collect::<Vec<_>>()
    };
    let (partition_key, sort_key) = (attributes(&KeyType::Hash), attributes(&KeyType::Range));
    if partition_key.is_empty() {
        return Err(Error::InvalidState("a table or index has no partition key".into()));
    }
    Ok(KeySchema { partition_key, sort_key })
}

fn parse_attribute(name: &str, types: &[AttributeDefinition]) -> Attribute {
    // AWS contradicts itself if an attribute has no definition; it then shows as a difference.
    let kind = types.iter().find(|definition| definition.attribute_name() == name);
    let kind = kind.map_or("?", |definition| definition.attribute_type().as_str());
    Attribute { name: name.to_owned(), kind: kind.to_owned() }
}

/// Returns the billing mode: a missing summary means provisioned, and on demand shows zero units.
pub(super) fn canonical_billing(described: &TableDescription, table: &Table) -> Billing {
    let mode = described.billing_mode_summary().and_then(|summary| summary.billing_mode());
    let capacity = || canonical_capacity(described.provisioned_throughput());
    match mode {
        Some(BillingMode::PayPerRequest) => {
            Billing::OnDemand(canonical_ceiling(described.on_demand_throughput()))
        }
        _ if table.autoscaled => Billing::Autoscaled(capacity()),
        _ => Billing::Provisioned(capacity()),
    }
}

/// Returns the ceiling; -1 means none, like a missing member (DynamoDB API reference, `OnDemandThroughput`).
fn canonical_ceiling(units: Option<&OnDemandThroughput>) -> Ceiling {
    let limited = |units: Option<i64>| units.filter(|units| *units >= 0);
    Ceiling {
        max_read: limited(units.and_then(OnDemandThroughput::max_read_request_units)),
        max_write: limited(units.and_then(OnDemandThroughput::max_write_request_units)),
    }
}

fn canonical_capacity(units: Option<&ProvisionedThroughputDescription>) -> Capacity {
    let read = units.and_then(ProvisionedThroughputDescription::read_capacity_units);
    let write = units.and_then(ProvisionedThroughputDescription::write_capacity_units);
    Capacity { read: read.unwrap_or_default(), write: write.unwrap_or_default() }
}

/// Returns the indexes by name, without those that are being deleted.
pub(super) fn canonical_indexes(
    described: &TableDescription,
    table: &Table,
) -> Result<BTreeMap<String, Index>> {
    let billing = canonical_billing(described, table);
    let all = described.global_secondary_indexes().iter();
    let staying = all.filter(|index| index.index_status != Some(IndexStatus::Deleting));
    staying.map(|one| canonical_index(one, described.attribute_definitions(), billing)).collect()
}

/// Returns the local indexes that the spec asks for, by name.
pub(super) fn canonical_local_indexes(
    described: &TableDescription,
    table: &Table,
) -> Result<BTreeMap<String, LocalIndex>> {
    let all = described.local_secondary_indexes().iter();
    let own = all.filter(|index| index.index_name().is_some_and(|name| table.local_indexes.contains(name)));
    own.map(|index| {
        let keys = parse_key_schema(index.key_schema(), described.attribute_definitions())?;
        let sort = keys.sort_key.into_iter().next();
        let sort_key = sort.ok_or_else(|| Error::InvalidState("a local index has no sort key".into()))?;
        let name = index.index_name().unwrap_or_default().to_owned();
        Ok((name, LocalIndex { sort_key, projection: canonical_projection(index.projection()) }))
    })
    .collect()
}

/// Returns the class of storage; a missing summary means the standard one.
pub(super) fn canonical_class(described: &TableDescription) -> Class {
    match described.table_class_summary().and_then(|summary| summary.table_class()) {
        Some(TableClass::StandardInfrequentAccess) => Class::Infrequent,
        _ => Class::Standard,
    }
}

fn canonical_projection(projection: Option<&aws_sdk_dynamodb::types::Projection>) -> Projection {
    match projection.and_then(|projection| projection.projection_type()) {
        Some(ProjectionType::KeysOnly) => Projection::KeysOnly,
        Some(ProjectionType::Include) => {
            let names = projection.map(|projection| projection.non_key_attributes().to_vec());
            Projection::include(names.unwrap_or_default())
        }
        _ => Projection::All,
    }
}

fn canonical_index(
    index: &GlobalSecondaryIndexDescription,
    types: &[AttributeDefinition],
    billing: Billing,
) -> Result<(String, Index)> {
    let projection = canonical_projection(index.projection());
    let units = canonical_capacity(index.provisioned_throughput());
    let own = match billing {
        Billing::OnDemand(_) => Billing::OnDemand(canonical_ceiling(index.on_demand_throughput())),
        Billing::Provisioned(_) => Billing::Provisioned(units),
        Billing::Autoscaled(_) => Billing::Autoscaled(units),
    };
    let capacity = (own != billing).then_some(own);
    let index_keys = parse_key_schema(index.key_schema(), types)?;
    let name = index.index_name().unwrap_or_default().to_owned();
    Ok((name, Index { keys: index_keys, projection, capacity }))
}

impl Index {
    /// Returns the index's own capacity or ceiling, or the table's.
    pub(super) fn billing(&self, table: Billing) -> Billing {
        self.capacity.unwrap_or(table)
    }
}

impl Projection {
    /// Returns a projection of these attributes; their order does not matter.
    #[must_use]
    pub fn include(mut names: Vec<String>) -> Self {
        names.sort();
        names.dedup();
        Self::Include(names)
    }
}

/// Returns the ARN of the customer's key; none means the key that DynamoDB owns.
pub(super) fn customer_key_arn(table: &TableDescription) -> Option<String> {
    let sse = table.sse_description()?;
    let off = matches!(sse.status(), Some(SseStatus::Disabled | SseStatus::Disabling));
    if off { None } else { sse.kms_master_key_arn().map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{
        BillingModeSummary, LocalSecondaryIndexDescription, Projection as ProjectionRequest,
        ScalarAttributeType, SseDescription,
    };

    use super::*;

    fn element(name: &str, kind: KeyType) -> KeySchemaElement {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
    }

    fn definition(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
    }

    fn units(read: i64, write: i64) -> ProvisionedThroughputDescription {
        ProvisionedThroughputDescription::builder()
            .read_capacity_units(read)
            .write_capacity_units(write)
            .build()
    }

    fn ours(autoscaled: bool) -> Table {
        let local_indexes = ["ByRank".to_owned()].into();
        Table { name: "t".into(), may_unprotect: false, listed: false, autoscaled, local_indexes }
    }

    fn table() -> aws_sdk_dynamodb::types::builders::TableDescriptionBuilder {
        let index = GlobalSecondaryIndexDescription::builder()
            .index_name("ByUser")
            .key_schema(element("user", KeyType::Hash))
            .projection(
                ProjectionRequest::builder()
                    .projection_type(ProjectionType::Include)
                    .non_key_attributes("b")
                    .non_key_attributes("a")
                    .build(),
            )
            .provisioned_throughput(units(1, 1));
        TableDescription::builder()
            .key_schema(element("time", KeyType::Range))
            .key_schema(element("id", KeyType::Hash))
            .attribute_definitions(definition("user", ScalarAttributeType::S))
            .attribute_definitions(definition("time", ScalarAttributeType::N))
            .attribute_definitions(definition("id", ScalarAttributeType::S))
            .global_secondary_indexes(index.build())
            .provisioned_throughput(units(1, 1))
    }

    #[test]
    fn order_of_definitions_and_attributes_means_nothing() {
        let read = key_schema(&table().build()).unwrap();
        let attribute = |name: &str, kind: &str| Attribute { name: name.into(), kind: kind.into() };
        assert_eq!(read.partition_key, [attribute("id", "S")]);
        assert_eq!(read.sort_key, [attribute("time", "N")]);
        let index = &canonical_indexes(&table().build(), &ours(false)).unwrap()["ByUser"];
        assert_eq!(index.projection, Projection::include(vec!["a".into(), "b".into()]));
    }

    #[test]
    fn an_absent_billing_summary_means_provisioned() {
        assert_eq!(
            canonical_billing(&table().build(), &ours(false)),
            Billing::Provisioned(Capacity { read: 1, write: 1 })
        );
        let summary = BillingModeSummary::builder().billing_mode(BillingMode::PayPerRequest).build();
        let on_demand = table().billing_mode_summary(summary).build();
        assert_eq!(canonical_billing(&on_demand, &ours(false)), Billing::OnDemand(Ceiling::default()));
        assert_eq!(canonical_indexes(&on_demand, &ours(false)).unwrap()["ByUser"].capacity, None);
    }

    #[test]
    fn an_index_with_capacity_of_its_own_shows_it() {
        let grown = table().provisioned_throughput(units(5, 5)).build();
        assert_eq!(
            canonical_indexes(&grown, &ours(false)).unwrap()["ByUser"].capacity,
            Some(Billing::Provisioned(Capacity { read: 1, write: 1 }))
        );
        assert_eq!(canonical_indexes(&table().build(), &ours(false)).unwrap()["ByUser"].capacity, None);
    }

    #[test]
    fn autoscaled_units_are_no_difference() {
        let grown = table().provisioned_throughput(units(40, 5)).build();
        let (billing, indexes) =
            (canonical_billing(&grown, &ours(true)), canonical_indexes(&grown, &ours(true)));
        assert_eq!(billing, Billing::Autoscaled(Capacity { read: 5, write: 5 }));
        assert_eq!(indexes.unwrap()["ByUser"].capacity, None);
        let doc = serde_json::to_value(billing).unwrap();
        assert_eq!(doc, serde_json::json!({ "managed_by": "autoscaling" }));
    }

    #[test]
    fn a_ceiling_of_requests_shows_and_minus_one_is_none() {
        let summary = BillingModeSummary::builder().billing_mode(BillingMode::PayPerRequest).build();
        let ceiling =
            OnDemandThroughput::builder().max_read_request_units(7).max_write_request_units(-1).build();
        let limited = table().billing_mode_summary(summary).on_demand_throughput(ceiling).build();
        let billing = canonical_billing(&limited, &ours(false));
        assert_eq!(billing, Billing::OnDemand(Ceiling { max_read: Some(7), max_write: None }));
        assert_eq!(serde_json::to_value(billing).unwrap(), serde_json::json!({ "max_read": 7 }));
        let own = canonical_indexes(&limited, &ours(false)).unwrap()["ByUser"].capacity;
        assert_eq!(own, Some(Billing::OnDemand(Ceiling::default())));
    }

    #[test]
    fn every_attribute_of_a_key_counts() {
        let keys = [element("a", KeyType::Hash), element("b", KeyType::Hash), element("c", KeyType::Range)];
        let read = parse_key_schema(&keys, &[]).unwrap();
        let doc = serde_json::to_value(&read).unwrap();
        assert_eq!(doc["partition_key"][1]["name"], "b");
        assert_eq!(doc["sort_key"]["name"], "c");
    }

    #[test]
    fn local_indexes_that_nobody_asks_for_are_left_alone() {
        let local = |name: &str| {
            let keys = [element("id", KeyType::Hash), element("time", KeyType::Range)];
            LocalSecondaryIndexDescription::builder()
                .index_name(name)
                .set_key_schema(Some(keys.to_vec()))
                .build()
        };
        let both = table().local_secondary_indexes(local("ByRank")).local_secondary_indexes(local("Theirs"));
        let read = canonical_local_indexes(&both.build(), &ours(false)).unwrap();
        assert_eq!(read.keys().collect::<Vec<_>>(), ["ByRank"]);
        assert_eq!(read["ByRank"].sort_key, Attribute { name: "time".into(), kind: "N".into() });
    }

    #[test]
    fn only_a_key_of_the_customers_is_a_key() {
        assert_eq!(customer_key_arn(&table().build()), None);
        let sse = SseDescription::builder().kms_master_key_arn("arn:k");
        let on = table().sse_description(sse.clone().status(SseStatus::Enabled).build()).build();
        assert_eq!(customer_key_arn(&on).as_deref(), Some("arn:k"));
        let off = table().sse_description(sse.status(SseStatus::Disabled).build()).build();
        assert_eq!(customer_key_arn(&off), None);
    }

    #[test]
    fn documents_read_as_the_spec_is_written() {
        let doc = serde_json::to_value(&canonical_indexes(&table().build(), &ours(false)).unwrap()["ByUser"])
            .unwrap();
        assert_eq!(doc["partition_key"]["name"], "user");
        assert_eq!(doc["projection"], serde_json::json!(["a", "b"]));
        let billing = |billing| serde_json::to_value::<Billing>(billing).unwrap();
        assert_eq!(billing(Billing::OnDemand(Ceiling::default())), "on_demand");
        let five = Billing::Provisioned(Capacity { read: 5, write: 5 });
        assert_eq!(billing(five), serde_json::json!({ "read": 5, "write": 5 }));
    }
}
