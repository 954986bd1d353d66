//! The canonical form of a described table, in which AWS's defaults are no difference.
use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndexDescription, IndexStatus, KeySchemaElement,
    KeyType, ProjectionType, ProvisionedThroughputDescription, SseStatus, TableDescription,
};

use super::{Attribute, Billing, Capacity, Index, KeySchema, Projection};
use crate::aws::{Error, Result};

/// Returns the table's primary key.
pub(super) fn key_schema(table: &TableDescription) -> Result<KeySchema> {
    parse_key_schema(table.key_schema(), table.attribute_definitions())
}

fn parse_key_schema(elements: &[KeySchemaElement], types: &[AttributeDefinition]) -> Result<KeySchema> {
    let attribute = |kind: &KeyType| {
        let element = elements.iter().find(|element| element.key_type() == kind)?;
        let name = element.attribute_name();
        // AWS contradicts itself if an attribute has no definition; it then shows as a difference.
        let kind = types.iter().find(|definition| definition.attribute_name() == name);
        let kind = kind.map_or("?", |definition| definition.attribute_type().as_str());
        Some(Attribute { name: name.to_owned(), kind: kind.to_owned() })
    };
    let partition_key = attribute(&KeyType::Hash)
        .ok_or_else(|| Error::InvalidState("a table or index has no partition key".into()))?;
    Ok(KeySchema { partition_key, sort_key: attribute(&KeyType::Range) })
}

/// Returns the billing mode: a missing summary means provisioned, and on demand shows zero units.
pub(super) fn canonical_billing(table: &TableDescription) -> Billing {
    let mode = table.billing_mode_summary().and_then(|summary| summary.billing_mode());
    match mode {
        Some(BillingMode::PayPerRequest) => Billing::OnDemand,
        _ => Billing::Provisioned(canonical_capacity(table.provisioned_throughput())),
    }
}

fn canonical_capacity(units: Option<&ProvisionedThroughputDescription>) -> Capacity {
    let read = units.and_then(ProvisionedThroughputDescription::read_capacity_units);
    let write = units.and_then(ProvisionedThroughputDescription::write_capacity_units);
    Capacity { read: read.unwrap_or_default(), write: write.unwrap_or_default() }
}

/// Returns the indexes by name, without those that are being deleted.
pub(super) fn canonical_indexes(table: &TableDescription) -> Result<BTreeMap<String, Index>> {
    let billing = canonical_billing(table);
    let all = table.global_secondary_indexes().iter();
    let staying = all.filter(|index| index.index_status != Some(IndexStatus::Deleting));
    staying.map(|one| canonical_index(one, table.attribute_definitions(), billing)).collect()
}

fn canonical_index(
    index: &GlobalSecondaryIndexDescription,
    types: &[AttributeDefinition],
    billing: Billing,
) -> Result<(String, Index)> {
    let kind = index.projection().and_then(|projection| projection.projection_type());
    let projection = match kind {
        Some(ProjectionType::KeysOnly) => Projection::KeysOnly,
        Some(ProjectionType::Include) => {
            let names = index.projection().map(|projection| projection.non_key_attributes().to_vec());
            Projection::include(names.unwrap_or_default())
        }
        _ => Projection::All,
    };
    let own = canonical_capacity(index.provisioned_throughput());
    let capacity = matches!(billing, Billing::Provisioned(table) if table != own).then_some(own);
    let index_keys = parse_key_schema(index.key_schema(), types)?;
    let name = index.index_name().unwrap_or_default().to_owned();
    Ok((name, Index { keys: index_keys, projection, capacity }))
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
        BillingModeSummary, Projection as ProjectionRequest, ScalarAttributeType, SseDescription,
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
        let sort = read.sort_key.unwrap();
        assert_eq!((read.partition_key.kind.as_str(), sort.name.as_str(), &*sort.kind), ("S", "time", "N"));
        let index = &canonical_indexes(&table().build()).unwrap()["ByUser"];
        assert_eq!(index.projection, Projection::include(vec!["a".into(), "b".into()]));
    }

    #[test]
    fn an_absent_billing_summary_means_provisioned() {
        assert_eq!(canonical_billing(&table().build()), Billing::Provisioned(Capacity { read: 1, write: 1 }));
        let summary = BillingModeSummary::builder().billing_mode(BillingMode::PayPerRequest).build();
        let on_demand = table().billing_mode_summary(summary).build();
        assert_eq!(canonical_billing(&on_demand), Billing::OnDemand);
        assert_eq!(canonical_indexes(&on_demand).unwrap()["ByUser"].capacity, None);
    }

    #[test]
    fn an_index_with_capacity_of_its_own_shows_it() {
        let grown = table().provisioned_throughput(units(5, 5)).build();
        assert_eq!(
            canonical_indexes(&grown).unwrap()["ByUser"].capacity,
            Some(Capacity { read: 1, write: 1 })
        );
        assert_eq!(canonical_indexes(&table().build()).unwrap()["ByUser"].capacity, None);
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
        let doc = serde_json::to_value(&canonical_indexes(&table().build()).unwrap()["ByUser"]).unwrap();
        assert_eq!(doc["partition_key"]["name"], "user");
        assert_eq!(doc["projection"], serde_json::json!(["a", "b"]));
        let billing = |billing| serde_json::to_value::<Billing>(billing).unwrap();
        assert_eq!(billing(Billing::OnDemand), "on_demand");
        let five = Billing::Provisioned(Capacity { read: 5, write: 5 });
        assert_eq!(billing(five), serde_json::json!({ "read": 5, "write": 5 }));
    }
}
