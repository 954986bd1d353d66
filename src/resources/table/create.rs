//! Creates a table with all that `CreateTable` accepts; TTL and recovery need calls of their own.
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;

use super::{Class, Props, Table, request, retry};
use crate::{
    aws::{Cx, Result},
    engine::{Live, MaybeKnown},
};

/// Creates the table, or adopts the one that an earlier run created.
pub(super) async fn create_or_adopt(table: &Table, cx: &Cx<'_>, to: &Props) -> Result<Live<Table>> {
    let key = to.key.as_ref().map(MaybeKnown::require_known).transpose()?.map(String::as_str);
    let call = table.create_request(cx, to, key)?;
    let attempt = async || cx.write(call.clone().send()).await;
    loop {
        match table.retry_passing(cx, key, &attempt).await {
            // While an earlier table is being created, the refusal is another one and is retried; while one is being
            // deleted, it is this one (aws-controllers-k8s/dynamodb-controller, `docs/api-quirks`, DDB-TABLE-005).
            Err(error) if error.has_code_and_text("ResourceInUseException", "already exists") => {
                if table.is_standing(cx).await? {
                    return table.adopt(cx).await;
                }
            }
            other => break drop(other?),
        }
    }
    let what = format!("`{}` to be made", table.name);
    table.wait_until_settled(cx, &what, retry::CHANGE, |_| true).await?;
    let props = Props { ttl: None, point_in_time_recovery: false, recovery_period_days: None, ..to.clone() };
    Ok(Live::owned(props, table.attrs(cx.aws)))
}

impl Table {
    fn create_request(&self, cx: &Cx<'_>, to: &Props, key: Option<&str>) -> Result<CreateTableFluentBuilder> {
        let mut types = request::KeyAttributeTypes::new();
        request::define_attributes(&mut types, &to.key_schema);
        to.indexes.values().for_each(|index| request::define_attributes(&mut types, &index.keys));
        let local = to.local_indexes.iter();
        let local = local.map(|(name, index)| {
            types.insert(index.sort_key.name.clone(), index.sort_key.kind.clone());
            request::local_index_request(name, index, &to.key_schema)
        });
        let local: Vec<_> = local.collect::<Result<_>>()?;
        let indexes =
            to.indexes.iter().map(|(name, index)| request::create_index_request(name, index, to.billing));
        let indexes: Vec<_> = indexes.collect::<Result<_>>()?;
        let call = cx.aws.dynamodb().create_table().table_name(&self.name);
        Ok(call
            .set_attribute_definitions(Some(request::attribute_definitions(&types)?))
            .set_key_schema(Some(request::key_schema_elements(&to.key_schema)?))
            // DynamoDB refuses an empty list.
            .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
            .set_local_secondary_indexes((!local.is_empty()).then_some(local))
            .set_table_class((to.class != Class::default()).then(|| request::table_class(to.class)))
            .billing_mode(request::billing_mode(to.billing))
            .set_provisioned_throughput(request::provisioned_throughput(to.billing)?)
            .set_on_demand_throughput(request::ceiling_if_any(to.billing))
            .set_sse_specification(key.map(|key| request::encryption_request(Some(key))))
            .deletion_protection_enabled(to.deletion_protection)
            .set_tags(Some(request::tag_list(&to.tags)?)))
    }
}
