//! The names of all resources of a stack in AWS, computed without calling AWS.
use std::collections::BTreeSet;

use super::{inputs::Inputs, spec_context::SpecContext, storage};
use crate::{
    aws::AwsScope,
    engine::MaybeKnown,
    manifest::{
        Loaded,
        types::{LeaseMode, Spec},
    },
    resources::api_gateway_account::ApiGatewayAccount,
};

/// The names of a stack's resources, as far as permissions depend on them.
#[derive(Clone, Debug, PartialEq)]
pub struct StackNames {
    /// Name of the stack.
    pub stack: String,
    /// Names of tables.
    pub tables: Vec<String>,
    /// Names of functions.
    pub functions: Vec<String>,
    /// Principals beside API Gateway that the functions are opened to: services and accounts.
    pub callers: Vec<String>,
    /// Names of log groups, except for the execution log.
    pub groups: Vec<String>,
    /// Names of the functions' roles that are made.
    pub roles: Vec<String>,
    /// Path of the roles, with a slash at both ends.
    pub role_path: String,
    /// ARNs of functions' roles that exist already.
    pub given_roles: Vec<String>,
    /// ARN of the permissions boundary of all roles, if the spec names one.
    pub role_boundary: Option<String>,
    /// Path and name of the role that API Gateway logs with where the account has none.
    pub logging_role: String,
    /// The encryption key, if there is one.
    pub key: Option<KeyName>,
    /// The stage of the API, if there is one.
    pub stage: Option<StageNames>,
    /// Whether any route of the API answers on the connection.
    pub two_way: bool,
    /// CloudFormation stacks whose outputs are inputs.
    pub input_stacks: Vec<String>,
    /// Whether CloudFormation exports are inputs.
    pub exports: bool,
    /// Whether runs take a lease.
    pub lease: bool,
}

/// The key that encrypts a stack.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyName {
    /// A key of the stack's own, by its alias with `alias/`.
    Own(String),
    /// An existing key, by its ARN.
    Given(String),
}

/// The stage of an API.
#[derive(Clone, Debug, PartialEq)]
pub struct StageNames {
    /// Name of the stage.
    pub name: String,
    /// Whether the tool has to create deployments for the stage.
    pub deploys: bool,
    /// Whether the stage has an execution log.
    pub executes: bool,
    /// Whether the stage writes any log, for which API Gateway uses the account's role.
    pub logs: bool,
}

impl StackNames {
    /// Returns the names of `loaded` in the account and region of `scope`.
    #[must_use]
    pub fn of(loaded: &Loaded, inputs: Inputs, scope: &AwsScope) -> Self {
        let context = SpecContext::in_scope(loaded.spec.clone(), inputs, scope.clone());
        let spec = &context.spec;
        let functions = || spec.functions.keys();
        let given = storage::given_key(&context).map(|key| match key.arn {
            MaybeKnown::Known(arn) => KeyName::Given(arn),
            MaybeKnown::KnownAfter(what) => KeyName::Given(what),
        });
        let sources = spec.inputs.iter().filter_map(|(_, input)| input.cloudformation.as_ref());
        Self {
            stack: spec.stack.value.clone(),
            tables: spec.tables.keys().map(|id| spec.table_name(id)).collect(),
            functions: functions().map(|id| spec.function_name(id)).collect(),
            callers: callers(spec),
            groups: functions()
                .map(|id| spec.function_log_group(id))
                .chain(spec.access_log_group())
                .collect(),
            roles: functions()
                .filter(|id| context.given_role(id).is_none())
                .map(|id| context.role_name(id))
                .collect(),
            role_path: context.role_path(),
            given_roles: functions().filter_map(|id| context.given_role(id)).collect(),
            role_boundary: context.role_boundary(),
            logging_role: {
                let ApiGatewayAccount { path, role, .. } = context.logging_role();
                format!("{path}{role}")
            },
            key: spec.alias().map(KeyName::Own).or(given),
            stage: stage_names(&context),
            two_way: spec.api.iter().any(|api| api.routes.iter().any(|(_, route)| route.responds())),
            input_stacks: sources.map(|source| source.stack.value.clone()).collect(),
            exports: spec.inputs.iter().any(|(_, input)| input.export.is_some()),
            lease: spec.lease.as_ref().is_none_or(|lease| lease.value != LeaseMode::Off),
        }
    }
}

/// Returns who is let call any function beside the API, once each.
fn callers(spec: &Spec) -> Vec<String> {
    let all = spec.functions.keys().filter_map(|id| spec.function(id)).flat_map(|function| function.callers);
    let names = all.filter_map(|caller| caller.value.service.or(caller.value.account));
    let names: BTreeSet<String> = names.map(|name| name.value).collect();
    names.into_iter().collect()
}

fn stage_names(context: &SpecContext) -> Option<StageNames> {
    let stage = &context.spec.api.as_ref()?.stage;
    let executes = stage.logs_execution();
    Some(StageNames {
        name: context.spec.stage_name().to_owned(),
        deploys: stage.auto_deploy.as_ref().is_some_and(|auto| !auto.value),
        executes,
        logs: executes || stage.access_log.is_some(),
    })
}
