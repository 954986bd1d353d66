//! The key and the tables of a stack.
use std::sync::Arc;

use super::{
    layout::{StackLayout, node_label},
    policies,
    spec_context::SpecContext,
};
use crate::{
    aws::tags::Tags,
    diagnostic::Spanned,
    engine::MaybeKnown,
    manifest::{
        defaults,
        types::{
            AttributeType, Billing, CapacityManager, Index, KeyAttribute, Projection, Table as TableSpec,
            TableClass,
        },
    },
    resources::{
        key::{self, Key},
        table::{self, Table},
    },
};

/// Returns the existing key of a spec that names one instead of having one created.
pub(super) fn given_key(context: &SpecContext) -> Option<key::Attrs> {
    let arn = context.spec.key.as_ref()?.arn.as_ref()?;
    let arn = context.render_template(arn, &super::spec_context::GeneratedIds::default());
    let id = arn.map(|arn| arn.rsplit('/').next().unwrap_or_default().to_owned());
    Some(key::Attrs { id, arn, alias: String::new() })
}

/// Adds the stack's own key.
pub(super) fn add_key(layout: &mut StackLayout) {
    let context = Arc::clone(&layout.context);
    let Some(desired) = context.spec.key.clone().filter(|key| key.arn.is_none()) else { return };
    let span = Some(desired.span);
    let alias = context.spec.alias().unwrap_or_default();
    let window =
        desired.deletion_window_days.as_ref().map_or(defaults::DELETION_WINDOW_DAYS, |days| days.value);
    let description = format!("Encrypts the stack {}", context.spec.stack.value);
    let policy = key_policy(&context);
    let resource = Key::named(alias.trim_start_matches("alias/"), i32::try_from(window).unwrap_or(30))
        .created_with(description.clone(), policy.clone());
    let rotation = desired.rotation.as_ref().is_none_or(|rotation| rotation.value);
    let days = desired.rotation_days.as_ref().and_then(|days| i32::try_from(days.value).ok());
    let props = move |()| key::Props {
        alias: alias.clone(),
        state: key::KeyStatus::Enabled,
        description: description.clone(),
        rotation,
        rotation_days: days.filter(|days| rotation && *days != key::ROTATION_DAYS),
        policy: policy.clone(),
        tags: context.resource_tags(key::ADDRESS),
    };
    let handle = layout.graph.add(node_label(&layout.context, key::ADDRESS, span), resource, (), props);
    layout.key = Some(layout.record_node(key::ADDRESS.into(), handle));
}

/// Returns the key policy: the account may use the key, and CloudWatch Logs for this stack's groups.
///
/// Logs stay when their source leaves the spec, and can be read only while CloudWatch Logs may use the key for them
/// (CloudWatch Logs guide, "Encrypt log data"): so the default names are there as patterns, in use or not.
fn key_policy(context: &SpecContext) -> crate::iam::Policy {
    let spec = &context.spec;
    let stack = &spec.stack.value;
    let (family, access) = (format!("/aws/lambda/{stack}-"), format!("/aws/apigateway/{stack}"));
    let functions = spec.functions.keys().map(|id| spec.function_log_group(id));
    let named = functions.chain(spec.access_log_group());
    let apart = named.filter(|name| !name.starts_with(&family) && *name != access);
    let names = [format!("{family}*"), access.clone()].into_iter().chain(apart);
    let groups: Vec<String> = names.map(|name| context.log_group_arn(&name)).collect();
    let more =
        spec.key.iter().flat_map(|key| &key.policy_statements).map(|statement| statement.value.clone());
    policies::key_policy(&context.scope, &groups, spec.stage_name(), more)
}

/// Adds the tables.
pub(super) fn add_tables(layout: &mut StackLayout) {
    let context = Arc::clone(&layout.context);
    for (id, desired) in context.spec.tables.iter() {
        let address = format!("tables.{}", id.value);
        let protects = desired.deletion_protection.as_ref().is_none_or(|desired| desired.value);
        let autoscaled = matches!(desired.billing.as_deref(), Some(Billing::Provisioned(units)) if units.managed_by.is_some());
        let local = desired.indexes.iter().filter(|(_, index)| index.is_local());
        let resource = Table {
            name: context.spec.table_name(id),
            may_unprotect: protects,
            listed: false,
            autoscaled,
            local_indexes: local.map(|(name, _)| name.value.clone()).collect(),
        };
        let label = node_label(&context, &address, Some(id.span));
        let (context, desired, tags) =
            (Arc::clone(&context), desired.clone(), context.resource_tags(&address));
        let has_key = context.spec.key.is_some();
        let ((key, _), given) = layout.generated_handles(has_key, false);
        let props = move |key| {
            let key = given.generated_ids((key, None)).key.map(|key| key.arn);
            table_props(&desired, key, tags.clone())
        };
        let handle = layout.graph.add(label, resource, key, props);
        layout.record_node(address, handle);
    }
}

fn table_props(desired: &TableSpec, key: Option<MaybeKnown<String>>, tags: Tags) -> table::Props {
    let on = |desired: &Option<Spanned<bool>>| desired.as_ref().is_none_or(|desired| desired.value);
    let billing = billing(desired);
    let (local, global): (Vec<_>, Vec<_>) = desired.indexes.iter().partition(|(_, index)| index.is_local());
    let local = local.into_iter().filter_map(|(name, index)| Some((name.value.clone(), local_index(index)?)));
    let indexes = global.into_iter();
    table::Props {
        key_schema: key_schema([&desired.partition_key.value], desired.sort_key.as_deref()),
        billing,
        indexes: indexes.map(|(name, index)| (name.value.clone(), index_props(index, billing))).collect(),
        local_indexes: local.collect(),
        class: match desired.class.as_deref() {
            None | Some(TableClass::Standard) => table::Class::Standard,
            Some(TableClass::Infrequent) => table::Class::Infrequent,
        },
        ttl: desired.ttl.as_ref().map(|name| name.value.clone()),
        point_in_time_recovery: on(&desired.point_in_time_recovery),
        recovery_period_days: recovery_period(desired),
        deletion_protection: on(&desired.deletion_protection),
        key,
        sharing: table::Sharing::default(),
        tags,
    }
}

fn billing(desired: &TableSpec) -> table::Billing {
    match desired.billing.as_deref() {
        None | Some(Billing::OnDemand) => {
            let ceiling = desired.max_request_units.as_deref();
            table::Billing::OnDemand(table::Ceiling {
                max_read: ceiling.and_then(|ceiling| ceiling.read).map(i64::from),
                max_write: ceiling.and_then(|ceiling| ceiling.write).map(i64::from),
            })
        }
        Some(Billing::Provisioned(units)) => {
            let capacity = capacity(units.read, units.write);
            match units.managed_by {
                Some(CapacityManager::Autoscaling) => table::Billing::Autoscaled(capacity),
                None => table::Billing::Provisioned(capacity),
            }
        }
    }
}

fn capacity(read: u32, write: u32) -> table::Capacity {
    table::Capacity { read: i64::from(read), write: i64::from(write) }
}

/// Returns the period of recovery where it is not the one that AWS gives by itself.
fn recovery_period(desired: &TableSpec) -> Option<i32> {
    let days = desired.recovery_period_days.as_ref()?;
    i32::try_from(days.value).ok().filter(|days| *days != table::RECOVERY_DAYS)
}

/// Returns a local index, whose one sort attribute a check has seen to.
fn local_index(desired: &Index) -> Option<table::LocalIndex> {
    let sort = desired.sort_key.as_ref()?.iter().next()?;
    Some(table::LocalIndex { sort_key: attribute(sort), projection: projection(desired) })
}

fn projection(desired: &Index) -> table::Projection {
    match desired.projection.as_deref() {
        None | Some(Projection::All) => table::Projection::All,
        Some(Projection::KeysOnly) => table::Projection::KeysOnly,
        Some(Projection::Include(names)) => table::Projection::include(names.clone()),
    }
}

fn index_props(desired: &Index, table: table::Billing) -> table::Index {
    let own = desired.capacity.as_ref().map(|own| capacity(own.read, own.write));
    let own = own.map(|own| match table {
        table::Billing::Autoscaled(_) => table::Billing::Autoscaled(own),
        _ => table::Billing::Provisioned(own),
    });
    let autoscaled = matches!(table, table::Billing::Autoscaled(_));
    table::Index {
        keys: key_schema(desired.partition_key.iter(), desired.sort_key.iter().flat_map(|sort| sort.iter())),
        projection: projection(desired),
        capacity: own.filter(|own| autoscaled || *own != table),
    }
}

fn key_schema<'a>(
    partition: impl IntoIterator<Item = &'a KeyAttribute>,
    sort: impl IntoIterator<Item = &'a KeyAttribute>,
) -> table::KeySchema {
    table::KeySchema {
        partition_key: partition.into_iter().map(attribute).collect(),
        sort_key: sort.into_iter().map(attribute).collect(),
    }
}

fn attribute(key: &KeyAttribute) -> table::Attribute {
    let kind = match key.kind {
        AttributeType::S => "S",
        AttributeType::N => "N",
        AttributeType::B => "B",
    };
    table::Attribute { name: key.name.value.clone(), kind: kind.to_owned() }
}
