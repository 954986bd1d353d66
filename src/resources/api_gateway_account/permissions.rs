//! The permissions that work on API Gateway's logging role takes.
use super::ApiGatewayAccount;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{self, LoggingRole, Plan},
        When::Made,
        need, op,
    },
};

const GET: &[&str] = &["apigateway:GET"];
const PATCH: &[&str] = &["apigateway:PATCH"];

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    op(Operation::IamGetRole, &[need(LoggingRole, &["iam:GetRole"], On::LoggingRole)], &[]),
    op(Operation::IamListRolePolicies, &[need(LoggingRole, &["iam:ListRolePolicies"], On::LoggingRole)], &[]),
    op(Operation::IamListAttachedRolePolicies, &[
        need(LoggingRole, &["iam:ListAttachedRolePolicies"], On::LoggingRole),
    ], &[]),
    op(Operation::IamGetRolePolicy, &[need(LoggingRole, &["iam:GetRolePolicy"], On::LoggingRole)], &[]),
    // Tags at the creation take an action of their own (IAM guide, "Tagging IAM roles").
    op(Operation::IamCreateRole, &[need(LoggingRole, &["iam:CreateRole", "iam:TagRole"], On::LoggingRole)], &[Made]),
    op(Operation::IamUpdateAssumeRolePolicy, &[
        need(LoggingRole, &["iam:UpdateAssumeRolePolicy"], On::LoggingRole),
    ], &[]),
    op(Operation::IamPutRolePolicy, &[need(LoggingRole, &["iam:PutRolePolicy"], On::LoggingRole)], &[Made]),
    op(Operation::ApiGatewayGetAccount, &[need(Plan, GET, On::Account)], &[]),
    op(Operation::ApiGatewayUpdateAccount, &[
        need(LoggingRole, PATCH, On::Account),
        need(LoggingRole, &["iam:PassRole"], On::LoggingRolePassed),
    ], &[Made]),
];

impl Permissions for ApiGatewayAccount {
    const CALLS: &'static [CallPermissions] = CALLS;
    const PURPOSES: &'static [Purpose] = &[LoggingRole];
}
