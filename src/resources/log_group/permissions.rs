//! The permissions that work on a log group takes.
use super::LogGroup;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan},
        Subject,
        When::{Changed, Given, Gone, Made, Set, Taken},
        need, op,
    },
};

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    op(Operation::LogsDescribeLogGroups, &[need(Plan, &["logs:DescribeLogGroups"], On::Anything)], &[]),
    op(Operation::LogsListTagsForResource, &[
        need(Plan, &["logs:ListTagsForResource"], On::GroupsSeen),
        need(Plan, &["logs:ListTagsForResource"], On::GroupsTagged),
    ], &[]),
    // Tags at the creation take an action of their own (CloudWatch Logs API reference, `CreateLogGroup`).
    op(Operation::LogsCreateLogGroup, &[need(Apply, &["logs:CreateLogGroup", "logs:TagResource"], On::Groups)], &[Made]),
    op(Operation::LogsPutRetentionPolicy, &[need(Apply, &["logs:PutRetentionPolicy"], On::Groups)], &[Set("/retention_days")]),
    // Every group of a spec is kept for a time.
    op(Operation::LogsDeleteRetentionPolicy, &[], &[]),
    // Only the group's own permission: the key's policy lets Logs use the key.
    op(Operation::LogsAssociateKmsKey, &[need(Apply, &["logs:AssociateKmsKey"], On::Groups)], &[Given("/key")]),
    op(Operation::LogsDisassociateKmsKey, &[need(Apply, &["logs:DisassociateKmsKey"], On::Groups)], &[Taken("/key")]),
    op(Operation::LogsTagResource, &[need(Apply, &["logs:TagResource"], On::Groups)], &[Changed("")]),
    op(Operation::LogsUntagResource, &[need(Apply, &["logs:UntagResource"], On::Groups)], &[Taken("/tags")]),
    op(Operation::LogsDeleteLogGroup, &[need(Apply, &["logs:DeleteLogGroup"], On::GroupsTagged)], &[Gone]),
];

impl Permissions for LogGroup {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::LogGroup;
}
