//! Plans the `UpdateTable` and related calls between two table configurations: one concern per call, in order.
use super::{
    Billing, Props,
    request::{KeyAttributeTypes, define_attributes},
};
use crate::{
    aws::{Result, tags},
    engine::MaybeKnown,
};

/// A planned call, or pair of calls, to send and wait for.
#[derive(Debug, PartialEq)]
pub(super) enum TableCall {
    /// Enables or disables deletion protection.
    SetDeletionProtection(bool),
    /// Deletes an index.
    DropIndex(String),
    /// Changes the billing mode or the capacity units.
    SetBilling {
        /// Whether the billing mode changes.
        mode: bool,
        /// Whether the table's own units are sent.
        table: bool,
        /// Indexes whose units are sent.
        indexes: Vec<String>,
    },
    /// Creates an index, with the types of all key attributes that the table then uses.
    AddIndex(String, KeyAttributeTypes),
    /// Encrypts with this key, or with DynamoDB's own for none.
    SetEncryption(Option<String>),
    /// Enables or disables point-in-time recovery.
    SetRecovery(bool),
    /// Sets and removes tags.
    SetTags(tags::TagDiff),
    /// Enables or disables TTL by this attribute.
    SetTtl(String, bool),
}

/// Plans the calls in order.
///
/// Tags come first, because the last-applied tag is among them: see `engine::Resource::update`. Deletion protection
/// is next, so that a table to be protected is protected during the rest. Removed indexes are deleted before the
/// billing mode or capacity changes, so that no capacity is paid for them; new indexes are created after it, so that
/// they get the new mode. TTL comes last: its cool-down of half an hour must not block the rest.
pub(super) fn plan_calls(from: &Props, to: &Props) -> Result<Vec<TableCall>> {
    let mut changes: Vec<TableCall> =
        tags::diff_tags(&from.tags, &to.tags).map(TableCall::SetTags).into_iter().collect();
    if from.deletion_protection != to.deletion_protection {
        changes.push(TableCall::SetDeletionProtection(to.deletion_protection));
    }
    let stays = |name: &String| {
        let (old, new) = (from.indexes.get(name), to.indexes.get(name));
        let same = old.zip(new).map(|(old, new)| old.keys == new.keys && old.projection == new.projection);
        same == Some(true)
    };
    changes.extend(from.indexes.keys().filter(|name| !stays(name)).cloned().map(TableCall::DropIndex));
    changes.extend(plan_billing_call(from, to, stays));
    let mut types = KeyAttributeTypes::new();
    define_attributes(&mut types, &to.key_schema);
    to.indexes
        .iter()
        .filter(|(name, _)| stays(name))
        .for_each(|(_, index)| define_attributes(&mut types, &index.keys));
    for (name, index) in to.indexes.iter().filter(|(name, _)| !stays(name)) {
        define_attributes(&mut types, &index.keys);
        changes.push(TableCall::AddIndex(name.clone(), types.clone()));
    }
    if from.key != to.key {
        changes.push(TableCall::SetEncryption(
            to.key.as_ref().map(MaybeKnown::require_known).transpose()?.cloned(),
        ));
    }
    if from.point_in_time_recovery != to.point_in_time_recovery {
        changes.push(TableCall::SetRecovery(to.point_in_time_recovery));
    }
    if from.ttl != to.ttl {
        changes.extend(from.ttl.clone().map(|attribute| TableCall::SetTtl(attribute, false)));
        changes.extend(to.ttl.clone().map(|attribute| TableCall::SetTtl(attribute, true)));
    }
    Ok(changes)
}

/// Plans one call for the mode and units of the table and the indexes that stay; unchanged units must not be sent.
fn plan_billing_call(from: &Props, to: &Props, stays: impl Fn(&String) -> bool) -> Option<TableCall> {
    let change = match (from.billing, to.billing) {
        (Billing::OnDemand, Billing::OnDemand) => return None,
        (Billing::Provisioned(_), Billing::OnDemand) => {
            TableCall::SetBilling { mode: true, table: false, indexes: Vec::new() }
        }
        (Billing::OnDemand, Billing::Provisioned(_)) => {
            let indexes = from.indexes.keys().filter(|name| stays(name)).cloned().collect();
            TableCall::SetBilling { mode: true, table: true, indexes }
        }
        (Billing::Provisioned(old), Billing::Provisioned(new)) => {
            let differs = |name: &&String| stays(name) && from.indexes[*name].capacity.unwrap_or(old) != new;
            let indexes: Vec<_> = from.indexes.keys().filter(differs).cloned().collect();
            if old == new && indexes.is_empty() {
                return None;
            }
            TableCall::SetBilling { mode: false, table: old != new, indexes }
        }
    };
    Some(change)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::resources::table::{Attribute, Capacity, Index, KeySchema, Projection};

    fn keys(partition: &str) -> KeySchema {
        let partition_key = Attribute { name: partition.into(), kind: "S".into() };
        KeySchema { partition_key, sort_key: None }
    }

    fn index(partition: &str) -> Index {
        Index { keys: keys(partition), projection: Projection::All, capacity: None }
    }

    fn units(read: i64) -> Billing {
        Billing::Provisioned(Capacity { read, write: 1 })
    }

    fn table(billing: Billing, indexes: &[(&str, Index)]) -> Props {
        let indexes = indexes.iter().map(|(name, index)| ((*name).to_owned(), index.clone())).collect();
        Props {
            key_schema: keys("id"),
            billing,
            indexes,
            ttl: None,
            point_in_time_recovery: false,
            deletion_protection: false,
            key: None,
            tags: BTreeMap::new(),
        }
    }

    fn types(names: &[&str]) -> KeyAttributeTypes {
        names.iter().map(|name| ((*name).to_owned(), "S".to_owned())).collect()
    }

    #[test]
    fn equal_tables_need_nothing() {
        let same = table(units(5), &[("A", index("a"))]);
        assert_eq!(plan_calls(&same, &same).unwrap(), []);
    }

    #[test]
    fn a_changed_index_goes_and_comes_back_and_others_stay() {
        let from = table(Billing::OnDemand, &[("A", index("a")), ("B", index("b"))]);
        let to = table(Billing::OnDemand, &[("A", index("a")), ("B", index("c")), ("C", index("d"))]);
        let expected = [
            TableCall::DropIndex("B".into()),
            TableCall::AddIndex("B".into(), types(&["a", "c", "id"])),
            TableCall::AddIndex("C".into(), types(&["a", "c", "d", "id"])),
        ];
        assert_eq!(plan_calls(&from, &to).unwrap(), expected);
    }

    #[test]
    fn provisioning_covers_every_index_that_stays() {
        let from = table(Billing::OnDemand, &[("A", index("a")), ("B", index("b"))]);
        let to = table(units(5), &[("A", index("a")), ("C", index("c"))]);
        let expected = [
            TableCall::DropIndex("B".into()),
            TableCall::SetBilling { mode: true, table: true, indexes: vec!["A".into()] },
            TableCall::AddIndex("C".into(), types(&["a", "c", "id"])),
        ];
        assert_eq!(plan_calls(&from, &to).unwrap(), expected);
    }

    #[test]
    fn units_that_stay_are_not_sent() {
        let own = Index { capacity: Some(Capacity { read: 9, write: 1 }), ..index("a") };
        let drifted = table(units(5), &[("A", own.clone()), ("B", index("b"))]);
        let back = table(units(5), &[("A", index("a")), ("B", index("b"))]);
        let only_index = TableCall::SetBilling { mode: false, table: false, indexes: vec!["A".into()] };
        assert_eq!(plan_calls(&drifted, &back).unwrap(), [only_index]);
        let to_nine = table(units(9), &[("A", index("a")), ("B", index("b"))]);
        let not_the_drifted = TableCall::SetBilling { mode: false, table: true, indexes: vec!["B".into()] };
        assert_eq!(plan_calls(&drifted, &to_nine).unwrap(), [not_the_drifted]);
        let back_on_demand = TableCall::SetBilling { mode: true, table: false, indexes: vec![] };
        let on_demand = table(
            Billing::OnDemand,
            &back.indexes.iter().map(|(n, i)| (&**n, i.clone())).collect::<Vec<_>>(),
        );
        assert_eq!(plan_calls(&back, &on_demand).unwrap(), [back_on_demand]);
    }

    #[test]
    fn another_expiry_attribute_is_off_then_on_and_last() {
        let from = Props { ttl: Some("old".into()), ..table(Billing::OnDemand, &[]) };
        let to = Props {
            ttl: Some("new".into()),
            point_in_time_recovery: true,
            deletion_protection: true,
            key: Some(MaybeKnown::Known("arn:k".into())),
            ..table(Billing::OnDemand, &[])
        };
        let expected = [
            TableCall::SetDeletionProtection(true),
            TableCall::SetEncryption(Some("arn:k".into())),
            TableCall::SetRecovery(true),
            TableCall::SetTtl("old".into(), false),
            TableCall::SetTtl("new".into(), true),
        ];
        assert_eq!(plan_calls(&from, &to).unwrap(), expected);
    }

    #[test]
    fn a_key_that_is_not_known_is_not_sent() {
        let from = table(Billing::OnDemand, &[]);
        let to = Props { key: Some(MaybeKnown::KnownAfter("key.arn".into())), ..from.clone() };
        assert!(plan_calls(&from, &to).is_err());
    }
}
