//! Tables: keys, safety, capacity, use.
use super::RuleContext;
use crate::{
    diagnostic::Spanned,
    facts::LIMITS,
    manifest::{
        template::Reference,
        types::{AttributeType, Billing, KeyAttribute, Table},
    },
};

pub(super) fn check_tables(context: &mut RuleContext<'_>) {
    for (id, table) in context.spec.tables.iter() {
        check_repeated_attribute(context, table);
        check_conflicting_types(context, table);
        check_ttl_on_key(context, table);
        check_data_safety(context, id, table);
        check_capacity(context, table);
        check_connection_expiry(context, table);
        check_table_is_used(context, id);
    }
}

/// Returns all key attributes of a table and its indexes.
fn key_attributes(table: &Table) -> impl Iterator<Item = &Spanned<KeyAttribute>> {
    let indexes =
        table.indexes.iter().flat_map(|(_, index)| [Some(&index.partition_key), index.sort_key.as_ref()]);
    own_key_attributes(table).chain(indexes.flatten())
}

/// Returns the attributes of the table's primary key.
fn own_key_attributes(table: &Table) -> impl Iterator<Item = &Spanned<KeyAttribute>> {
    [Some(&table.partition_key), table.sort_key.as_ref()].into_iter().flatten()
}

fn check_repeated_attribute(context: &mut RuleContext<'_>, table: &Table) {
    let indexes = table.indexes.iter().map(|(_, index)| (&index.partition_key, index.sort_key.as_ref()));
    for (partition, sort) in std::iter::once((&table.partition_key, table.sort_key.as_ref())).chain(indexes) {
        if let Some(sort) = sort.filter(|sort| sort.name == partition.name) {
            let message = format!("`{}` is the partition key and the sort key", sort.name.value);
            context.report("key-attribute", sort.name.span, message, "use two different attributes");
        }
    }
}

fn check_conflicting_types(context: &mut RuleContext<'_>, table: &Table) {
    let mut seen: Vec<(&str, AttributeType)> = Vec::new();
    for attribute in key_attributes(table) {
        match seen.iter().find(|(name, _)| *name == attribute.name.as_str()) {
            Some((name, kind)) if *kind != attribute.kind => {
                let message = format!(
                    "`{name}` has type {:?} here and {kind:?} in another key of the table",
                    attribute.kind
                );
                context.report(
                    "key-attribute",
                    attribute.name.span,
                    message,
                    "an attribute has one type in all keys",
                );
            }
            Some(_) => {}
            None => seen.push((attribute.name.as_str(), attribute.kind)),
        }
    }
}

/// An index may have the expiry for its key: items that expire soon are found by it.
fn check_ttl_on_key(context: &mut RuleContext<'_>, table: &Table) {
    let Some(ttl) = table.ttl.as_ref() else { return };
    if own_key_attributes(table).any(|attribute| attribute.name == *ttl) {
        let message = format!("the expiry cannot be in `{}`, which is a key attribute", ttl.value);
        let free = |name: &&str| key_attributes(table).all(|attribute| attribute.name.as_str() != *name);
        let near = ["expiresAt", "ttl", "itemExpiry"].into_iter().find(free);
        let such = near.map(|name| format!(", such as `{name}`")).unwrap_or_default();
        context.report("ttl-attribute", ttl.span, message, format!("use an attribute of its own{such}"));
    }
}

/// Checks the recovery and the deletion protection of a table.
fn check_data_safety(context: &mut RuleContext<'_>, id: &Spanned<String>, table: &Table) {
    if let Some(recovery) = table.point_in_time_recovery.filter(|recovery| !recovery.value) {
        let message = format!("table `{}` cannot be restored after a wrong write", id.value);
        context.report("no-recovery", recovery.span, message, "take it out: recovery is on by default");
    }
    if let Some(protection) = table.deletion_protection.filter(|protection| !protection.value) {
        let message = format!("table `{}` can be deleted by anybody who may delete tables", id.value);
        let hint = "take it out: protection is on by default";
        context.report("no-deletion-protection", protection.span, message, hint);
    }
}

fn check_capacity(context: &mut RuleContext<'_>, table: &Table) {
    let Some(billing) = table.billing else { return };
    let Billing::Provisioned { read, write } = billing.value else { return };
    let message =
        format!("the table is throttled above {read} read and {write} write units, and paid for below");
    context.report("provisioned-capacity", billing.span, message, "write `billing: on_demand`");
    let most = *LIMITS.table_capacity_units;
    if read.max(write) > most {
        let message = format!("{} units are above the default quota of {most}", read.max(write));
        context.report("capacity-quota", billing.span, message, "use less, or have the quota raised first");
    }
}

/// `$disconnect` is not always called, so rows of connections have to go by themselves.
fn check_connection_expiry(context: &mut RuleContext<'_>, table: &Table) {
    let name = &table.partition_key.name;
    let connections = name.to_lowercase().replace(['_', '-'], "") == "connectionid";
    if connections && table.sort_key.is_none() && table.ttl.is_none() {
        let message = "rows of connections that broke off stay for ever";
        context.report(
            "no-expiry",
            name.span,
            message,
            "add `ttl: expiresAt` and write the expiry at `$connect`",
        );
    }
}

fn check_table_is_used(context: &mut RuleContext<'_>, id: &Spanned<String>) {
    let granted = |access: &crate::manifest::types::Access| access.tables.get(id).is_some();
    let granted = context
        .written_functions()
        .any(|function| function.access.as_ref().is_some_and(|access| granted(access)));
    let named = |reference: &Reference| matches!(reference, Reference::Table(name, _) if name == id.as_str());
    if !granted && !context.ids.references.iter().any(named) {
        let message = format!("nobody uses table `{}`", id.value);
        context.report(
            "unused-table",
            id.span,
            message,
            "grant it in a function's `access.tables`, or take it out",
        );
    }
}
