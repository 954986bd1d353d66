//! The permissions that the calls on a role need.
use super::Role;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan, Repair},
        StepCondition::{Changed, Given, Gone, GoneWith, Made, Set, Taken},
        Subject, api_operation, permission_need,
    },
};

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    api_operation(Operation::IamListRoles, &[permission_need(Plan, &["iam:ListRoles"], On::Anything)], &[]),
    api_operation(Operation::IamGetRole, &[
        permission_need(Plan, &["iam:GetRole"], On::Roles),
        permission_need(Plan, &["iam:GetRole"], On::RolesNamed),
    ], &[]),
    api_operation(Operation::IamListRolePolicies, &[permission_need(Plan, &["iam:ListRolePolicies"], On::Roles)], &[]),
    api_operation(Operation::IamListAttachedRolePolicies, &[permission_need(Plan, &["iam:ListAttachedRolePolicies"], On::Roles)], &[]),
    api_operation(Operation::IamGetRolePolicy, &[permission_need(Plan, &["iam:GetRolePolicy"], On::Roles)], &[]),
    // Setting tags at creation needs an action of its own (IAM guide, "Tagging IAM roles").
    api_operation(Operation::IamCreateRole, &[
        permission_need(Apply, &["iam:CreateRole"], On::RolesNew),
        permission_need(Apply, &["iam:TagRole"], On::Roles),
    ], &[Made]),
    api_operation(Operation::IamUpdateAssumeRolePolicy, &[permission_need(Apply, &["iam:UpdateAssumeRolePolicy"], On::RolesWritten)], &[Changed("/trust")]),
    api_operation(Operation::IamUpdateRole, &[permission_need(Apply, &["iam:UpdateRole"], On::Roles)], &[Changed("/description"), Changed("/max_session_seconds")]),
    api_operation(Operation::IamPutRolePermissionsBoundary, &[
        permission_need(Apply, &["iam:PutRolePermissionsBoundary"], On::RolesBounded),
    ], &[Given("/boundary")]),
    // No spec asks for an attached policy: these are only ever removed.
    api_operation(Operation::IamAttachRolePolicy, &[], &[]),
    api_operation(Operation::IamDetachRolePolicy, &[permission_need(Apply, &["iam:DetachRolePolicy"], On::Roles)], &[Changed("/attached"), GoneWith("/attached")]),
    api_operation(Operation::IamPutRolePolicy, &[permission_need(Apply, &["iam:PutRolePolicy"], On::RolesWritten)], &[Set("/policies"), Changed("/policies/access")]),
    api_operation(Operation::IamDeleteRolePolicy, &[permission_need(Apply, &["iam:DeleteRolePolicy"], On::Roles)], &[GoneWith("/policies")]),
    api_operation(Operation::IamTagRole, &[permission_need(Apply, &["iam:TagRole"], On::Roles)], &[Changed("")]),
    api_operation(Operation::IamUntagRole, &[permission_need(Apply, &["iam:UntagRole"], On::Roles)], &[Taken("/tags")]),
    api_operation(Operation::IamListInstanceProfilesForRole, &[permission_need(Apply, &["iam:ListInstanceProfilesForRole"], On::Roles)], &[Gone]),
    api_operation(Operation::IamRemoveRoleFromInstanceProfile, &[
        permission_need(Repair, &["iam:RemoveRoleFromInstanceProfile"], On::InstanceProfiles),
    ], &[]),
    api_operation(Operation::IamDeleteRole, &[permission_need(Apply, &["iam:DeleteRole"], On::Roles)], &[Gone]),
];

impl Permissions for Role {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Role;
}
