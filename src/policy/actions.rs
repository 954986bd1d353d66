//! The permissions that each call of this tool takes: the one table.
//!
//! A call mostly takes the action of its own name. What it takes besides is from the service authorization
//! reference ("Actions, resources, and condition keys for …") and the guides named below. API Gateway's actions
//! are the HTTP verbs of its calls.
use super::{
    need::{
        CallPermissions, Need,
        Purpose::{Apply, DeleteData, Lease, LoggingRole, Operate, Plan, Repair},
        When::{Changed, Given, Gone, GoneWith, Made, Set, Taken},
        need, op,
    },
    scope::Scope as On,
};
use crate::aws::Operation;

const ACCOUNT: &str = "apigateway/account";
const API: &str = "apigateway/api";
const FUNCTION: &str = "lambda/function";
const GROUP: &str = "logs/log-group";
const KEY: &str = "kms/key";
const PERMISSION: &str = "lambda/permission";
const ROLE: &str = "iam/role";
const STAGE: &str = "apigateway/stage";
const TABLE: &str = "dynamodb/table";

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
/// What Lambda does with it for the environment (Lambda guide, "Securing Lambda environment variables").
const FUNCTION_KEY: Need = need(Apply, &["kms:CreateGrant", "kms:Encrypt"], On::KeyForFunctions);
const PASS_ROLE: Need = need(Apply, &["iam:PassRole"], On::RolesPassed);

/// Every operation that this tool calls.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[CallPermissions] = &[
    // No permissions are required (STS API reference).
    op(Operation::StsGetCallerIdentity, &[], &[]),
    op(Operation::TagGetResources, &[need(Plan, &["tag:GetResources"], On::Anything)], &[]),
    op(Operation::CloudFormationDescribeStacks, &[need(Plan, &["cloudformation:DescribeStacks"], On::InputStacks)], &[]),
    op(Operation::CloudFormationListExports, &[need(Plan, &["cloudformation:ListExports"], On::Exports)], &[]),
    op(Operation::BedrockGetFoundationModel, &[need(Operate, &["bedrock:GetFoundationModel"], On::Models)], &[]),
    op(Operation::BedrockGetInferenceProfile, &[need(Operate, &["bedrock:GetInferenceProfile"], On::Models)], &[]),
    // Whoever applies may ask about itself; without this nothing is asked.
    op(Operation::IamSimulatePrincipalPolicy, &[need(Apply, &["iam:GetRole", "iam:SimulatePrincipalPolicy"], On::Principal)], &[]),

    op(Operation::KmsListAliases, &[need(Plan, &["kms:ListAliases"], On::Anything)], &[]),
    op(Operation::KmsListKeys, &[need(Apply, &["kms:ListKeys"], On::KeyLookup)], &[Made(KEY)]),
    op(Operation::KmsDescribeKey, &[seen_key(&["kms:DescribeKey"]), our_key(&["kms:DescribeKey"])], &[]),
    op(Operation::KmsGetKeyPolicy, &[seen_key(&["kms:GetKeyPolicy"]), our_key(&["kms:GetKeyPolicy"])], &[]),
    op(Operation::KmsGetKeyRotationStatus, &[seen_key(&["kms:GetKeyRotationStatus"]), our_key(&["kms:GetKeyRotationStatus"])], &[]),
    op(Operation::KmsListResourceTags, &[seen_key(&["kms:ListResourceTags"]), our_key(&["kms:ListResourceTags"])], &[]),
    // Tags at the creation take an action of their own (KMS API reference, `CreateKey`).
    op(Operation::KmsCreateKey, &[need(Apply, &["kms:CreateKey"], On::KeyNew), need(Apply, &["kms:TagResource"], On::KeyNewTags)], &[Made(KEY)]),
    // On the alias and on the key (KMS guide, "Controlling access to aliases").
    op(Operation::KmsCreateAlias, &[need(Apply, &["kms:CreateAlias"], On::Alias), need(Apply, &["kms:CreateAlias"], On::Key)], &[Made(KEY)]),
    op(Operation::KmsEnableKey, &[need(Apply, &["kms:EnableKey"], On::Key)], &[Changed(KEY, "/state")]),
    op(Operation::KmsCancelKeyDeletion, &[need(Apply, &["kms:CancelKeyDeletion"], On::Key)], &[Changed(KEY, "/state")]),
    op(Operation::KmsEnableKeyRotation, &[need(Apply, &["kms:EnableKeyRotation"], On::Key)], &[Set(KEY, "/rotation")]),
    op(Operation::KmsDisableKeyRotation, &[need(Apply, &["kms:DisableKeyRotation"], On::Key)], &[Taken(KEY, "/rotation")]),
    op(Operation::KmsUpdateKeyDescription, &[need(Apply, &["kms:UpdateKeyDescription"], On::Key)], &[Changed(KEY, "/description")]),
    op(Operation::KmsPutKeyPolicy, &[need(Apply, &["kms:PutKeyPolicy"], On::Key)], &[Changed(KEY, "/policy")]),
    // Every change of what takes tags also writes down what was applied.
    op(Operation::KmsTagResource, &[need(Apply, &["kms:TagResource"], On::Key)], &[Changed(KEY, "")]),
    op(Operation::KmsUntagResource, &[need(Apply, &["kms:UntagResource"], On::Key)], &[Taken(KEY, "/tags")]),
    op(Operation::KmsDeleteAlias, &[need(DeleteData, &["kms:DeleteAlias"], On::AliasesSeen), need(DeleteData, &["kms:DeleteAlias"], On::KeysTagged)], &[Gone(KEY)]),
    op(Operation::KmsScheduleKeyDeletion, &[need(DeleteData, &["kms:ScheduleKeyDeletion"], On::KeysTagged)], &[Gone(KEY)]),

    op(Operation::DynamoDbListTables, &[need(Plan, &["dynamodb:ListTables"], On::Anything)], &[]),
    op(Operation::DynamoDbDescribeTable, &[seen_table(&["dynamodb:DescribeTable"]), our_table(&["dynamodb:DescribeTable"]), need(Lease, &["dynamodb:DescribeTable"], On::LeaseTable)], &[]),
    op(Operation::DynamoDbDescribeTimeToLive, &[seen_table(&["dynamodb:DescribeTimeToLive"]), our_table(&["dynamodb:DescribeTimeToLive"])], &[]),
    op(Operation::DynamoDbDescribeContinuousBackups, &[seen_table(&["dynamodb:DescribeContinuousBackups"]), our_table(&["dynamodb:DescribeContinuousBackups"])], &[]),
    op(Operation::DynamoDbListTagsOfResource, &[seen_table(&["dynamodb:ListTagsOfResource"]), our_table(&["dynamodb:ListTagsOfResource"])], &[]),
    op(Operation::DynamoDbCreateTable, &[
        need(Apply, &["dynamodb:CreateTable", "dynamodb:TagResource"], On::Tables), TABLE_KEY,
        need(Lease, &["dynamodb:CreateTable", "dynamodb:TagResource"], On::LeaseTable),
    ], &[Made(TABLE)]),
    op(Operation::DynamoDbUpdateTable, &[need(Apply, &["dynamodb:UpdateTable"], On::Tables), TABLE_KEY], &[
        Changed(TABLE, "/deletion_protection"), Changed(TABLE, "/indexes"), Changed(TABLE, "/billing"),
        Changed(TABLE, "/key"), GoneWith(TABLE, "/deletion_protection"),
    ]),
    op(Operation::DynamoDbUpdateTimeToLive, &[
        need(Apply, &["dynamodb:UpdateTimeToLive"], On::Tables), need(Lease, &["dynamodb:UpdateTimeToLive"], On::LeaseTable),
    ], &[Set(TABLE, "/ttl"), Taken(TABLE, "/ttl")]),
    op(Operation::DynamoDbUpdateContinuousBackups, &[
        need(Apply, &["dynamodb:UpdateContinuousBackups"], On::Tables),
        need(DeleteData, &["dynamodb:UpdateContinuousBackups"], On::TablesTagged),
    ], &[Set(TABLE, "/point_in_time_recovery"), Taken(TABLE, "/point_in_time_recovery"), GoneWith(TABLE, "/point_in_time_recovery")]),
    op(Operation::DynamoDbTagResource, &[need(Apply, &["dynamodb:TagResource"], On::Tables)], &[Changed(TABLE, "")]),
    op(Operation::DynamoDbUntagResource, &[need(Apply, &["dynamodb:UntagResource"], On::Tables)], &[Taken(TABLE, "/tags")]),
    op(Operation::DynamoDbDeleteTable, &[
        need(DeleteData, &["dynamodb:DeleteTable"], On::Tables), need(DeleteData, &["dynamodb:DeleteTable"], On::TablesTagged),
    ], &[Gone(TABLE)]),
    op(Operation::DynamoDbGetItem, &[need(Lease, &["dynamodb:GetItem"], On::LeaseRecord), need(Operate, &["dynamodb:GetItem"], On::Tables), READ_KEY], &[]),
    op(Operation::DynamoDbPutItem, &[need(Lease, &["dynamodb:PutItem"], On::LeaseRecord)], &[]),
    op(Operation::DynamoDbQuery, &[need(Operate, &["dynamodb:Query"], On::Tables), READ_KEY], &[]),
    op(Operation::DynamoDbScan, &[need(Operate, &["dynamodb:Scan"], On::Tables), READ_KEY], &[]),

    op(Operation::IamListRoles, &[need(Plan, &["iam:ListRoles"], On::Anything)], &[]),
    op(Operation::IamGetRole, &[role(Plan, &["iam:GetRole"]), need(Plan, &["iam:GetRole"], On::RolesNamed), log_role(&["iam:GetRole"])], &[]),
    op(Operation::IamListRolePolicies, &[role(Plan, &["iam:ListRolePolicies"]), log_role(&["iam:ListRolePolicies"])], &[]),
    op(Operation::IamListAttachedRolePolicies, &[role(Plan, &["iam:ListAttachedRolePolicies"]), log_role(&["iam:ListAttachedRolePolicies"])], &[]),
    op(Operation::IamGetRolePolicy, &[role(Plan, &["iam:GetRolePolicy"]), log_role(&["iam:GetRolePolicy"])], &[]),
    // Tags at the creation take an action of their own (IAM guide, "Tagging IAM roles").
    op(Operation::IamCreateRole, &[need(Apply, &["iam:CreateRole"], On::RolesNew), role(Apply, &["iam:TagRole"]), log_role(&["iam:CreateRole", "iam:TagRole"])], &[Made(ROLE), Made(ACCOUNT)]),
    op(Operation::IamUpdateAssumeRolePolicy, &[role(Apply, &["iam:UpdateAssumeRolePolicy"]), log_role(&["iam:UpdateAssumeRolePolicy"])], &[Changed(ROLE, "/trust")]),
    op(Operation::IamUpdateRole, &[role(Apply, &["iam:UpdateRole"])], &[Changed(ROLE, "/description"), Changed(ROLE, "/max_session_seconds")]),
    // No spec asks for a boundary or an attached policy: these only ever go.
    op(Operation::IamPutRolePermissionsBoundary, &[], &[]),
    op(Operation::IamAttachRolePolicy, &[], &[]),
    op(Operation::IamDeleteRolePermissionsBoundary, &[role(Apply, &["iam:DeleteRolePermissionsBoundary"])], &[Taken(ROLE, "/boundary")]),
    op(Operation::IamDetachRolePolicy, &[role(Apply, &["iam:DetachRolePolicy"])], &[Changed(ROLE, "/attached"), GoneWith(ROLE, "/attached")]),
    op(Operation::IamPutRolePolicy, &[role(Apply, &["iam:PutRolePolicy"]), log_role(&["iam:PutRolePolicy"])], &[Set(ROLE, "/policies"), Changed(ROLE, "/policies/access"), Made(ACCOUNT)]),
    op(Operation::IamDeleteRolePolicy, &[role(Apply, &["iam:DeleteRolePolicy"])], &[GoneWith(ROLE, "/policies")]),
    op(Operation::IamTagRole, &[role(Apply, &["iam:TagRole"])], &[Changed(ROLE, "")]),
    op(Operation::IamUntagRole, &[role(Apply, &["iam:UntagRole"])], &[Taken(ROLE, "/tags")]),
    op(Operation::IamListInstanceProfilesForRole, &[role(Apply, &["iam:ListInstanceProfilesForRole"])], &[Gone(ROLE)]),
    op(Operation::IamRemoveRoleFromInstanceProfile, &[need(Repair, &["iam:RemoveRoleFromInstanceProfile"], On::InstanceProfiles)], &[]),
    op(Operation::IamDeleteRole, &[role(Apply, &["iam:DeleteRole"])], &[Gone(ROLE)]),

    op(Operation::LogsDescribeLogGroups, &[need(Plan, &["logs:DescribeLogGroups"], On::Anything)], &[]),
    op(Operation::LogsListTagsForResource, &[need(Plan, &["logs:ListTagsForResource"], On::GroupsSeen), need(Plan, &["logs:ListTagsForResource"], On::GroupsTagged)], &[]),
    // Tags at the creation take an action of their own (CloudWatch Logs API reference, `CreateLogGroup`).
    op(Operation::LogsCreateLogGroup, &[need(Apply, &["logs:CreateLogGroup", "logs:TagResource"], On::Groups)], &[Made(GROUP)]),
    op(Operation::LogsPutRetentionPolicy, &[need(Apply, &["logs:PutRetentionPolicy"], On::Groups)], &[Set(GROUP, "/retention_days")]),
    // Every group of a spec is kept for a time.
    op(Operation::LogsDeleteRetentionPolicy, &[], &[]),
    // Only the group's own permission: the key's policy lets Logs use the key.
    op(Operation::LogsAssociateKmsKey, &[need(Apply, &["logs:AssociateKmsKey"], On::Groups)], &[Given(GROUP, "/key")]),
    op(Operation::LogsDisassociateKmsKey, &[need(Apply, &["logs:DisassociateKmsKey"], On::Groups)], &[Taken(GROUP, "/key")]),
    op(Operation::LogsTagResource, &[need(Apply, &["logs:TagResource"], On::Groups)], &[Changed(GROUP, "")]),
    op(Operation::LogsUntagResource, &[need(Apply, &["logs:UntagResource"], On::Groups)], &[Taken(GROUP, "/tags")]),
    op(Operation::LogsDeleteLogGroup, &[need(Apply, &["logs:DeleteLogGroup"], On::GroupsTagged)], &[Gone(GROUP)]),
    op(Operation::LogsFilterLogEvents, &[need(Operate, &["logs:FilterLogEvents"], On::Groups)], &[]),

    op(Operation::LambdaListFunctions, &[need(Plan, &["lambda:ListFunctions"], On::Anything)], &[]),
    // Its answer holds tags only for who may list them (Lambda guide, "Using tags on Lambda functions"), and
    // the environment only for who may decrypt it.
    op(Operation::LambdaGetFunction, &[
        seen_function(&["lambda:GetFunction", "lambda:ListTags"]), our_function(&["lambda:GetFunction", "lambda:ListTags"]),
        need(Plan, &["kms:Decrypt"], On::KeyOfFunctions),
    ], &[]),
    // Not of functions that have left the spec: it goes with them.
    op(Operation::LambdaGetPolicy, &[seen_function(&["lambda:GetPolicy"])], &[]),
    op(Operation::LambdaGetAccountSettings, &[need(Operate, &["lambda:GetAccountSettings"], On::Anything)], &[]),
    op(Operation::LambdaCreateFunction, &[need(Apply, &["lambda:CreateFunction"], On::FunctionsNew), function(&["lambda:TagResource"]), PASS_ROLE, FUNCTION_KEY], &[Made(FUNCTION)]),
    op(Operation::LambdaUpdateFunctionConfiguration, &[function(&["lambda:UpdateFunctionConfiguration"]), PASS_ROLE, FUNCTION_KEY], &[
        Changed(FUNCTION, "/role"), Changed(FUNCTION, "/role_id"), Changed(FUNCTION, "/handler"), Changed(FUNCTION, "/runtime"),
        Changed(FUNCTION, "/memory"), Changed(FUNCTION, "/timeout"), Changed(FUNCTION, "/description"),
        Changed(FUNCTION, "/environment"), Changed(FUNCTION, "/key"), Changed(FUNCTION, "/tracing"),
        Changed(FUNCTION, "/log_group"), Changed(FUNCTION, "/log_format"), Changed(FUNCTION, "/failed_update"),
    ]),
    op(Operation::LambdaUpdateFunctionCode, &[function(&["lambda:UpdateFunctionCode"])], &[
        Changed(FUNCTION, "/code_sha256"), Changed(FUNCTION, "/architecture"), Changed(FUNCTION, "/failed_update"),
    ]),
    op(Operation::LambdaPutFunctionConcurrency, &[function(&["lambda:PutFunctionConcurrency"])], &[Set(FUNCTION, "/reserved_concurrency")]),
    op(Operation::LambdaDeleteFunctionConcurrency, &[function(&["lambda:DeleteFunctionConcurrency"])], &[Taken(FUNCTION, "/reserved_concurrency")]),
    op(Operation::LambdaTagResource, &[function(&["lambda:TagResource"])], &[Changed(FUNCTION, "")]),
    op(Operation::LambdaUntagResource, &[function(&["lambda:UntagResource"])], &[Taken(FUNCTION, "/tags")]),
    op(Operation::LambdaDeleteFunction, &[need(Apply, &["lambda:DeleteFunction"], On::FunctionsTagged)], &[Gone(FUNCTION)]),
    op(Operation::LambdaAddPermission, &[need(Apply, &["lambda:AddPermission"], On::FunctionsOpened)], &[Set(PERMISSION, "/statements")]),
    op(Operation::LambdaRemovePermission, &[function(&["lambda:RemovePermission"])], &[Taken(PERMISSION, "/statements")]),
    // For statements that RemovePermission cannot name. Newer than the service authorization reference.
    op(Operation::LambdaPutResourcePolicy, &[need(Repair, &["lambda:PutResourcePolicy"], On::Functions)], &[]),
    op(Operation::LambdaDeleteResourcePolicy, &[need(Repair, &["lambda:DeleteResourcePolicy"], On::Functions)], &[]),

    op(Operation::ApiGatewayGetApis, &[need(Plan, GET, On::Apis)], &[]),
    op(Operation::ApiGatewayGetIntegrations, &[need(Plan, GET, On::ApiLists)], &[]),
    op(Operation::ApiGatewayGetAuthorizers, &[need(Plan, GET, On::ApiLists)], &[]),
    op(Operation::ApiGatewayGetRoutes, &[need(Plan, GET, On::ApiLists)], &[]),
    op(Operation::ApiGatewayGetStages, &[need(Plan, GET, On::ApiLists)], &[]),
    op(Operation::ApiGatewayGetDeployment, &[need(Plan, GET, On::Deployment)], &[]),
    op(Operation::ApiGatewayGetTags, &[need(Plan, GET, On::ApiTags)], &[]),
    // Not in the reference, and yet asked for by API Gateway when what it makes has tags
    // (github.com/aws-amplify/amplify-cli, issue 12316).
    op(Operation::ApiGatewayCreateApi, &[need(Apply, &["apigateway:POST", "apigateway:TagResource"], On::ApiNew)], &[Made(API)]),
    op(Operation::ApiGatewayUpdateApi, &[need(Apply, PATCH, On::ApisTagged)], &[
        Changed(API, "/description"), Changed(API, "/selection"), Changed(API, "/endpoint_disabled"),
    ]),
    op(Operation::ApiGatewayDeleteApi, &[need(Apply, DELETE, On::ApisTagged)], &[Gone(API)]),
    op(Operation::ApiGatewayCreateIntegration, &[need(Apply, POST, On::ApiParts)], &[Set(API, "/integrations")]),
    op(Operation::ApiGatewayUpdateIntegration, &[need(Apply, PATCH, On::ApiPart)], &[Given(API, "/integrations")]),
    op(Operation::ApiGatewayDeleteIntegration, &[need(Apply, DELETE, On::ApiPart)], &[Taken(API, "/integrations")]),
    op(Operation::ApiGatewayCreateAuthorizer, &[need(Apply, POST, On::ApiParts)], &[Set(API, "/authorizers")]),
    op(Operation::ApiGatewayUpdateAuthorizer, &[need(Apply, PATCH, On::ApiPart)], &[Given(API, "/authorizers")]),
    op(Operation::ApiGatewayDeleteAuthorizer, &[need(Apply, DELETE, On::ApiPart)], &[Taken(API, "/authorizers")]),
    op(Operation::ApiGatewayCreateRoute, &[need(Apply, POST, On::ApiParts)], &[Set(API, "/routes")]),
    op(Operation::ApiGatewayUpdateRoute, &[need(Apply, PATCH, On::ApiPart)], &[Given(API, "/routes")]),
    op(Operation::ApiGatewayDeleteRoute, &[need(Apply, DELETE, On::ApiPart)], &[Taken(API, "/routes")]),
    op(Operation::ApiGatewayCreateStage, &[need(Apply, &["apigateway:POST", "apigateway:TagResource"], On::StageNew)], &[Made(STAGE)]),
    op(Operation::ApiGatewayUpdateStage, &[need(Apply, PATCH, On::ApisTagged)], &[
        Changed(STAGE, "/auto_deploy"), Changed(STAGE, "/deployment"), Changed(STAGE, "/defaults"),
        Changed(STAGE, "/routes"), Changed(STAGE, "/access_log"), Changed(STAGE, "/variables"), Set(STAGE, "/routes"),
    ]),
    op(Operation::ApiGatewayDeleteStage, &[need(Apply, DELETE, On::ApisTagged)], &[Gone(STAGE)]),
    op(Operation::ApiGatewayDeleteRouteSettings, &[need(Apply, DELETE, On::StageParts)], &[Taken(STAGE, "/routes")]),
    op(Operation::ApiGatewayDeleteAccessLogSettings, &[need(Apply, DELETE, On::StageParts)], &[Taken(STAGE, "/access_log")]),
    op(Operation::ApiGatewayCreateDeployment, &[need(Apply, POST, On::DeploymentNew)], &[Made(STAGE), Changed(STAGE, "/deployment")]),
    op(Operation::ApiGatewayGetDeployments, &[need(Apply, GET, On::DeploymentNew)], &[]),
    op(Operation::ApiGatewayTagResource, &[need(Apply, POST, On::ApiTags)], &[Changed(API, ""), Changed(STAGE, "")]),
    op(Operation::ApiGatewayUntagResource, &[need(Apply, DELETE, On::ApiTags)], &[Taken(API, "/tags"), Taken(STAGE, "/tags")]),
    op(Operation::ApiGatewayGetStage, &[need(Operate, GET, On::Stage)], &[]),
    op(Operation::ApiGatewayGetAccount, &[need(Plan, GET, On::Account)], &[]),
    op(Operation::ApiGatewayUpdateAccount, &[need(LoggingRole, PATCH, On::Account), need(LoggingRole, &["iam:PassRole"], On::LoggingRolePassed)], &[Made(ACCOUNT)]),
];

const GET: &[&str] = &["apigateway:GET"];
const POST: &[&str] = &["apigateway:POST"];
const PATCH: &[&str] = &["apigateway:PATCH"];
const DELETE: &[&str] = &["apigateway:DELETE"];
/// Reading items of an encrypted table.
const READ_KEY: Need = need(Operate, &["kms:Decrypt", "kms:DescribeKey"], On::KeyForTables);

type Actions = &'static [&'static str];

const fn seen_key(actions: Actions) -> Need {
    need(Plan, actions, On::KeysSeen)
}
const fn our_key(actions: Actions) -> Need {
    need(Plan, actions, On::KeysTagged)
}
const fn seen_table(actions: Actions) -> Need {
    need(Plan, actions, On::TablesSeen)
}
const fn our_table(actions: Actions) -> Need {
    need(Plan, actions, On::TablesTagged)
}
const fn seen_function(actions: Actions) -> Need {
    need(Plan, actions, On::FunctionsSeen)
}
const fn our_function(actions: Actions) -> Need {
    need(Plan, actions, On::FunctionsTagged)
}
const fn function(actions: Actions) -> Need {
    need(Apply, actions, On::Functions)
}
const fn role(purpose: super::need::Purpose, actions: Actions) -> Need {
    need(purpose, actions, On::Roles)
}
const fn log_role(actions: Actions) -> Need {
    need(LoggingRole, actions, On::LoggingRole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_permissions() {
        for operation in Operation::ALL {
            let rows = OPERATIONS.iter().filter(|one| one.operation == *operation).count();
            assert_eq!(rows, 1, "{operation}");
        }
    }
}
