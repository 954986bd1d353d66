//! The permissions that work on a function's resource policy takes.
use super::FunctionPolicy;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan, Repair},
        Subject,
        When::{Set, Taken},
        need, op,
    },
};

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    // Not of functions that have left the spec: it goes with them.
    op(Operation::LambdaGetPolicy, &[need(Plan, &["lambda:GetPolicy"], On::FunctionsSeen)], &[]),
    op(Operation::LambdaAddPermission, &[need(Apply, &["lambda:AddPermission"], On::FunctionsOpened)], &[Set("/statements")]),
    op(Operation::LambdaRemovePermission, &[need(Apply, &["lambda:RemovePermission"], On::Functions)], &[Taken("/statements")]),
    // For statements that RemovePermission cannot name. Newer than the service authorization reference.
    op(Operation::LambdaPutResourcePolicy, &[need(Repair, &["lambda:PutResourcePolicy"], On::Functions)], &[]),
    op(Operation::LambdaDeleteResourcePolicy, &[need(Repair, &["lambda:DeleteResourcePolicy"], On::Functions)], &[]),
];

impl Permissions for FunctionPolicy {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Function;
}
