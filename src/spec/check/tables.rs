//! Tables and the key.
use super::Context;
use crate::spec::{
    at::At,
    types::{AttributeType, KeyAttribute, Table},
};

pub(super) fn check(context: &mut Context<'_>) {
    given_key(context);
    for (_, table) in context.spec.tables.iter() {
        same_attribute_twice(context, table);
        conflicting_types(context, table);
        ttl_on_key(context, table);
    }
}

/// A key that exists is not touched, so nothing else may be said of it.
fn given_key(context: &mut Context<'_>) {
    let Some(key) = context.spec.key.as_ref() else { return };
    let Some(arn) = key.arn.as_ref() else { return };
    let others = [
        key.alias.as_ref().map(|alias| ("alias", alias.place)),
        key.rotation.as_ref().map(|rotation| ("rotation", rotation.place)),
        key.deletion_window_days.as_ref().map(|days| ("deletion_window_days", days.place)),
    ];
    for (name, place) in others.into_iter().flatten() {
        let message = format!("`key.{name}` has no effect on a key given by `key.arn`");
        context.error(
            "given-key",
            place,
            message,
            "take it out, or take `arn` out to get a key of the stack's own",
        );
    }
    for (reference, place) in arn.references() {
        use crate::spec::template::Reference::{Input, Stack};
        if !matches!(reference, Input(_) | Stack(_)) {
            let message =
                format!("`key.arn` cannot depend on `${{{reference}}}`, which the stack makes itself");
            context.error("given-key", place, message, "use an input: `${inputs.NAME}`");
        }
    }
    if arn.literal().is_some_and(|text| !text.starts_with("arn:") || !text.contains(":kms:")) {
        context.error(
            "given-key",
            arn.place,
            "`key.arn` is not the ARN of a KMS key",
            "it looks like `arn:aws:kms:us-east-1:123456789012:key/…`",
        );
    }
}

/// All key attributes of a table and its indexes.
fn attributes(table: &Table) -> impl Iterator<Item = &At<KeyAttribute>> {
    let own = [Some(&table.partition_key), table.sort_key.as_ref()];
    let indexes =
        table.indexes.iter().flat_map(|(_, index)| [Some(&index.partition_key), index.sort_key.as_ref()]);
    own.into_iter().chain(indexes).flatten()
}

fn same_attribute_twice(context: &mut Context<'_>, table: &Table) {
    let indexes = table.indexes.iter().map(|(_, index)| (&index.partition_key, index.sort_key.as_ref()));
    for (partition, sort) in std::iter::once((&table.partition_key, table.sort_key.as_ref())).chain(indexes) {
        if let Some(sort) = sort.filter(|sort| sort.name == partition.name) {
            let message = format!("`{}` is the partition key and the sort key", sort.name.value);
            context.error("key-attribute", sort.name.place, message, "use two different attributes");
        }
    }
}

fn conflicting_types(context: &mut Context<'_>, table: &Table) {
    let mut seen: Vec<(&str, AttributeType)> = Vec::new();
    for attribute in attributes(table) {
        match seen.iter().find(|(name, _)| *name == attribute.name.as_str()) {
            Some((name, kind)) if *kind != attribute.kind => {
                let message = format!(
                    "`{name}` has type {:?} here and {kind:?} in another key of the table",
                    attribute.kind
                );
                context.error(
                    "key-attribute",
                    attribute.name.place,
                    message,
                    "an attribute has one type in all keys",
                );
            }
            Some(_) => {}
            None => seen.push((attribute.name.as_str(), attribute.kind)),
        }
    }
}

fn ttl_on_key(context: &mut Context<'_>, table: &Table) {
    let Some(ttl) = table.ttl.as_ref() else { return };
    if attributes(table).any(|attribute| attribute.name == *ttl) {
        let message = format!("the expiry cannot be in `{}`, which is a key attribute", ttl.value);
        context.error(
            "ttl-attribute",
            ttl.place,
            message,
            "use an attribute of its own, such as `expiresAt`",
        );
    }
}
