//! Plans the `UpdateTable` and related calls between two table configurations: one concern per call, in order.
use super::{
    Billing, Ceiling, Class, Props, Sharing,
    request::{KeyAttributeTypes, define_attributes},
    side_settings::RECOVERY_DAYS,
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
    /// Deletes the resource policy.
    DeleteResourcePolicy,
    /// Stops sending changes to this Kinesis stream.
    DisableKinesisStream(String),
    /// Switches the stream off.
    DisableStream,
    /// Deletes an index.
    DropIndex(String),
    /// Changes the billing mode, the capacity units or the ceilings of requests.
    SetBilling {
        /// Whether the billing mode changes.
        mode: bool,
        /// Whether the table's own units or ceiling are sent.
        table: bool,
        /// Indexes whose units or ceilings are sent.
        indexes: Vec<String>,
    },
    /// Creates an index, with the types of all key attributes that the table then uses.
    AddIndex(String, KeyAttributeTypes),
    /// Sets the class of storage.
    SetClass(Class),
    /// Encrypts with this key, or with DynamoDB's own for none.
    SetEncryption(Option<String>),
    /// Enables point-in-time recovery, over a number of days if one is to be named, or disables it.
    SetRecovery(bool, Option<i32>),
    /// Sets and removes tags.
    SetTags(tags::TagDiff),
    /// Enables or disables TTL by this attribute.
    SetTtl(String, bool),
}

/// Plans the calls in order.
///
/// Tags come first, because the last-applied tag is among them: see `engine::Resource::update`. Deletion protection
/// is next, so that a table to be protected is protected during the rest, and then what lets others at its data. Removed indexes are deleted before the
/// billing mode or capacity changes, so that no capacity is paid for them. TTL comes after what its cool-down of half an
/// hour must not block, and new indexes come last: they get the new mode, and one of a large table is built for hours.
pub(super) fn plan_calls(from: &Props, to: &Props) -> Result<Vec<TableCall>> {
    let mut changes: Vec<TableCall> =
        tags::diff_tags(&from.tags, &to.tags).map(TableCall::SetTags).into_iter().collect();
    if from.deletion_protection != to.deletion_protection {
        changes.push(TableCall::SetDeletionProtection(to.deletion_protection));
    }
    changes.extend(plan_closing_calls(&from.sharing, &to.sharing));
    let stays = |name: &String| {
        let (old, new) = (from.indexes.get(name), to.indexes.get(name));
        let same = old.zip(new).map(|(old, new)| old.keys == new.keys && old.projection == new.projection);
        same == Some(true)
    };
    changes.extend(from.indexes.keys().filter(|name| !stays(name)).cloned().map(TableCall::DropIndex));
    changes.extend(plan_billing_calls(from, to, stays));
    if from.class != to.class {
        changes.push(TableCall::SetClass(to.class));
    }
    if from.key != to.key {
        changes.push(TableCall::SetEncryption(
            to.key.as_ref().map(MaybeKnown::require_known).transpose()?.cloned(),
        ));
    }
    let recovery = |props: &Props| (props.point_in_time_recovery, props.recovery_period_days);
    if recovery(from) != recovery(to) {
        let days = to.recovery_period_days.or(from.recovery_period_days.map(|_| RECOVERY_DAYS));
        changes.push(TableCall::SetRecovery(to.point_in_time_recovery, days));
    }
    if from.ttl != to.ttl {
        changes.extend(from.ttl.clone().map(|attribute| TableCall::SetTtl(attribute, false)));
        changes.extend(to.ttl.clone().map(|attribute| TableCall::SetTtl(attribute, true)));
    }
    changes.extend(plan_new_indexes(to, stays));
    Ok(changes)
}

/// Plans the calls that end what others get of the data.
fn plan_closing_calls(from: &Sharing, to: &Sharing) -> Vec<TableCall> {
    let policy = (!from.resource_policy.is_empty() && to.resource_policy.is_empty())
        .then_some(TableCall::DeleteResourcePolicy);
    let streams = from.kinesis_streams.iter().filter(|stream| !to.kinesis_streams.contains(stream));
    let stream = (from.stream.is_some() && to.stream.is_none()).then_some(TableCall::DisableStream);
    policy.into_iter().chain(streams.cloned().map(TableCall::DisableKinesisStream)).chain(stream).collect()
}

/// Plans the indexes that are built, each with the types of all key attributes that the table then uses.
fn plan_new_indexes(to: &Props, stays: impl Fn(&String) -> bool) -> Vec<TableCall> {
    let mut types = KeyAttributeTypes::new();
    define_attributes(&mut types, &to.key_schema);
    let local = to.local_indexes.values().map(|index| &index.sort_key);
    types.extend(local.map(|sort| (sort.name.clone(), sort.kind.clone())));
    let (standing, new): (Vec<_>, Vec<_>) = to.indexes.iter().partition(|(name, _)| stays(name));
    for (_, index) in standing {
        define_attributes(&mut types, &index.keys);
    }
    let add = |(name, index): (&String, &super::Index)| {
        define_attributes(&mut types, &index.keys);
        TableCall::AddIndex(name.clone(), types.clone())
    };
    new.into_iter().map(add).collect()
}

/// Plans the calls for the mode, units and ceilings of the table and the indexes that stay; unchanged units must not be
/// sent.
fn plan_billing_calls(from: &Props, to: &Props, stays: impl Fn(&String) -> bool) -> Vec<TableCall> {
    let named = |wanted: &dyn Fn(&String) -> bool| -> Vec<String> {
        from.indexes.keys().filter(|name| stays(name) && wanted(name)).cloned().collect()
    };
    let own = |props: &Props, name: &String| props.indexes[name].billing(props.billing);
    let differ = named(&|name| own(from, name) != own(to, name));
    let table = from.billing != to.billing;
    match (from.billing, to.billing) {
        (Billing::OnDemand(_), Billing::Provisioned(_) | Billing::Autoscaled(_)) => {
            vec![TableCall::SetBilling { mode: true, table: true, indexes: named(&|_| true) }]
        }
        (Billing::Provisioned(_) | Billing::Autoscaled(_), Billing::OnDemand(_)) => {
            let limited = |billing: Billing| billing != Billing::OnDemand(Ceiling::default());
            // Ceilings of indexes are set once the mode has changed.
            let indexes = named(&|name| limited(own(to, name)));
            let switch =
                TableCall::SetBilling { mode: true, table: limited(to.billing), indexes: Vec::new() };
            let rest = TableCall::SetBilling { mode: false, table: false, indexes: indexes.clone() };
            [switch].into_iter().chain((!indexes.is_empty()).then_some(rest)).collect()
        }
        _ if !table && differ.is_empty() => Vec::new(),
        // A ceiling of the table travels without those of indexes ("OnDemandThroughput can only be combined with
        // BillingMode", aws-controllers-k8s/dynamodb-controller, `docs/api-quirks`, DDB-TABLE-433).
        (Billing::OnDemand(_), Billing::OnDemand(_)) if table && !differ.is_empty() => {
            let own = TableCall::SetBilling { mode: false, table, indexes: Vec::new() };
            vec![own, TableCall::SetBilling { mode: false, table: false, indexes: differ }]
        }
        _ => vec![TableCall::SetBilling { mode: false, table, indexes: differ }],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::resources::table::{Attribute, Capacity, Index, KeySchema, Projection};

    const DEMAND: Billing = Billing::OnDemand(Ceiling { max_read: None, max_write: None });

    fn keys(partition: &str) -> KeySchema {
        let partition_key = vec![Attribute { name: partition.into(), kind: "S".into() }];
        KeySchema { partition_key, sort_key: Vec::new() }
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
            local_indexes: BTreeMap::new(),
            class: Class::Standard,
            ttl: None,
            point_in_time_recovery: false,
            recovery_period_days: None,
            deletion_protection: false,
            key: None,
            sharing: Sharing::default(),
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
        let from = table(DEMAND, &[("A", index("a")), ("B", index("b"))]);
        let to = table(DEMAND, &[("A", index("a")), ("B", index("c")), ("C", index("d"))]);
        let expected = [
            TableCall::DropIndex("B".into()),
            TableCall::AddIndex("B".into(), types(&["a", "c", "id"])),
            TableCall::AddIndex("C".into(), types(&["a", "c", "d", "id"])),
        ];
        assert_eq!(plan_calls(&from, &to).unwrap(), expected);
    }

    #[test]
    fn provisioning_covers_every_index_that_stays() {
        let from = table(DEMAND, &[("A", index("a")), ("B", index("b"))]);
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
        let own = Index { capacity: Some(units(9)), ..index("a") };
        let drifted = table(units(5), &[("A", own.clone()), ("B", index("b"))]);
        let back = table(units(5), &[("A", index("a")), ("B", index("b"))]);
        let only_index = TableCall::SetBilling { mode: false, table: false, indexes: vec!["A".into()] };
        assert_eq!(plan_calls(&drifted, &back).unwrap(), [only_index]);
        let to_nine = table(units(9), &[("A", index("a")), ("B", index("b"))]);
        let not_the_drifted = TableCall::SetBilling { mode: false, table: true, indexes: vec!["B".into()] };
        assert_eq!(plan_calls(&drifted, &to_nine).unwrap(), [not_the_drifted]);
        let back_on_demand = TableCall::SetBilling { mode: true, table: false, indexes: vec![] };
        let on_demand =
            table(DEMAND, &back.indexes.iter().map(|(n, i)| (&**n, i.clone())).collect::<Vec<_>>());
        assert_eq!(plan_calls(&back, &on_demand).unwrap(), [back_on_demand]);
    }

    #[test]
    fn another_expiry_attribute_is_off_then_on_and_last() {
        let from = Props { ttl: Some("old".into()), ..table(DEMAND, &[]) };
        let to = Props {
            ttl: Some("new".into()),
            point_in_time_recovery: true,
            deletion_protection: true,
            key: Some(MaybeKnown::Known("arn:k".into())),
            ..table(DEMAND, &[])
        };
        let expected = [
            TableCall::SetDeletionProtection(true),
            TableCall::SetEncryption(Some("arn:k".into())),
            TableCall::SetRecovery(true, None),
            TableCall::SetTtl("old".into(), false),
            TableCall::SetTtl("new".into(), true),
        ];
        assert_eq!(plan_calls(&from, &to).unwrap(), expected);
    }

    #[test]
    fn ceilings_are_set_on_the_table_and_on_indexes_whose_own_differs() {
        let limit = |max_read| Billing::OnDemand(Ceiling { max_read, max_write: None });
        let call = |mode, table, indexes: &[&str]| {
            let indexes = indexes.iter().map(|name| (*name).to_owned()).collect();
            TableCall::SetBilling { mode, table, indexes }
        };
        let (free, limited) =
            (table(DEMAND, &[("A", index("a"))]), table(limit(Some(5)), &[("A", index("a"))]));
        let expected = [call(false, true, &[]), call(false, false, &["A"])];
        assert_eq!(plan_calls(&free, &limited).unwrap(), expected);
        let own = Index { capacity: Some(DEMAND), ..index("a") };
        let drifted = table(limit(Some(5)), &[("A", own)]);
        assert_eq!(plan_calls(&drifted, &limited).unwrap(), [call(false, false, &["A"])]);
        let provisioned = table(units(5), &[("A", index("a"))]);
        let expected = [call(true, true, &[]), call(false, false, &["A"])];
        assert_eq!(plan_calls(&provisioned, &limited).unwrap(), expected);
    }

    #[test]
    fn a_period_of_recovery_is_named_when_it_is_another_one() {
        let recovery =
            |on, days| Props { point_in_time_recovery: on, recovery_period_days: days, ..table(DEMAND, &[]) };
        let planned = |from: &Props, to: &Props| plan_calls(from, to).unwrap();
        let (full, week) = (recovery(true, None), recovery(true, Some(7)));
        assert_eq!(planned(&recovery(false, None), &full), [TableCall::SetRecovery(true, None)]);
        assert_eq!(planned(&full, &week), [TableCall::SetRecovery(true, Some(7))]);
        assert_eq!(planned(&week, &full), [TableCall::SetRecovery(true, Some(35))]);
    }

    #[test]
    fn autoscaled_capacity_is_left_alone() {
        let scaled = |read| Billing::Autoscaled(Capacity { read, write: 1 });
        let (live, wanted) =
            (table(scaled(40), &[("A", index("a"))]), table(scaled(5), &[("A", index("a"))]));
        assert_eq!(plan_calls(&live, &wanted).unwrap(), []);
    }

    #[test]
    fn another_class_is_a_call_of_its_own() {
        let to = Props { class: Class::Infrequent, ..table(units(5), &[]) };
        let expected = [
            TableCall::SetBilling { mode: true, table: true, indexes: vec![] },
            TableCall::SetClass(Class::Infrequent),
        ];
        assert_eq!(plan_calls(&table(DEMAND, &[]), &to).unwrap(), expected);
    }

    #[test]
    fn a_key_that_is_not_known_is_not_sent() {
        let from = table(DEMAND, &[]);
        let to = Props { key: Some(MaybeKnown::KnownAfter("key.arn".into())), ..from.clone() };
        assert!(plan_calls(&from, &to).is_err());
    }
}
