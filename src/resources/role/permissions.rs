//! The permissions that work on a role takes.
use super::Role;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan, Repair},
        Subject,
        When::{Changed, Gone, GoneWith, Made, Set, Taken},
        need, op,
    },
};

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    op(Operation::IamListRoles, &[need(Plan, &["iam:ListRoles"], On::Anything)], &[]),
    op(Operation::IamGetRole, &[
        need(Plan, &["iam:GetRole"], On::Roles),
        need(Plan, &["iam:GetRole"], On::RolesNamed),
    ], &[]),
    op(Operation::IamListRolePolicies, &[need(Plan, &["iam:ListRolePolicies"], On::Roles)], &[]),
    op(Operation::IamListAttachedRolePolicies, &[need(Plan, &["iam:ListAttachedRolePolicies"], On::Roles)], &[]),
    op(Operation::IamGetRolePolicy, &[need(Plan, &["iam:GetRolePolicy"], On::Roles)], &[]),
    // Tags at the creation take an action of their own (IAM guide, "Tagging IAM roles").
    op(Operation::IamCreateRole, &[
        need(Apply, &["iam:CreateRole"], On::RolesNew),
        need(Apply, &["iam:TagRole"], On::Roles),
    ], &[Made]),
    op(Operation::IamUpdateAssumeRolePolicy, &[need(Apply, &["iam:UpdateAssumeRolePolicy"], On::Roles)], &[Changed("/trust")]),
    op(Operation::IamUpdateRole, &[need(Apply, &["iam:UpdateRole"], On::Roles)], &[Changed("/description"), Changed("/max_session_seconds")]),
    // No spec asks for a boundary or an attached policy: these only ever go.
    op(Operation::IamPutRolePermissionsBoundary, &[], &[]),
    op(Operation::IamAttachRolePolicy, &[], &[]),
    op(Operation::IamDeleteRolePermissionsBoundary, &[
        need(Apply, &["iam:DeleteRolePermissionsBoundary"], On::Roles),
    ], &[Taken("/boundary")]),
    op(Operation::IamDetachRolePolicy, &[need(Apply, &["iam:DetachRolePolicy"], On::Roles)], &[Changed("/attached"), GoneWith("/attached")]),
    op(Operation::IamPutRolePolicy, &[need(Apply, &["iam:PutRolePolicy"], On::Roles)], &[Set("/policies"), Changed("/policies/access")]),
    op(Operation::IamDeleteRolePolicy, &[need(Apply, &["iam:DeleteRolePolicy"], On::Roles)], &[GoneWith("/policies")]),
    op(Operation::IamTagRole, &[need(Apply, &["iam:TagRole"], On::Roles)], &[Changed("")]),
    op(Operation::IamUntagRole, &[need(Apply, &["iam:UntagRole"], On::Roles)], &[Taken("/tags")]),
    op(Operation::IamListInstanceProfilesForRole, &[need(Apply, &["iam:ListInstanceProfilesForRole"], On::Roles)], &[Gone]),
    op(Operation::IamRemoveRoleFromInstanceProfile, &[
        need(Repair, &["iam:RemoveRoleFromInstanceProfile"], On::InstanceProfiles),
    ], &[]),
    op(Operation::IamDeleteRole, &[need(Apply, &["iam:DeleteRole"], On::Roles)], &[Gone]),
];

impl Permissions for Role {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Role;
}
