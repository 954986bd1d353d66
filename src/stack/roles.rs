//! The roles of a stack's functions, told without asking AWS.
use super::{
    access,
    inputs::Inputs,
    policies::{self, GrantedPolicy},
    spec_context::{GeneratedIds, SpecContext},
    storage,
};
use crate::{
    aws::AwsScope,
    manifest::types::Spec,
    resources::{api, key},
};

/// Stands for the id of the key, which AWS makes up.
pub const KEY_ID: &str = "KEY_ID";
/// Stands for the id of the API, which AWS makes up.
pub const API_ID: &str = "API_ID";

/// What a function runs as.
pub struct FunctionRole {
    /// Id of the function.
    pub function: String,
    /// Name of the role.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Who may take it.
    pub trust: crate::iam::Policy,
    /// What it may do, and why.
    pub granted: GrantedPolicy,
}

/// The role of every function, with [`KEY_ID`] and [`API_ID`] for what only AWS knows.
#[must_use]
pub fn function_roles(spec: &Spec, inputs: Inputs, scope: &AwsScope) -> Vec<FunctionRole> {
    let context = SpecContext::in_scope(spec.clone(), inputs, scope.clone());
    let own = context.spec.key.as_ref().map(|_| key::Attrs {
        id: KEY_ID.to_owned().into(),
        arn: scope.arn("kms", &format!("key/{KEY_ID}")).into(),
        alias: context.spec.alias().unwrap_or_default(),
    });
    let key = storage::given_key(&context).or(own);
    let generated = GeneratedIds { key, api: Some(api::Attrs::with_id(API_ID)) };
    let role = |id: &str| {
        Some(FunctionRole {
            function: id.to_owned(),
            name: context.role_name(id),
            arn: context.role_arn(id),
            trust: policies::trust_policy("lambda.amazonaws.com"),
            granted: access::granted_policy(&context, id, &context.spec.function(id)?, &generated),
        })
    };
    context.spec.functions.keys().filter_map(|id| role(id)).collect()
}
