//! Every kind under the contract.
mod account;
mod api;
mod function;
mod key;
pub(crate) mod log_group;
mod permission;
mod role;
mod stage;
mod table;

use crate::{
    bench::{Bench, spread},
    contract::{Checked, Nobody, world},
};
use copilot_infra::{
    engine::Resource,
    resources::{
        TIERS, account::Account, api::Api, function::Function, key::Key, log_group::LogGroup,
        permission::Permission, role::Role, stage::Stage, table::Table,
    },
};
use std::{collections::BTreeSet, pin::Pin};

type Check<'a> = Pin<Box<dyn Future<Output = Checked> + 'a>>;

/// A kind, and the contract on one of it.
struct Kind {
    name: &'static str,
    holds: for<'a> fn(&'a Bench) -> Check<'a>,
}

/// Every kind there is.
const KINDS: [Kind; 9] = [
    Kind {
        name: Key::KIND,
        holds: |bench| Box::pin(async { key::key().holds(bench, Some(key::spoil)).await }),
    },
    Kind {
        name: Table::KIND,
        holds: |bench| {
            Box::pin(async { table::with_key(bench).await.holds(bench, Some(table::spoil)).await })
        },
    },
    Kind {
        name: Role::KIND,
        holds: |bench| Box::pin(async { role::role().holds(bench, Some(role::spoil)).await }),
    },
    Kind {
        name: LogGroup::KIND,
        holds: |bench| {
            Box::pin(async { log_group::with_key(bench).await.holds(bench, Some(log_group::spoil)).await })
        },
    },
    Kind {
        name: Api::KIND,
        holds: |bench| Box::pin(async { api::api().holds(bench, Some(api::spoil)).await }),
    },
    Kind {
        name: Function::KIND,
        holds: |bench| {
            Box::pin(async { function::function(bench).await.holds(bench, Some(function::spoil)).await })
        },
    },
    Kind {
        name: Permission::KIND,
        holds: |bench| {
            Box::pin(async {
                permission::permission(bench).await.holds(bench, Some(permission::spoil)).await
            })
        },
    },
    Kind {
        name: Account::KIND,
        holds: |bench| Box::pin(async { account::account().holds(bench, None::<Nobody>).await }),
    },
    Kind {
        name: Stage::KIND,
        holds: |bench| Box::pin(async { stage::stage(bench).await.holds(bench, Some(stage::spoil)).await }),
    },
];

#[test]
fn every_kind_keeps_the_contract() {
    let found = spread(KINDS.len(), async |at| (KINDS[at].holds)(&world(at as u64)).await);
    let broken = KINDS.iter().zip(found).filter_map(|(kind, found)| {
        let why = found.err()?;
        Some(format!("{}: {why}", kind.name))
    });
    let broken: Vec<_> = broken.collect();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

#[test]
fn no_kind_goes_without_the_contract() {
    let registered: BTreeSet<&str> =
        TIERS.iter().flat_map(|tier| tier.iter()).map(|kind| kind.name).collect();
    assert_eq!(KINDS.iter().map(|kind| kind.name).collect::<BTreeSet<_>>(), registered);
}
