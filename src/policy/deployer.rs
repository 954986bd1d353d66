//! The policies that a deployer of a stack needs, derived from the tool's API calls.
use std::collections::{BTreeMap, BTreeSet};

use super::{
    actions::calls,
    context::{PolicyContext, UnknownIds},
    permission_scope::ResolvedScope,
};
use crate::{
    aws::AwsScope,
    iam::size::{AllowStatement, ManagedPolicy, pack_policies},
    manifest::Loaded,
    resources::permissions::{PermissionScope, Purpose},
    stack::{StackNames, inputs},
};

const PURPOSES: [(Purpose, &str, &str); 7] = [
    (Purpose::Plan, "plan", "reads only: `plan`, `outputs`, and the beginning of everything else"),
    (Purpose::Apply, "apply", "on top of plan: `apply`, `push`, and `destroy` of all that holds no data"),
    (Purpose::Lease, "lease", "on top of apply, unless the spec says `lease: off`: keeping other runs out"),
    (
        Purpose::LoggingRole,
        "logging-role",
        "on top of apply, once: where API Gateway has no role to log with in this account and region",
    ),
    (
        Purpose::DeleteData,
        "delete-data",
        "on top of apply: removing tables and the key, with `--delete-data`",
    ),
    (
        Purpose::Operate,
        "operate",
        "on top of plan: `doctor`, `logs` and `smoke`, which read items of the tables",
    ),
    (
        Purpose::Repair,
        "repair",
        "on top of apply, only when a run asks for it: a role in an instance profile, an unnamed statement in a function's policy",
    ),
];

/// What is known of whoever deploys, beside the spec.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeployerOptions<'a> {
    /// ARN of the role or user, which may then ask about its own permissions, as `apply --preflight` does.
    pub principal: Option<&'a str>,
    /// Id of the API once it is made: no other API is in reach then, and no new one can be made.
    pub api: Option<&'a str>,
}

/// Returns the policies that a deployer of the stack needs, by purpose.
#[must_use]
pub fn deployer_policies(
    loaded: &Loaded,
    scope: &AwsScope,
    options: DeployerOptions<'_>,
) -> Vec<ManagedPolicy> {
    let DeployerOptions { principal, api } = options;
    let names = StackNames::of(loaded, inputs::offline_inputs(&loaded.spec), scope);
    let context = PolicyContext {
        scope: scope.clone(),
        names,
        unknown: UnknownIds {
            api: api.map_or_else(|| UnknownIds::any().api, str::to_owned),
            ..UnknownIds::any()
        },
        principal: principal.map(str::to_owned),
        one_api: api.is_some(),
    };
    PURPOSES
        .iter()
        .flat_map(|(purpose, name, words)| pack_policies(name, words, purpose_statements(*purpose, &context)))
        .collect()
}

/// Returns what whoever holds the policies of a spec without a boundary could do with them.
#[must_use]
pub fn escalation_warning(loaded: &Loaded) -> Option<&'static str> {
    let spec = &loaded.spec;
    let makes =
        spec.functions.keys().any(|id| spec.function(id).is_some_and(|function| function.role.is_none()));
    (makes && spec.roles.permissions_boundary.is_none()).then_some(
        "without a boundary (`roles.permissions_boundary`) whoever holds `apply` is an administrator of the account: \
         a role of the stack may be allowed anything",
    )
}

/// One statement for each scope.
fn purpose_statements(purpose: Purpose, context: &PolicyContext) -> Vec<AllowStatement> {
    let mut scopes: BTreeMap<PermissionScope, BTreeSet<&str>> = BTreeMap::new();
    for need in calls().flat_map(|one| one.needs).filter(|need| need.purpose == purpose) {
        scopes.entry(need.on).or_default().extend(need.actions);
    }
    let statement = |(scope, actions): (PermissionScope, BTreeSet<&str>)| {
        let ResolvedScope { resources, condition } = scope.resolve(context);
        (!resources.is_empty()).then(|| AllowStatement {
            sid: format!("{scope:?}"),
            why: scope.why().to_owned(),
            actions: actions.into_iter().map(str::to_owned).collect(),
            resources,
            condition,
        })
    };
    scopes.into_iter().filter_map(statement).collect()
}
