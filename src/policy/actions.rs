//! The permissions that each call of this tool needs; those for one kind of resource are in the kind's folder.
//!
//! A call mostly takes the action of its own name. What it takes besides is from the service authorization
//! reference ("Actions, resources, and condition keys for …") and the guides named below. API Gateway's actions
//! are the HTTP verbs of its calls.
use crate::{
    aws::Operation,
    resources::{
        PERMISSIONS,
        permissions::{
            CallPermissions, PermissionNeed, PermissionScope as Scope,
            Purpose::{Apply, Lease, Operate, Plan},
            api_operation, permission_need,
        },
    },
};

/// Reading items of an encrypted table.
const READ_KEY: PermissionNeed =
    permission_need(Operate, &["kms:Decrypt", "kms:DescribeKey"], Scope::KeyForTables);

/// Calls that do not depend on the kinds of resources.
#[rustfmt::skip]
const SHARED: &[CallPermissions] = &[
    // No permissions are required (STS API reference).
    api_operation(Operation::StsGetCallerIdentity, &[], &[]),
    api_operation(Operation::TagGetResources, &[permission_need(Plan, &["tag:GetResources"], Scope::Anything)], &[]),
    api_operation(Operation::CloudFormationDescribeStacks, &[permission_need(Plan, &["cloudformation:DescribeStacks"], Scope::InputStacks)], &[]),
    api_operation(Operation::CloudFormationListExports, &[permission_need(Plan, &["cloudformation:ListExports"], Scope::Exports)], &[]),
    api_operation(Operation::BedrockGetFoundationModel, &[permission_need(Operate, &["bedrock:GetFoundationModel"], Scope::Models)], &[]),
    // Asked at the end of an apply as well, which goes without an answer.
    api_operation(Operation::BedrockGetFoundationModelAvailability, &[
        permission_need(Operate, &["bedrock:GetFoundationModelAvailability"], Scope::Anything),
    ], &[]),
    api_operation(Operation::BedrockGetInferenceProfile, &[permission_need(Operate, &["bedrock:GetInferenceProfile"], Scope::Models)], &[]),
    // A caller may ask about its own permissions; without this the preflight asks nothing.
    api_operation(Operation::IamSimulatePrincipalPolicy, &[
        permission_need(Apply, &["iam:GetRole", "iam:SimulatePrincipalPolicy"], Scope::Principal),
    ], &[]),
    api_operation(Operation::DynamoDbDescribeTable, &[permission_need(Lease, &["dynamodb:DescribeTable"], Scope::LeaseTable)], &[]),
    api_operation(Operation::DynamoDbCreateTable, &[
        permission_need(Lease, &["dynamodb:CreateTable", "dynamodb:TagResource"], Scope::LeaseTable),
    ], &[]),
    api_operation(Operation::DynamoDbUpdateTimeToLive, &[permission_need(Lease, &["dynamodb:UpdateTimeToLive"], Scope::LeaseTable)], &[]),
    api_operation(Operation::DynamoDbGetItem, &[
        permission_need(Lease, &["dynamodb:GetItem"], Scope::LeaseRecord),
        permission_need(Operate, &["dynamodb:GetItem"], Scope::Tables),
        READ_KEY,
    ], &[]),
    api_operation(Operation::DynamoDbPutItem, &[permission_need(Lease, &["dynamodb:PutItem"], Scope::LeaseRecord)], &[]),
    api_operation(Operation::DynamoDbQuery, &[permission_need(Operate, &["dynamodb:Query"], Scope::Tables), READ_KEY], &[]),
    api_operation(Operation::DynamoDbScan, &[permission_need(Operate, &["dynamodb:Scan"], Scope::Tables), READ_KEY], &[]),
    api_operation(Operation::LogsFilterLogEvents, &[permission_need(Operate, &["logs:FilterLogEvents"], Scope::Groups)], &[]),
    api_operation(Operation::LambdaGetAccountSettings, &[permission_need(Operate, &["lambda:GetAccountSettings"], Scope::Anything)], &[]),
    api_operation(Operation::ApiGatewayGetStage, &[permission_need(Operate, &["apigateway:GET"], Scope::Stage)], &[]),
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
