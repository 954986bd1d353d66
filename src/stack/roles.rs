//! The roles of a stack's functions, computed without calling AWS.
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

/// Placeholder for the id of the key, which AWS generates.
pub const KEY_ID: &str = "KEY_ID";
/// Placeholder for the id of the API, which AWS generates.
pub const API_ID: &str = "API_ID";

/// The role of a function.
pub struct FunctionRole {
    /// Id of the function.
    pub function: String,
    /// Name of the role.
    pub name: String,
    /// ARN of the role.
    pub arn: String,
    /// Trust policy of the role: who may take it.
    pub trust: crate::iam::Policy,
    /// Permissions of the role, with the reasons for them.
    pub granted: GrantedPolicy,
}

/// Returns the role that is made for every function, with [`KEY_ID`] and [`API_ID`] for what only AWS knows.
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
    let made = context.spec.functions.keys().filter(|id| context.given_role(id).is_none());
    made.filter_map(|id| role(id)).collect()
}
