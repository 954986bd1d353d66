//! Converts a function's `access` to the grants of its role.
use super::{
    policies::{
        self, AllowGrant, ConnectionsGrant, FunctionGrants, GrantedPolicy, IndexGrant, TableGrant,
        TargetGrant,
    },
    spec_context::{GeneratedIds, SpecContext},
};
use crate::{
    engine::MaybeKnown,
    manifest::{
        template::Template,
        types::{AccessTarget, Function, Tracing},
    },
};

/// Returns the policy that is granted to the role of function `id`.
pub(super) fn granted_policy(
    context: &SpecContext,
    id: &str,
    desired: &Function,
    generated: &GeneratedIds,
) -> GrantedPolicy {
    let access = desired.access.as_deref().cloned().unwrap_or_default();
    let render = |template: &Template| context.render_template(template, generated);
    let own = access.tables.iter().map(|(table, grant)| TableGrant {
        label: table.value.clone(),
        table: context.table_arn(table).into(),
        indexes: IndexGrant::Named(index_names(context, table)),
        grant: grant.value,
    });
    let external = access.external_tables.iter().map(|(table, grant)| TableGrant {
        label: "external table".to_owned(),
        table: render(table),
        indexes: IndexGrant::Any,
        grant: grant.value,
    });
    let verbs = access.connection_verbs().to_vec();
    let connections = (!verbs.is_empty()).then(|| ConnectionsGrant {
        api: generated
            .api
            .as_ref()
            .map_or_else(|| MaybeKnown::KnownAfter("api.id".into()), |api| api.id.clone()),
        stage: context.spec.stage_name().to_owned(),
        verbs,
    });
    let targets = access
        .targets()
        .into_iter()
        .map(|(target, name)| TargetGrant { target, name: target_name(context, target, name, generated) });
    let allow = access.allow.iter().map(|allow| AllowGrant {
        actions: allow.actions.iter().map(|action| action.value.clone()).collect(),
        resources: allow.on.iter().map(|on| render(on)).collect(),
        condition: allow.when.as_ref().map(|when| when.value.clone()),
        why: allow.why.value.clone(),
    });
    let grants = FunctionGrants {
        function_arn: context.function_arn(id),
        log_group_arn: context.log_group_arn(&context.spec.function_log_group(id)),
        tracing: desired.tracing.as_deref() != Some(&Tracing::Passthrough),
        tables: own.chain(external).collect(),
        key: generated.key.as_ref().map(|key| key.arn.clone()),
        models: access.models.iter().map(|model| render(model)).collect(),
        models_subscribe: access.models_subscribe.as_ref().is_some_and(|on| on.value),
        model_region: model_region(context, desired, generated),
        connections,
        secrets: access.secrets.iter().map(|secret| render(secret)).collect(),
        keys: access.keys.iter().map(|key| render(key)).collect(),
        targets: targets.collect(),
        allow: allow.collect(),
        statements: access.statements.iter().map(|statement| statement.value.clone()).collect(),
    };
    policies::access_policy(&grants, &context.scope)
}

/// Returns the name or ARN of a target; a function of this stack is named by its id.
fn target_name(
    context: &SpecContext,
    target: AccessTarget,
    name: &Template,
    generated: &GeneratedIds,
) -> MaybeKnown<String> {
    match name.literal() {
        Some(id) if target == AccessTarget::Function && context.spec.functions.get(id).is_some() => {
            context.function_arn(id).into()
        }
        _ => context.render_template(name, generated),
    }
}

/// Returns the region in which the function calls Bedrock; the shipped handlers read it from this variable.
pub(super) fn model_region(
    context: &SpecContext,
    desired: &Function,
    generated: &GeneratedIds,
) -> Option<String> {
    let told = desired.environment.get("BEDROCK_REGION")?;
    match context.render_template(told, generated) {
        MaybeKnown::Known(region) if !region.is_empty() => Some(region),
        _ => None,
    }
}

fn index_names(context: &SpecContext, table: &str) -> Vec<String> {
    let table = context.spec.tables.get(table);
    table.into_iter().flat_map(|table| table.indexes.keys()).map(|name| name.value.clone()).collect()
}
