//! The permissions that the calls on a log group need.
use super::LogGroup;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, DeleteData, Plan},
        StepCondition::{Changed, Given, Gone, Made, Set, Taken},
        Subject, api_operation, permission_need,
    },
};

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    api_operation(Operation::LogsDescribeLogGroups, &[permission_need(Plan, &["logs:DescribeLogGroups"], On::Anything)], &[]),
    api_operation(Operation::LogsListTagsForResource, &[
        permission_need(Plan, &["logs:ListTagsForResource"], On::GroupsSeen),
        permission_need(Plan, &["logs:ListTagsForResource"], On::GroupsTagged),
    ], &[]),
    api_operation(Operation::LogsDescribeSubscriptionFilters, &[
        permission_need(Plan, &["logs:DescribeSubscriptionFilters"], On::Groups),
    ], &[]),
    api_operation(Operation::LogsDeleteSubscriptionFilter, &[
        permission_need(Apply, &["logs:DeleteSubscriptionFilter"], On::Groups),
    ], &[Taken("/subscription_filters")]),
    // Setting tags at creation needs an action of its own (CloudWatch Logs API reference, `CreateLogGroup`).
    api_operation(Operation::LogsCreateLogGroup, &[permission_need(Apply, &["logs:CreateLogGroup", "logs:TagResource"], On::Groups)], &[Made]),
    api_operation(Operation::LogsPutRetentionPolicy, &[permission_need(Apply, &["logs:PutRetentionPolicy"], On::Groups)], &[Set("/retention_days")]),
    // Every log group of a spec has a retention, so this is never called.
    api_operation(Operation::LogsDeleteRetentionPolicy, &[], &[]),
    // Needs only the group's own permission: the key's policy lets CloudWatch Logs use the key.
    api_operation(Operation::LogsAssociateKmsKey, &[permission_need(Apply, &["logs:AssociateKmsKey"], On::Groups)], &[Given("/key")]),
    api_operation(Operation::LogsDisassociateKmsKey, &[permission_need(Apply, &["logs:DisassociateKmsKey"], On::Groups)], &[Taken("/key")]),
    api_operation(Operation::LogsTagResource, &[permission_need(Apply, &["logs:TagResource"], On::Groups)], &[Changed("")]),
    api_operation(Operation::LogsUntagResource, &[permission_need(Apply, &["logs:UntagResource"], On::Groups)], &[Taken("/tags")]),
    api_operation(Operation::LogsPutLogGroupDeletionProtection, &[
        permission_need(Apply, &["logs:PutLogGroupDeletionProtection"], On::Groups),
    ], &[Set("/deletion_protection"), Taken("/deletion_protection")]),
    api_operation(Operation::LogsDeleteLogGroup, &[
        permission_need(Apply, &["logs:DeleteLogGroup"], On::GroupsExpendable),
        permission_need(DeleteData, &["logs:DeleteLogGroup"], On::GroupsTagged),
    ], &[Gone]),
];

impl Permissions for LogGroup {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::LogGroup;
}
