//! The permissions that work on a table takes.
use super::Table;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, Need, PermissionScope as On, Permissions,
        Purpose::{Apply, DeleteData, Plan},
        Subject,
        When::{Changed, Gone, GoneWith, Made, Set, Taken},
        need, op,
    },
};

/// What DynamoDB does with a customer's key in the name of whoever makes or changes the table (DynamoDB guide,
/// "DynamoDB encryption at rest: usage notes").
const TABLE_KEY: Need = need(
    Apply,
    &[
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ],
    On::KeyForTables,
);

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    op(Operation::DynamoDbListTables, &[need(Plan, &["dynamodb:ListTables"], On::Anything)], &[]),
    op(Operation::DynamoDbDescribeTable, &[
        need(Plan, &["dynamodb:DescribeTable"], On::TablesSeen),
        need(Plan, &["dynamodb:DescribeTable"], On::TablesTagged),
    ], &[]),
    op(Operation::DynamoDbDescribeTimeToLive, &[
        need(Plan, &["dynamodb:DescribeTimeToLive"], On::TablesSeen),
        need(Plan, &["dynamodb:DescribeTimeToLive"], On::TablesTagged),
    ], &[]),
    op(Operation::DynamoDbDescribeContinuousBackups, &[
        need(Plan, &["dynamodb:DescribeContinuousBackups"], On::TablesSeen),
        need(Plan, &["dynamodb:DescribeContinuousBackups"], On::TablesTagged),
    ], &[]),
    op(Operation::DynamoDbListTagsOfResource, &[
        need(Plan, &["dynamodb:ListTagsOfResource"], On::TablesSeen),
        need(Plan, &["dynamodb:ListTagsOfResource"], On::TablesTagged),
    ], &[]),
    op(Operation::DynamoDbCreateTable, &[
        need(Apply, &["dynamodb:CreateTable", "dynamodb:TagResource"], On::Tables),
        TABLE_KEY,
    ], &[Made]),
    op(Operation::DynamoDbUpdateTable, &[need(Apply, &["dynamodb:UpdateTable"], On::Tables), TABLE_KEY], &[
        Changed("/deletion_protection"), Changed("/indexes"), Changed("/billing"), Changed("/key"),
        GoneWith("/deletion_protection"),
    ]),
    op(Operation::DynamoDbUpdateTimeToLive, &[need(Apply, &["dynamodb:UpdateTimeToLive"], On::Tables)], &[Set("/ttl"), Taken("/ttl")]),
    op(Operation::DynamoDbUpdateContinuousBackups, &[
        need(Apply, &["dynamodb:UpdateContinuousBackups"], On::Tables),
        need(DeleteData, &["dynamodb:UpdateContinuousBackups"], On::TablesTagged),
    ], &[
        Set("/point_in_time_recovery"), Taken("/point_in_time_recovery"),
        GoneWith("/point_in_time_recovery"),
    ]),
    op(Operation::DynamoDbTagResource, &[need(Apply, &["dynamodb:TagResource"], On::Tables)], &[Changed("")]),
    op(Operation::DynamoDbUntagResource, &[need(Apply, &["dynamodb:UntagResource"], On::Tables)], &[Taken("/tags")]),
    op(Operation::DynamoDbDeleteTable, &[
        need(DeleteData, &["dynamodb:DeleteTable"], On::Tables),
        need(DeleteData, &["dynamodb:DeleteTable"], On::TablesTagged),
    ], &[Gone]),
];

impl Permissions for Table {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Table;
}
