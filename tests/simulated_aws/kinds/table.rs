//! A table under the contract.
use std::collections::BTreeMap;

use copilot_infra::{
    aws::Aws,
    resources::table::{self, Table},
};

use super::key::key;
use crate::contract::{Case, Place, STACK, tags};

/// A table, which `key` can encrypt.
pub(crate) fn table(key: &str) -> Case<Table> {
    let attribute = |name: &str| table::Attribute { name: name.into(), kind: "S".into() };
    let keys = |name: &str| table::KeySchema { partition_key: vec![attribute(name)], sort_key: vec![] };
    let index = |name: &str, projection| table::Index { keys: keys(name), projection, capacity: None };
    let sorted = table::KeySchema { sort_key: vec![attribute("at")], ..keys("id") };
    let local = table::LocalIndex { sort_key: attribute("rank"), projection: table::Projection::KeysOnly };
    let wish = table::Props {
        key_schema: sorted,
        billing: table::Billing::OnDemand(table::Ceiling::default()),
        indexes: BTreeMap::from([("ByUser".to_owned(), index("user", table::Projection::All))]),
        local_indexes: BTreeMap::from([("ByRank".to_owned(), local)]),
        class: table::Class::Standard,
        ttl: Some("expiresAt".into()),
        point_in_time_recovery: true,
        recovery_period_days: None,
        deletion_protection: true,
        key: None,
        sharing: table::Sharing::default(),
        tags: tags(&[]),
    };
    let limit = |max_read, max_write| table::Billing::OnDemand(table::Ceiling { max_read, max_write });
    let names = |all: &[&str]| all.iter().map(|name| attribute(name)).collect::<Vec<_>>();
    let composite = table::Index {
        keys: table::KeySchema {
            partition_key: names(&["tenant", "user"]),
            sort_key: names(&["year", "month", "day"]),
        },
        projection: table::Projection::All,
        capacity: None,
    };
    let include = table::Projection::include(vec!["b".into(), "a".into()]);
    let changes = vec![
        table::Props { deletion_protection: false, ..wish.clone() },
        table::Props {
            billing: table::Billing::Provisioned(table::Capacity { read: 3, write: 4 }),
            ..wish.clone()
        },
        table::Props {
            indexes: BTreeMap::from([("ByUser".to_owned(), index("user", include))]),
            ..wish.clone()
        },
        table::Props { indexes: BTreeMap::new(), ..wish.clone() },
        // The local cloud sets no other ceiling on an index that stands; `tables` proves that.
        table::Props { billing: limit(Some(100), Some(50)), ..wish.clone() },
        table::Props {
            indexes: BTreeMap::from([("ByUser".to_owned(), composite)]),
            billing: limit(None, Some(70)),
            ..wish.clone()
        },
        table::Props { class: table::Class::Infrequent, ..wish.clone() },
        table::Props { recovery_period_days: Some(7), ..wish.clone() },
        table::Props { ttl: None, point_in_time_recovery: false, ..wish.clone() },
        table::Props { ttl: Some("other".into()), ..wish.clone() },
        table::Props { key: Some(key.to_owned().into()), ..wish.clone() },
        table::Props { tags: tags(&[("b", "2")]), ..wish.clone() },
    ];
    Case {
        changes,
        ..Case::of(
            Table {
                name: format!("{STACK}-it"),
                may_unprotect: true,
                listed: false,
                autoscaled: false,
                local_indexes: ["ByRank".to_owned()].into(),
            },
            wish,
        )
    }
}

/// A table, and the key that can encrypt it.
pub(crate) async fn with_key(place: &Place) -> Case<Table> {
    let key = key().stand(place).await;
    table(key.arn.require_known().expect("it stands"))
}

/// Somebody switches its recovery off.
pub(crate) async fn spoil(aws: &Aws) {
    use aws_sdk_dynamodb::types::PointInTimeRecoverySpecification;
    let off = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(false).build();
    let call = aws.dynamodb().update_continuous_backups().table_name(format!("{STACK}-it"));
    let call = call.point_in_time_recovery_specification(off.expect("it is whole"));
    call.send().await.expect("it is there");
}
