//! The permissions that the calls on a table need.
use super::Table;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionNeed, PermissionScope as On, Permissions,
        Purpose::{Apply, DeleteData, Plan},
        StepCondition::{Changed, Gone, GoneWith, Made, Set, Taken},
        Subject, api_operation, permission_need,
    },
};

/// What DynamoDB does with a customer's key on behalf of the caller who creates or updates the table (DynamoDB guide,
/// "DynamoDB encryption at rest: usage notes").
const TABLE_KEY: PermissionNeed = permission_need(
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
    api_operation(Operation::DynamoDbListTables, &[permission_need(Plan, &["dynamodb:ListTables"], On::Anything)], &[]),
    api_operation(Operation::DynamoDbDescribeTable, &[
        permission_need(Plan, &["dynamodb:DescribeTable"], On::TablesSeen),
        permission_need(Plan, &["dynamodb:DescribeTable"], On::TablesTagged),
    ], &[]),
    api_operation(Operation::DynamoDbDescribeTimeToLive, &[
        permission_need(Plan, &["dynamodb:DescribeTimeToLive"], On::TablesSeen),
        permission_need(Plan, &["dynamodb:DescribeTimeToLive"], On::TablesTagged),
    ], &[]),
    api_operation(Operation::DynamoDbDescribeContinuousBackups, &[
        permission_need(Plan, &["dynamodb:DescribeContinuousBackups"], On::TablesSeen),
        permission_need(Plan, &["dynamodb:DescribeContinuousBackups"], On::TablesTagged),
    ], &[]),
    api_operation(Operation::DynamoDbListTagsOfResource, &[
        permission_need(Plan, &["dynamodb:ListTagsOfResource"], On::TablesSeen),
        permission_need(Plan, &["dynamodb:ListTagsOfResource"], On::TablesTagged),
    ], &[]),
    api_operation(Operation::DynamoDbCreateTable, &[
        permission_need(Apply, &["dynamodb:CreateTable", "dynamodb:TagResource"], On::Tables),
        TABLE_KEY,
    ], &[Made]),
    api_operation(Operation::DynamoDbUpdateTable, &[permission_need(Apply, &["dynamodb:UpdateTable"], On::Tables), TABLE_KEY], &[
        Changed("/stream"), Changed("/deletion_protection"), Changed("/indexes"), Changed("/billing"), Changed("/class"),
        Changed("/key"),
        GoneWith("/deletion_protection"),
    ]),
    api_operation(Operation::DynamoDbUpdateTimeToLive, &[permission_need(Apply, &["dynamodb:UpdateTimeToLive"], On::Tables)], &[Set("/ttl"), Taken("/ttl")]),
    api_operation(Operation::DynamoDbUpdateContinuousBackups, &[
        permission_need(Apply, &["dynamodb:UpdateContinuousBackups"], On::Tables),
    ], &[Set("/point_in_time_recovery"), Taken("/point_in_time_recovery"), Changed("/recovery_period_days")]),
    api_operation(Operation::DynamoDbGetResourcePolicy, &[permission_need(Plan, &["dynamodb:GetResourcePolicy"], On::Tables)], &[]),
    api_operation(Operation::DynamoDbDeleteResourcePolicy, &[
        permission_need(Apply, &["dynamodb:DeleteResourcePolicy"], On::Tables),
    ], &[Taken("/resource_policy")]),
    api_operation(Operation::DynamoDbDescribeKinesisStreamingDestination, &[
        permission_need(Plan, &["dynamodb:DescribeKinesisStreamingDestination"], On::Tables),
    ], &[]),
    api_operation(Operation::DynamoDbDisableKinesisStreamingDestination, &[
        permission_need(Apply, &["dynamodb:DisableKinesisStreamingDestination"], On::Tables),
    ], &[Taken("/kinesis_streams")]),
    api_operation(Operation::DynamoDbTagResource, &[permission_need(Apply, &["dynamodb:TagResource"], On::Tables)], &[Changed("")]),
    api_operation(Operation::DynamoDbUntagResource, &[permission_need(Apply, &["dynamodb:UntagResource"], On::Tables)], &[Taken("/tags")]),
    api_operation(Operation::DynamoDbDeleteTable, &[
        permission_need(DeleteData, &["dynamodb:DeleteTable"], On::Tables),
        permission_need(DeleteData, &["dynamodb:DeleteTable"], On::TablesTagged),
    ], &[Gone]),
];

impl Permissions for Table {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Table;
}
