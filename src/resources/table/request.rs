//! Builds the parts of requests from the canonical form.
use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, DeleteGlobalSecondaryIndexAction,
    GlobalSecondaryIndex, GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, LocalSecondaryIndex,
    OnDemandThroughput, Projection as ProjectionRequest, ProjectionType, ProvisionedThroughput,
    SseSpecification, SseType, TableClass, Tag, UpdateGlobalSecondaryIndexAction,
};
use aws_smithy_types::error::operation::BuildError;

use super::{Attribute, Billing, Capacity, Ceiling, Class, Index, KeySchema, LocalIndex, Projection};
use crate::aws::{Error, Result, tags::Tags};

/// The types of key attributes by name.
pub(super) type KeyAttributeTypes = BTreeMap<String, String>;

/// Adds the attributes of `keys`: a request must define exactly the attributes that its keys use.
pub(super) fn define_attributes(types: &mut KeyAttributeTypes, keys: &KeySchema) {
    for Attribute { name, kind } in keys.partition_key.iter().chain(&keys.sort_key) {
        types.insert(name.clone(), kind.clone());
    }
}

pub(super) fn attribute_definitions(types: &KeyAttributeTypes) -> Result<Vec<AttributeDefinition>> {
    let one = |(name, kind): (&String, &String)| {
        let definition = AttributeDefinition::builder().attribute_name(name);
        require_built(definition.attribute_type(kind.as_str().into()).build())
    };
    types.iter().map(one).collect()
}

/// Returns the key schema: first all partition attributes, then all sort attributes, each in their order (DynamoDB
/// guide, "Multi-attribute keys").
pub(super) fn key_schema_elements(keys: &KeySchema) -> Result<Vec<KeySchemaElement>> {
    let element = |attribute: &Attribute, kind| {
        require_built(KeySchemaElement::builder().attribute_name(&attribute.name).key_type(kind).build())
    };
    let partition = keys.partition_key.iter().map(|attribute| element(attribute, KeyType::Hash));
    partition.chain(keys.sort_key.iter().map(|attribute| element(attribute, KeyType::Range))).collect()
}

pub(super) fn billing_mode(billing: Billing) -> BillingMode {
    match billing {
        Billing::OnDemand(_) => BillingMode::PayPerRequest,
        Billing::Provisioned(_) | Billing::Autoscaled(_) => BillingMode::Provisioned,
    }
}

/// Returns the capacity units, which a request carries if and only if capacity is provisioned.
pub(super) fn provisioned_throughput(billing: Billing) -> Result<Option<ProvisionedThroughput>> {
    let (Billing::Provisioned(units) | Billing::Autoscaled(units)) = billing else { return Ok(None) };
    let Capacity { read, write } = units;
    let units = ProvisionedThroughput::builder().read_capacity_units(read).write_capacity_units(write);
    require_built(units.build()).map(Some)
}

/// Returns the ceiling for a request that changes it; -1 takes one away (DynamoDB API reference,
/// `OnDemandThroughput`).
pub(super) fn ceiling(billing: Billing) -> Option<OnDemandThroughput> {
    let Billing::OnDemand(Ceiling { max_read, max_write }) = billing else { return None };
    let units = OnDemandThroughput::builder().max_read_request_units(max_read.unwrap_or(-1));
    Some(units.max_write_request_units(max_write.unwrap_or(-1)).build())
}

/// Returns the ceiling for a request that makes something; none if nothing is limited.
///
/// A member that is not limited is left out: DynamoDB takes -1 only for what stands, and refuses it for something new
/// (aws-controllers-k8s/dynamodb-controller, `docs/api-quirks`, DDB-TABLE-039 and 128).
pub(super) fn ceiling_if_any(billing: Billing) -> Option<OnDemandThroughput> {
    let Billing::OnDemand(Ceiling { max_read, max_write }) = billing else { return None };
    let units = OnDemandThroughput::builder().set_max_read_request_units(max_read);
    let units = units.set_max_write_request_units(max_write).build();
    (max_read.is_some() || max_write.is_some()).then_some(units)
}

fn projection_request(projection: &Projection) -> ProjectionRequest {
    let sent = ProjectionRequest::builder();
    match projection {
        Projection::All => sent.projection_type(ProjectionType::All).build(),
        Projection::KeysOnly => sent.projection_type(ProjectionType::KeysOnly).build(),
        Projection::Include(names) => {
            sent.projection_type(ProjectionType::Include).set_non_key_attributes(Some(names.clone())).build()
        }
    }
}

/// Returns an index for the request that creates its table.
pub(super) fn create_index_request(
    name: &str,
    index: &Index,
    table: Billing,
) -> Result<GlobalSecondaryIndex> {
    let billing = index.billing(table);
    let sent = GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(key_schema_elements(&index.keys)?))
        .projection(projection_request(&index.projection))
        .set_provisioned_throughput(provisioned_throughput(billing)?)
        .set_on_demand_throughput(ceiling_if_any(billing));
    require_built(sent.build())
}

/// Returns a local index for the request that creates its table, whose partition key it has.
pub(super) fn local_index_request(
    name: &str,
    index: &LocalIndex,
    table: &KeySchema,
) -> Result<LocalSecondaryIndex> {
    let keys = KeySchema { sort_key: vec![index.sort_key.clone()], ..table.clone() };
    let sent = LocalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(key_schema_elements(&keys)?))
        .projection(projection_request(&index.projection));
    require_built(sent.build())
}

pub(super) fn table_class(class: Class) -> TableClass {
    match class {
        Class::Standard => TableClass::Standard,
        Class::Infrequent => TableClass::StandardInfrequentAccess,
    }
}

/// Returns an index to add to a live table.
pub(super) fn add_index_request(
    name: &str,
    index: &Index,
    table: Billing,
) -> Result<GlobalSecondaryIndexUpdate> {
    let billing = index.billing(table);
    let sent = CreateGlobalSecondaryIndexAction::builder()
        .index_name(name)
        .set_key_schema(Some(key_schema_elements(&index.keys)?))
        .projection(projection_request(&index.projection))
        .set_provisioned_throughput(provisioned_throughput(billing)?)
        .set_on_demand_throughput(ceiling_if_any(billing));
    Ok(GlobalSecondaryIndexUpdate::builder().create(require_built(sent.build())?).build())
}

pub(super) fn drop_index_request(name: &str) -> Result<GlobalSecondaryIndexUpdate> {
    let sent = DeleteGlobalSecondaryIndexAction::builder().index_name(name);
    Ok(GlobalSecondaryIndexUpdate::builder().delete(require_built(sent.build())?).build())
}

/// Returns new capacity units or another ceiling for an index.
pub(super) fn resize_index_request(name: &str, billing: Billing) -> Result<GlobalSecondaryIndexUpdate> {
    let sent = UpdateGlobalSecondaryIndexAction::builder()
        .index_name(name)
        .set_provisioned_throughput(provisioned_throughput(billing)?)
        .set_on_demand_throughput(ceiling(billing));
    Ok(GlobalSecondaryIndexUpdate::builder().update(require_built(sent.build())?).build())
}

/// Returns encryption with `key`, or with the key that DynamoDB owns, which a disabled specification stands for.
pub(super) fn encryption_request(key: Option<&str>) -> SseSpecification {
    let sent = SseSpecification::builder().enabled(key.is_some());
    match key {
        Some(key) => sent.sse_type(SseType::Kms).kms_master_key_id(key).build(),
        None => sent.build(),
    }
}

pub(super) fn tag_list(tags: &Tags) -> Result<Vec<Tag>> {
    tags.iter().map(|(key, value)| require_built(Tag::builder().key(key).value(value).build())).collect()
}

/// Returns the built part, or an error instead of sending a call if the SDK requires a member not set above.
pub(super) fn require_built<T>(built: Result<T, BuildError>) -> Result<T> {
    built.map_err(|error| Error::InvalidState(format!("a request to DynamoDB is not whole: {error}")))
}
