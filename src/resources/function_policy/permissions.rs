//! The permissions that the calls on a function's resource policy need.
use super::FunctionPolicy;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan, Repair},
        StepCondition::{Set, Taken},
        Subject, api_operation, permission_need,
    },
};

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    // Not for functions that have left the spec: their policy is deleted with them.
    api_operation(Operation::LambdaGetPolicy, &[
        permission_need(Plan, &["lambda:GetPolicy"], On::Functions),
        permission_need(Plan, &["lambda:GetPolicy"], On::FunctionAliases),
    ], &[]),
    api_operation(Operation::LambdaListAliases, &[permission_need(Plan, &["lambda:ListAliases"], On::Functions)], &[]),
    api_operation(Operation::LambdaAddPermission, &[permission_need(Apply, &["lambda:AddPermission"], On::FunctionsOpened)], &[Set("/statements")]),
    api_operation(Operation::LambdaRemovePermission, &[permission_need(Apply, &["lambda:RemovePermission"], On::Functions)], &[Taken("/statements")]),
    // For statements that `RemovePermission` cannot name. Newer than the service authorization reference.
    api_operation(Operation::LambdaPutResourcePolicy, &[permission_need(Repair, &["lambda:PutResourcePolicy"], On::Functions)], &[]),
    api_operation(Operation::LambdaDeleteResourcePolicy, &[permission_need(Repair, &["lambda:DeleteResourcePolicy"], On::Functions)], &[]),
];

impl Permissions for FunctionPolicy {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Function;
}
