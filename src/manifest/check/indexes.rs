//! Indexes of tables: duplicates, and the number of projected attributes.
use super::RuleContext;
use crate::{
    diagnostic::Spanned,
    facts::LIMITS,
    manifest::types::{Index, KeyAttribute, Projection, Table},
};

pub(super) fn check_indexes(context: &mut RuleContext<'_>) {
    for (id, table) in context.spec.tables.iter() {
        check_repeated_keys(context, table);
        check_projections(context, id, table);
        check_local_indexes(context, id, table);
    }
}

/// Checks what a local index has to have (DynamoDB guide, "Local Secondary Indexes").
fn check_local_indexes(context: &mut RuleContext<'_>, id: &Spanned<String>, table: &Table) {
    let local = table.indexes.iter().filter(|(_, index)| index.is_local());
    for (count, (name, index)) in local.enumerate() {
        let (partition, sort) = key_lists(index);
        let mut report =
            |span, message: String, hint: &str| context.report("local-index", span, message, hint);
        if count == *LIMITS.table_local_indexes {
            let message = format!("table `{}` has more than {count} local indexes", id.value);
            report(name.span, message, "make some of them global: take `local` out");
        }
        if table.sort_key.is_none() {
            let message = format!("table `{}` has no sort key, so it can have no local index", id.value);
            report(name.span, message, "make it global: take `local` out");
        }
        if partition != [&table.partition_key.value] {
            let own = &table.partition_key.name.value;
            let message = format!("a local index has the partition key of its table, `{own}`");
            report(index.partition_key.span, message, "write the table's, or take `local` out");
        }
        if sort.len() != 1 {
            let span = index.sort_key.as_ref().map_or(name.span, |sort| sort.span);
            report(span, "a local index has a sort key of one attribute".to_owned(), "name one attribute");
        }
        if let Some(capacity) = &index.capacity {
            let message = "a local index uses the capacity of its table".to_owned();
            report(capacity.span, message, "take `capacity` out");
        }
    }
}

/// The attributes of a partition key and of a sort key, in order.
type KeyLists<'a> = (Vec<&'a KeyAttribute>, Vec<&'a KeyAttribute>);

fn key_lists(index: &Index) -> KeyLists<'_> {
    (index.partition_key.iter().collect(), index.sort_key.iter().flat_map(|sort| sort.iter()).collect())
}

fn check_repeated_keys(context: &mut RuleContext<'_>, table: &Table) {
    let sort = table.sort_key.iter().map(|sort| &sort.value);
    let own: KeyLists<'_> = (vec![&table.partition_key.value], sort.collect());
    let mut seen = vec![("the table itself".to_owned(), own)];
    for (name, index) in table.indexes.iter() {
        let own = key_lists(index);
        if let Some((other, _)) = seen.iter().find(|(_, keys)| *keys == own) {
            let message = format!("index `{}` has the same keys as {other}", name.value);
            context.report("same-index", name.span, message, "take it out, or choose other keys");
        }
        seen.push((format!("index `{}`", name.value), own));
    }
}

fn check_projections(context: &mut RuleContext<'_>, id: &Spanned<String>, table: &Table) {
    let mut total = 0;
    for (_, index) in table.indexes.iter() {
        let Some(projection) = index.projection.as_ref() else { continue };
        let Projection::Include(names) = &projection.value else { continue };
        total += names.len();
        let (partition, sort) = key_lists(index);
        let table = [Some(&table.partition_key), table.sort_key.as_ref()].into_iter().flatten();
        let mut keys = table.map(|key| &key.value).chain(partition).chain(sort);
        if let Some(key) = keys.find(|key| names.contains(&key.name.value)) {
            let message = format!("`{}` is a key, which every index has anyway", key.name.value);
            context.report("projected-key", projection.span, message, "take it out of the list");
        }
    }
    let most = *LIMITS.table_projected_attributes;
    if total > most {
        let message = format!("the indexes of table `{}` name {total} attributes", id.value);
        context.report("projected-total", id.span, message, "name 100 at most together, or project `all`");
    }
}
