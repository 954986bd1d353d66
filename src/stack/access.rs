//! From a function's `access` to what its role is granted.
use super::{
    policies::{self, ConnectionsGrant, FunctionGrants, GrantedPolicy, IndexGrant, TableGrant},
    spec_context::{GeneratedIds, SpecContext},
};
use crate::{
    engine::MaybeKnown,
    manifest::{
        template::Template,
        types::{Function, Tracing},
    },
};

/// What the role of function `id` is granted.
pub(super) fn granted_policy(
    base: &SpecContext,
    id: &str,
    wish: &Function,
    made: &GeneratedIds,
) -> GrantedPolicy {
    let access = wish.access.as_deref().cloned().unwrap_or_default();
    let render = |template: &Template| base.render_template(template, made);
    let own = access.tables.iter().map(|(table, grant)| TableGrant {
        label: table.value.clone(),
        table: base.table_arn(table).into(),
        indexes: IndexGrant::Named(index_names(base, table)),
        grant: grant.value,
    });
    let external = access.external_tables.iter().map(|(table, grant)| TableGrant {
        label: "external table".to_owned(),
        table: render(table),
        indexes: IndexGrant::Any,
        grant: grant.value,
    });
    let connections = access.connections.as_ref().is_some_and(|on| on.value).then(|| ConnectionsGrant {
        api: made.api.as_ref().map_or_else(|| MaybeKnown::KnownAfter("api.id".into()), |api| api.id.clone()),
        stage: base.spec.stage_name().to_owned(),
    });
    let grants = FunctionGrants {
        function_arn: base.function_arn(id),
        log_group_arn: base.log_group_arn(&base.spec.function_log_group(id)),
        tracing: wish.tracing.as_deref() != Some(&Tracing::Passthrough),
        tables: own.chain(external).collect(),
        key: made.key.as_ref().map(|key| key.arn.clone()),
        models: access.models.iter().map(|model| render(model)).collect(),
        model_region: model_region(base, wish, made),
        connections,
        secrets: access.secrets.iter().map(|secret| render(secret)).collect(),
        statements: access.statements.iter().map(|statement| statement.value.clone()).collect(),
    };
    policies::access_policy(&grants, &base.scope)
}

/// Where the function is told to call Bedrock; the shipped handlers go by this variable.
pub(super) fn model_region(base: &SpecContext, wish: &Function, made: &GeneratedIds) -> Option<String> {
    let told = wish.environment.get("BEDROCK_REGION")?;
    match base.render_template(told, made) {
        MaybeKnown::Known(region) if !region.is_empty() => Some(region),
        _ => None,
    }
}

fn index_names(base: &SpecContext, table: &str) -> Vec<String> {
    let table = base.spec.tables.get(table);
    table.into_iter().flat_map(|table| table.indexes.keys()).map(|name| name.value.clone()).collect()
}
