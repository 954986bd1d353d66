//! Tables: keys, safety, capacity, use.
use super::RuleContext;
use crate::{
    diagnostic::Spanned,
    facts::LIMITS,
    manifest::{
        template::Reference,
        types::{AttributeType, Billing, KeyAttribute, Table, Units},
    },
};

pub(super) fn check_tables(context: &mut RuleContext<'_>) {
    for (id, table) in context.spec.tables.iter() {
        check_repeated_attribute(context, table);
        check_conflicting_types(context, table);
        check_ttl_on_key(context, table);
        check_data_safety(context, id, table);
        check_combinations(context, table);
        check_capacity(context, table);
        check_connection_expiry(context, table);
        check_table_is_used(context, id);
    }
}

/// Returns the key attributes of the table and of each of its indexes, key by key.
fn keys(table: &Table) -> impl Iterator<Item = Vec<&KeyAttribute>> {
    let indexes = table.indexes.iter().map(|(_, index)| {
        index.partition_key.iter().chain(index.sort_key.iter().flat_map(|sort| sort.iter())).collect()
    });
    std::iter::once(own_key_attributes(table).collect()).chain(indexes)
}

/// Returns all key attributes of a table and its indexes.
fn key_attributes(table: &Table) -> impl Iterator<Item = &KeyAttribute> {
    keys(table).flatten()
}

/// Returns the attributes of the table's primary key.
fn own_key_attributes(table: &Table) -> impl Iterator<Item = &KeyAttribute> {
    let keys = [Some(&table.partition_key), table.sort_key.as_ref()];
    keys.into_iter().flatten().map(|key| &key.value)
}

fn check_repeated_attribute(context: &mut RuleContext<'_>, table: &Table) {
    for key in keys(table) {
        let again = key.iter().enumerate().find(|(at, one)| key[..*at].iter().any(|it| it.name == one.name));
        if let Some((_, again)) = again {
            let message = format!("`{}` stands in the key twice", again.name.value);
            context.report("key-attribute", again.name.span, message, "use different attributes");
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

/// Checks the settings that only one way of billing, or recovery, goes with.
fn check_combinations(context: &mut RuleContext<'_>, table: &Table) {
    let provisioned = matches!(table.billing.as_deref(), Some(Billing::Provisioned(_)));
    if let Some(ceiling) = table.max_request_units.as_ref().filter(|_| provisioned) {
        let message = "a ceiling of requests goes with on-demand billing only";
        context.report(
            "billing-mismatch",
            ceiling.span,
            message,
            "take it out, or write `billing: on_demand`",
        );
    }
    for (name, index) in table.indexes.iter() {
        if let Some(capacity) = index.capacity.as_ref().filter(|_| !provisioned && !index.is_local()) {
            let message = format!("index `{}` has capacity, and its table is paid by request", name.value);
            let hint = "take it out, or write `billing: { read: …, write: … }` at the table";
            context.report("billing-mismatch", capacity.span, message, hint);
        }
    }
    let off = table.point_in_time_recovery.is_some_and(|recovery| !recovery.value);
    if let Some(days) = table.recovery_period_days.filter(|_| off) {
        let message = "recovery is off, so it reaches back no days";
        context.report("recovery-period", days.span, message, "take it out, or switch recovery on");
    }
}

fn check_capacity(context: &mut RuleContext<'_>, table: &Table) {
    let Some(billing) = table.billing else { return };
    let Billing::Provisioned(Units { read, write, managed_by }) = billing.value else { return };
    if managed_by.is_none() {
        let message =
            format!("the table is throttled above {read} read and {write} write units, and paid for below");
        let hint = "write `billing: on_demand`, or add `managed_by: autoscaling`";
        context.report("provisioned-capacity", billing.span, message, hint);
    }
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
