//! Every kind under the contract.
mod api;
mod api_gateway_account;
mod function;
mod function_policy;
mod key;
mod local;
pub(crate) mod log_group;
mod role;
mod stage;
mod table;

use std::{collections::BTreeSet, pin::Pin};

use copilot_infra::{
    engine::Resource,
    resources::{
        TIERS, api::Api, api_gateway_account::ApiGatewayAccount, function::Function,
        function_policy::FunctionPolicy, key::Key, log_group::LogGroup, role::Role, stage::Stage,
        table::Table,
    },
};

use crate::{
    bench::spread,
    contract::{Checked, Nobody, Place},
};

type Check<'a> = Pin<Box<dyn Future<Output = Checked> + 'a>>;

/// A kind, and the contract on one of it.
struct Kind {
    name: &'static str,
    holds: for<'a> fn(&'a Place) -> Check<'a>,
}

/// Every kind there is.
const KINDS: [Kind; 9] = [
    Kind {
        name: Key::KIND,
        holds: |place| Box::pin(async { key::key().holds(place, Some(key::spoil)).await }),
    },
    Kind {
        name: Table::KIND,
        holds: |place| {
            Box::pin(async { table::with_key(place).await.holds(place, Some(table::spoil)).await })
        },
    },
    Kind {
        name: Role::KIND,
        holds: |place| Box::pin(async { role::role().holds(place, Some(role::spoil)).await }),
    },
    Kind {
        name: LogGroup::KIND,
        holds: |place| {
            Box::pin(async { log_group::with_key(place).await.holds(place, Some(log_group::spoil)).await })
        },
    },
    Kind {
        name: Api::KIND,
        holds: |place| Box::pin(async { api::api().holds(place, Some(api::spoil)).await }),
    },
    Kind {
        name: Function::KIND,
        holds: |place| {
            Box::pin(async { function::function(place).await.holds(place, Some(function::spoil)).await })
        },
    },
    Kind {
        name: FunctionPolicy::KIND,
        holds: |place| {
            Box::pin(async {
                function_policy::function_policy(place).await.holds(place, Some(function_policy::spoil)).await
            })
        },
    },
    Kind {
        name: ApiGatewayAccount::KIND,
        holds: |place| {
            Box::pin(async { api_gateway_account::api_gateway_account().holds(place, None::<Nobody>).await })
        },
    },
    Kind {
        name: Stage::KIND,
        holds: |place| Box::pin(async { stage::stage(place).await.holds(place, Some(stage::spoil)).await }),
    },
];

#[test]
fn every_kind_keeps_the_contract() {
    let found = spread(KINDS.len(), async |at| (KINDS[at].holds)(&Place::simulated(at as u64)).await);
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
