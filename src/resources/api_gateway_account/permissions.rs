//! The permissions that the calls on API Gateway's logging role need.
use super::ApiGatewayAccount;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{self, LoggingRole, Plan},
        StepCondition::Made,
        api_operation, permission_need,
    },
};

const GET: &[&str] = &["apigateway:GET"];
const PATCH: &[&str] = &["apigateway:PATCH"];

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    api_operation(Operation::IamGetRole, &[permission_need(LoggingRole, &["iam:GetRole"], On::LoggingRole)], &[]),
    api_operation(Operation::IamListRolePolicies, &[permission_need(LoggingRole, &["iam:ListRolePolicies"], On::LoggingRole)], &[]),
    api_operation(Operation::IamListAttachedRolePolicies, &[
        permission_need(LoggingRole, &["iam:ListAttachedRolePolicies"], On::LoggingRole),
    ], &[]),
    api_operation(Operation::IamGetRolePolicy, &[permission_need(LoggingRole, &["iam:GetRolePolicy"], On::LoggingRole)], &[]),
    // Setting tags at creation needs an action of its own (IAM guide, "Tagging IAM roles").
    api_operation(Operation::IamCreateRole, &[permission_need(LoggingRole, &["iam:CreateRole"], On::LoggingRoleWritten), permission_need(LoggingRole, &["iam:TagRole"], On::LoggingRole)], &[Made]),
    api_operation(Operation::IamPutRolePermissionsBoundary, &[
        permission_need(LoggingRole, &["iam:PutRolePermissionsBoundary"], On::LoggingRoleBounded),
    ], &[]),
    api_operation(Operation::IamUpdateAssumeRolePolicy, &[
        permission_need(LoggingRole, &["iam:UpdateAssumeRolePolicy"], On::LoggingRoleWritten),
    ], &[]),
    api_operation(Operation::IamPutRolePolicy, &[permission_need(LoggingRole, &["iam:PutRolePolicy"], On::LoggingRoleWritten)], &[Made]),
    api_operation(Operation::ApiGatewayGetAccount, &[permission_need(Plan, GET, On::Account)], &[]),
    api_operation(Operation::ApiGatewayUpdateAccount, &[
        permission_need(LoggingRole, PATCH, On::Account),
        permission_need(LoggingRole, &["iam:PassRole"], On::LoggingRolePassed),
    ], &[Made]),
];

impl Permissions for ApiGatewayAccount {
    const CALLS: &'static [CallPermissions] = CALLS;
    const PURPOSES: &'static [Purpose] = &[LoggingRole];
}
