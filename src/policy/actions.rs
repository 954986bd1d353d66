//! The permissions that each call of this tool takes; those that work on one kind of resource stand with the kind.
//!
//! A call mostly takes the action of its own name. What it takes besides is from the service authorization
//! reference ("Actions, resources, and condition keys for …") and the guides named below. API Gateway's actions
//! are the HTTP verbs of its calls.
use crate::{
    aws::Operation,
    resources::{
        PERMISSIONS,
        permissions::{
            CallPermissions, Need, PermissionScope as On,
            Purpose::{Apply, Lease, Operate, Plan},
            need, op,
        },
    },
};

/// Reading items of an encrypted table.
const READ_KEY: Need = need(Operate, &["kms:Decrypt", "kms:DescribeKey"], On::KeyForTables);

/// What is called whatever the kinds of resources.
#[rustfmt::skip]
const SHARED: &[CallPermissions] = &[
    // No permissions are required (STS API reference).
    op(Operation::StsGetCallerIdentity, &[], &[]),
    op(Operation::TagGetResources, &[need(Plan, &["tag:GetResources"], On::Anything)], &[]),
    op(Operation::CloudFormationDescribeStacks, &[need(Plan, &["cloudformation:DescribeStacks"], On::InputStacks)], &[]),
    op(Operation::CloudFormationListExports, &[need(Plan, &["cloudformation:ListExports"], On::Exports)], &[]),
    op(Operation::BedrockGetFoundationModel, &[need(Operate, &["bedrock:GetFoundationModel"], On::Models)], &[]),
    op(Operation::BedrockGetInferenceProfile, &[need(Operate, &["bedrock:GetInferenceProfile"], On::Models)], &[]),
    // Whoever applies may ask about itself; without this nothing is asked.
    op(Operation::IamSimulatePrincipalPolicy, &[
        need(Apply, &["iam:GetRole", "iam:SimulatePrincipalPolicy"], On::Principal),
    ], &[]),
    op(Operation::DynamoDbDescribeTable, &[need(Lease, &["dynamodb:DescribeTable"], On::LeaseTable)], &[]),
    op(Operation::DynamoDbCreateTable, &[
        need(Lease, &["dynamodb:CreateTable", "dynamodb:TagResource"], On::LeaseTable),
    ], &[]),
    op(Operation::DynamoDbUpdateTimeToLive, &[need(Lease, &["dynamodb:UpdateTimeToLive"], On::LeaseTable)], &[]),
    op(Operation::DynamoDbGetItem, &[
        need(Lease, &["dynamodb:GetItem"], On::LeaseRecord),
        need(Operate, &["dynamodb:GetItem"], On::Tables),
        READ_KEY,
    ], &[]),
    op(Operation::DynamoDbPutItem, &[need(Lease, &["dynamodb:PutItem"], On::LeaseRecord)], &[]),
    op(Operation::DynamoDbQuery, &[need(Operate, &["dynamodb:Query"], On::Tables), READ_KEY], &[]),
    op(Operation::DynamoDbScan, &[need(Operate, &["dynamodb:Scan"], On::Tables), READ_KEY], &[]),
    op(Operation::LogsFilterLogEvents, &[need(Operate, &["logs:FilterLogEvents"], On::Groups)], &[]),
    op(Operation::LambdaGetAccountSettings, &[need(Operate, &["lambda:GetAccountSettings"], On::Anything)], &[]),
    op(Operation::ApiGatewayGetStage, &[need(Operate, &["apigateway:GET"], On::Stage)], &[]),
];

/// Returns the permissions of every call.
pub(super) fn calls() -> impl Iterator<Item = &'static CallPermissions> {
    SHARED.iter().chain(PERMISSIONS.iter().flat_map(|kind| kind.calls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_permissions() {
        let without = Operation::ALL.iter().filter(|one| !calls().any(|call| call.operation == **one));
        assert_eq!(without.collect::<Vec<_>>(), [&Operation::StsGetCallerIdentity; 0]);
    }
}
