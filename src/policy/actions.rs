//! The permissions that each call of this tool takes: the one table, and its test against the code.
//!
//! A call mostly takes the action of its own name. What it takes besides is from the service authorization
//! reference ("Actions, resources, and condition keys for …") and the guides named below. API Gateway's actions
//! are the HTTP verbs of its calls.
use super::{
    need::{
        Need, Operation,
        Purpose::{Apply, DeleteData, Lease, LoggingRole, Operate, Plan, Repair},
        When::{Changed, Given, Gone, GoneWith, Made, Set, Taken},
        need, op,
    },
    scope::Scope as On,
};

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
pub(super) const OPERATIONS: &[Operation] = &[
    // No permissions are required (STS API reference).
    op("sts:GetCallerIdentity", &[], &[]),
    op("tag:GetResources", &[need(Plan, &["tag:GetResources"], On::Anything)], &[]),
    op("cloudformation:DescribeStacks", &[need(Plan, &["cloudformation:DescribeStacks"], On::InputStacks)], &[]),
    op("cloudformation:ListExports", &[need(Plan, &["cloudformation:ListExports"], On::Exports)], &[]),
    op("bedrock:GetFoundationModel", &[need(Operate, &["bedrock:GetFoundationModel"], On::Models)], &[]),
    op("bedrock:GetInferenceProfile", &[need(Operate, &["bedrock:GetInferenceProfile"], On::Models)], &[]),
    // Whoever applies may ask about itself; without this nothing is asked.
    op("iam:SimulatePrincipalPolicy", &[need(Apply, &["iam:GetRole", "iam:SimulatePrincipalPolicy"], On::Principal)], &[]),

    op("kms:ListAliases", &[need(Plan, &["kms:ListAliases"], On::Anything)], &[]),
    op("kms:ListKeys", &[need(Apply, &["kms:ListKeys"], On::KeyLookup)], &[Made(KEY)]),
    op("kms:DescribeKey", &[seen_key(&["kms:DescribeKey"]), our_key(&["kms:DescribeKey"])], &[]),
    op("kms:GetKeyPolicy", &[seen_key(&["kms:GetKeyPolicy"]), our_key(&["kms:GetKeyPolicy"])], &[]),
    op("kms:GetKeyRotationStatus", &[seen_key(&["kms:GetKeyRotationStatus"]), our_key(&["kms:GetKeyRotationStatus"])], &[]),
    op("kms:ListResourceTags", &[seen_key(&["kms:ListResourceTags"]), our_key(&["kms:ListResourceTags"])], &[]),
    // Tags at the creation take an action of their own (KMS API reference, `CreateKey`).
    op("kms:CreateKey", &[need(Apply, &["kms:CreateKey"], On::KeyNew), need(Apply, &["kms:TagResource"], On::KeyNewTags)], &[Made(KEY)]),
    // On the alias and on the key (KMS guide, "Controlling access to aliases").
    op("kms:CreateAlias", &[need(Apply, &["kms:CreateAlias"], On::Alias), need(Apply, &["kms:CreateAlias"], On::Key)], &[Made(KEY)]),
    op("kms:EnableKey", &[need(Apply, &["kms:EnableKey"], On::Key)], &[Changed(KEY, "/state")]),
    op("kms:CancelKeyDeletion", &[need(Apply, &["kms:CancelKeyDeletion"], On::Key)], &[Changed(KEY, "/state")]),
    op("kms:EnableKeyRotation", &[need(Apply, &["kms:EnableKeyRotation"], On::Key)], &[Set(KEY, "/rotation")]),
    op("kms:DisableKeyRotation", &[need(Apply, &["kms:DisableKeyRotation"], On::Key)], &[Taken(KEY, "/rotation")]),
    op("kms:UpdateKeyDescription", &[need(Apply, &["kms:UpdateKeyDescription"], On::Key)], &[Changed(KEY, "/description")]),
    op("kms:PutKeyPolicy", &[need(Apply, &["kms:PutKeyPolicy"], On::Key)], &[Changed(KEY, "/policy")]),
    // Every change of what takes tags also writes down what was applied.
    op("kms:TagResource", &[need(Apply, &["kms:TagResource"], On::Key)], &[Changed(KEY, "")]),
    op("kms:UntagResource", &[need(Apply, &["kms:UntagResource"], On::Key)], &[Taken(KEY, "/tags")]),
    op("kms:DeleteAlias", &[need(DeleteData, &["kms:DeleteAlias"], On::AliasesSeen), need(DeleteData, &["kms:DeleteAlias"], On::KeysTagged)], &[Gone(KEY)]),
    op("kms:ScheduleKeyDeletion", &[need(DeleteData, &["kms:ScheduleKeyDeletion"], On::KeysTagged)], &[Gone(KEY)]),

    op("dynamodb:ListTables", &[need(Plan, &["dynamodb:ListTables"], On::Anything)], &[]),
    op("dynamodb:DescribeTable", &[seen_table(&["dynamodb:DescribeTable"]), our_table(&["dynamodb:DescribeTable"]), need(Lease, &["dynamodb:DescribeTable"], On::LeaseTable)], &[]),
    op("dynamodb:DescribeTimeToLive", &[seen_table(&["dynamodb:DescribeTimeToLive"]), our_table(&["dynamodb:DescribeTimeToLive"])], &[]),
    op("dynamodb:DescribeContinuousBackups", &[seen_table(&["dynamodb:DescribeContinuousBackups"]), our_table(&["dynamodb:DescribeContinuousBackups"])], &[]),
    op("dynamodb:ListTagsOfResource", &[seen_table(&["dynamodb:ListTagsOfResource"]), our_table(&["dynamodb:ListTagsOfResource"])], &[]),
    op("dynamodb:CreateTable", &[
        need(Apply, &["dynamodb:CreateTable", "dynamodb:TagResource"], On::Tables), TABLE_KEY,
        need(Lease, &["dynamodb:CreateTable", "dynamodb:TagResource"], On::LeaseTable),
    ], &[Made(TABLE)]),
    op("dynamodb:UpdateTable", &[need(Apply, &["dynamodb:UpdateTable"], On::Tables), TABLE_KEY], &[
        Changed(TABLE, "/deletion_protection"), Changed(TABLE, "/indexes"), Changed(TABLE, "/billing"),
        Changed(TABLE, "/key"), GoneWith(TABLE, "/deletion_protection"),
    ]),
    op("dynamodb:UpdateTimeToLive", &[
        need(Apply, &["dynamodb:UpdateTimeToLive"], On::Tables), need(Lease, &["dynamodb:UpdateTimeToLive"], On::LeaseTable),
    ], &[Set(TABLE, "/ttl"), Taken(TABLE, "/ttl")]),
    op("dynamodb:UpdateContinuousBackups", &[
        need(Apply, &["dynamodb:UpdateContinuousBackups"], On::Tables),
        need(DeleteData, &["dynamodb:UpdateContinuousBackups"], On::TablesTagged),
    ], &[Set(TABLE, "/point_in_time_recovery"), Taken(TABLE, "/point_in_time_recovery"), GoneWith(TABLE, "/point_in_time_recovery")]),
    op("dynamodb:TagResource", &[need(Apply, &["dynamodb:TagResource"], On::Tables)], &[Changed(TABLE, "")]),
    op("dynamodb:UntagResource", &[need(Apply, &["dynamodb:UntagResource"], On::Tables)], &[Taken(TABLE, "/tags")]),
    op("dynamodb:DeleteTable", &[
        need(DeleteData, &["dynamodb:DeleteTable"], On::Tables), need(DeleteData, &["dynamodb:DeleteTable"], On::TablesTagged),
    ], &[Gone(TABLE)]),
    op("dynamodb:GetItem", &[need(Lease, &["dynamodb:GetItem"], On::LeaseRecord), need(Operate, &["dynamodb:GetItem"], On::Tables), READ_KEY], &[]),
    op("dynamodb:PutItem", &[need(Lease, &["dynamodb:PutItem"], On::LeaseRecord)], &[]),
    op("dynamodb:Query", &[need(Operate, &["dynamodb:Query"], On::Tables), READ_KEY], &[]),
    op("dynamodb:Scan", &[need(Operate, &["dynamodb:Scan"], On::Tables), READ_KEY], &[]),

    op("iam:ListRoles", &[need(Plan, &["iam:ListRoles"], On::Anything)], &[]),
    op("iam:GetRole", &[role(Plan, &["iam:GetRole"]), need(Plan, &["iam:GetRole"], On::RolesNamed), log_role(&["iam:GetRole"])], &[]),
    op("iam:ListRolePolicies", &[role(Plan, &["iam:ListRolePolicies"]), log_role(&["iam:ListRolePolicies"])], &[]),
    op("iam:ListAttachedRolePolicies", &[role(Plan, &["iam:ListAttachedRolePolicies"]), log_role(&["iam:ListAttachedRolePolicies"])], &[]),
    op("iam:GetRolePolicy", &[role(Plan, &["iam:GetRolePolicy"]), log_role(&["iam:GetRolePolicy"])], &[]),
    // Tags at the creation take an action of their own (IAM guide, "Tagging IAM roles").
    op("iam:CreateRole", &[need(Apply, &["iam:CreateRole"], On::RolesNew), role(Apply, &["iam:TagRole"]), log_role(&["iam:CreateRole", "iam:TagRole"])], &[Made(ROLE), Made(ACCOUNT)]),
    op("iam:UpdateAssumeRolePolicy", &[role(Apply, &["iam:UpdateAssumeRolePolicy"]), log_role(&["iam:UpdateAssumeRolePolicy"])], &[Changed(ROLE, "/trust")]),
    op("iam:UpdateRole", &[role(Apply, &["iam:UpdateRole"])], &[Changed(ROLE, "/description"), Changed(ROLE, "/max_session_seconds")]),
    // No spec asks for a boundary or an attached policy: these only ever go.
    op("iam:PutRolePermissionsBoundary", &[], &[]),
    op("iam:AttachRolePolicy", &[], &[]),
    op("iam:DeleteRolePermissionsBoundary", &[role(Apply, &["iam:DeleteRolePermissionsBoundary"])], &[Taken(ROLE, "/boundary")]),
    op("iam:DetachRolePolicy", &[role(Apply, &["iam:DetachRolePolicy"])], &[Changed(ROLE, "/attached"), GoneWith(ROLE, "/attached")]),
    op("iam:PutRolePolicy", &[role(Apply, &["iam:PutRolePolicy"]), log_role(&["iam:PutRolePolicy"])], &[Set(ROLE, "/policies"), Changed(ROLE, "/policies/access"), Made(ACCOUNT)]),
    op("iam:DeleteRolePolicy", &[role(Apply, &["iam:DeleteRolePolicy"])], &[GoneWith(ROLE, "/policies")]),
    op("iam:TagRole", &[role(Apply, &["iam:TagRole"])], &[Changed(ROLE, "")]),
    op("iam:UntagRole", &[role(Apply, &["iam:UntagRole"])], &[Taken(ROLE, "/tags")]),
    op("iam:ListInstanceProfilesForRole", &[role(Apply, &["iam:ListInstanceProfilesForRole"])], &[Gone(ROLE)]),
    op("iam:RemoveRoleFromInstanceProfile", &[need(Repair, &["iam:RemoveRoleFromInstanceProfile"], On::InstanceProfiles)], &[]),
    op("iam:DeleteRole", &[role(Apply, &["iam:DeleteRole"])], &[Gone(ROLE)]),

    op("logs:DescribeLogGroups", &[need(Plan, &["logs:DescribeLogGroups"], On::Anything)], &[]),
    op("logs:ListTagsForResource", &[need(Plan, &["logs:ListTagsForResource"], On::GroupsSeen), need(Plan, &["logs:ListTagsForResource"], On::GroupsTagged)], &[]),
    // Tags at the creation take an action of their own (CloudWatch Logs API reference, `CreateLogGroup`).
    op("logs:CreateLogGroup", &[need(Apply, &["logs:CreateLogGroup", "logs:TagResource"], On::Groups)], &[Made(GROUP)]),
    op("logs:PutRetentionPolicy", &[need(Apply, &["logs:PutRetentionPolicy"], On::Groups)], &[Set(GROUP, "/retention_days")]),
    // Every group of a spec is kept for a time.
    op("logs:DeleteRetentionPolicy", &[], &[]),
    // Only the group's own permission: the key's policy lets Logs use the key.
    op("logs:AssociateKmsKey", &[need(Apply, &["logs:AssociateKmsKey"], On::Groups)], &[Given(GROUP, "/key")]),
    op("logs:DisassociateKmsKey", &[need(Apply, &["logs:DisassociateKmsKey"], On::Groups)], &[Taken(GROUP, "/key")]),
    op("logs:TagResource", &[need(Apply, &["logs:TagResource"], On::Groups)], &[Changed(GROUP, "")]),
    op("logs:UntagResource", &[need(Apply, &["logs:UntagResource"], On::Groups)], &[Taken(GROUP, "/tags")]),
    op("logs:DeleteLogGroup", &[need(Apply, &["logs:DeleteLogGroup"], On::GroupsTagged)], &[Gone(GROUP)]),
    op("logs:FilterLogEvents", &[need(Operate, &["logs:FilterLogEvents"], On::Groups)], &[]),

    op("lambda:ListFunctions", &[need(Plan, &["lambda:ListFunctions"], On::Anything)], &[]),
    // Its answer holds tags only for who may list them (Lambda guide, "Using tags on Lambda functions"), and
    // the environment only for who may decrypt it.
    op("lambda:GetFunction", &[
        seen_function(&["lambda:GetFunction", "lambda:ListTags"]), our_function(&["lambda:GetFunction", "lambda:ListTags"]),
        need(Plan, &["kms:Decrypt"], On::KeyOfFunctions),
    ], &[]),
    // Not of functions that have left the spec: it goes with them.
    op("lambda:GetPolicy", &[seen_function(&["lambda:GetPolicy"])], &[]),
    op("lambda:GetAccountSettings", &[need(Operate, &["lambda:GetAccountSettings"], On::Anything)], &[]),
    op("lambda:CreateFunction", &[need(Apply, &["lambda:CreateFunction"], On::FunctionsNew), function(&["lambda:TagResource"]), PASS_ROLE, FUNCTION_KEY], &[Made(FUNCTION)]),
    op("lambda:UpdateFunctionConfiguration", &[function(&["lambda:UpdateFunctionConfiguration"]), PASS_ROLE, FUNCTION_KEY], &[
        Changed(FUNCTION, "/role"), Changed(FUNCTION, "/role_id"), Changed(FUNCTION, "/handler"), Changed(FUNCTION, "/runtime"),
        Changed(FUNCTION, "/memory"), Changed(FUNCTION, "/timeout"), Changed(FUNCTION, "/description"),
        Changed(FUNCTION, "/environment"), Changed(FUNCTION, "/key"), Changed(FUNCTION, "/tracing"),
        Changed(FUNCTION, "/log_group"), Changed(FUNCTION, "/log_format"), Changed(FUNCTION, "/failed_update"),
    ]),
    op("lambda:UpdateFunctionCode", &[function(&["lambda:UpdateFunctionCode"])], &[
        Changed(FUNCTION, "/code_sha256"), Changed(FUNCTION, "/architecture"), Changed(FUNCTION, "/failed_update"),
    ]),
    op("lambda:PutFunctionConcurrency", &[function(&["lambda:PutFunctionConcurrency"])], &[Set(FUNCTION, "/reserved_concurrency")]),
    op("lambda:DeleteFunctionConcurrency", &[function(&["lambda:DeleteFunctionConcurrency"])], &[Taken(FUNCTION, "/reserved_concurrency")]),
    op("lambda:TagResource", &[function(&["lambda:TagResource"])], &[Changed(FUNCTION, "")]),
    op("lambda:UntagResource", &[function(&["lambda:UntagResource"])], &[Taken(FUNCTION, "/tags")]),
    op("lambda:DeleteFunction", &[need(Apply, &["lambda:DeleteFunction"], On::FunctionsTagged)], &[Gone(FUNCTION)]),
    op("lambda:AddPermission", &[need(Apply, &["lambda:AddPermission"], On::FunctionsOpened)], &[Set(PERMISSION, "/statements")]),
    op("lambda:RemovePermission", &[function(&["lambda:RemovePermission"])], &[Taken(PERMISSION, "/statements")]),
    // For statements that RemovePermission cannot name. Newer than the service authorization reference.
    op("lambda:PutResourcePolicy", &[need(Repair, &["lambda:PutResourcePolicy"], On::Functions)], &[]),
    op("lambda:DeleteResourcePolicy", &[need(Repair, &["lambda:DeleteResourcePolicy"], On::Functions)], &[]),

    op("apigateway:GetApis", &[need(Plan, GET, On::Apis)], &[]),
    op("apigateway:GetIntegrations", &[need(Plan, GET, On::ApiLists)], &[]),
    op("apigateway:GetAuthorizers", &[need(Plan, GET, On::ApiLists)], &[]),
    op("apigateway:GetRoutes", &[need(Plan, GET, On::ApiLists)], &[]),
    op("apigateway:GetStages", &[need(Plan, GET, On::ApiLists)], &[]),
    op("apigateway:GetDeployment", &[need(Plan, GET, On::Deployment)], &[]),
    op("apigateway:GetTags", &[need(Plan, GET, On::ApiTags)], &[]),
    // Not in the reference, and yet asked for by API Gateway when what it makes has tags
    // (github.com/aws-amplify/amplify-cli, issue 12316).
    op("apigateway:CreateApi", &[need(Apply, &["apigateway:POST", "apigateway:TagResource"], On::ApiNew)], &[Made(API)]),
    op("apigateway:UpdateApi", &[need(Apply, PATCH, On::ApisTagged)], &[
        Changed(API, "/description"), Changed(API, "/selection"), Changed(API, "/endpoint_disabled"),
    ]),
    op("apigateway:DeleteApi", &[need(Apply, DELETE, On::ApisTagged)], &[Gone(API)]),
    op("apigateway:CreateIntegration", &[need(Apply, POST, On::ApiParts)], &[Set(API, "/integrations")]),
    op("apigateway:UpdateIntegration", &[need(Apply, PATCH, On::ApiPart)], &[Given(API, "/integrations")]),
    op("apigateway:DeleteIntegration", &[need(Apply, DELETE, On::ApiPart)], &[Taken(API, "/integrations")]),
    op("apigateway:CreateAuthorizer", &[need(Apply, POST, On::ApiParts)], &[Set(API, "/authorizers")]),
    op("apigateway:UpdateAuthorizer", &[need(Apply, PATCH, On::ApiPart)], &[Given(API, "/authorizers")]),
    op("apigateway:DeleteAuthorizer", &[need(Apply, DELETE, On::ApiPart)], &[Taken(API, "/authorizers")]),
    op("apigateway:CreateRoute", &[need(Apply, POST, On::ApiParts)], &[Set(API, "/routes")]),
    op("apigateway:UpdateRoute", &[need(Apply, PATCH, On::ApiPart)], &[Given(API, "/routes")]),
    op("apigateway:DeleteRoute", &[need(Apply, DELETE, On::ApiPart)], &[Taken(API, "/routes")]),
    op("apigateway:CreateStage", &[need(Apply, &["apigateway:POST", "apigateway:TagResource"], On::StageNew)], &[Made(STAGE)]),
    op("apigateway:UpdateStage", &[need(Apply, PATCH, On::ApisTagged)], &[
        Changed(STAGE, "/auto_deploy"), Changed(STAGE, "/deployment"), Changed(STAGE, "/defaults"),
        Changed(STAGE, "/routes"), Changed(STAGE, "/access_log"), Changed(STAGE, "/variables"), Set(STAGE, "/routes"),
    ]),
    op("apigateway:DeleteStage", &[need(Apply, DELETE, On::ApisTagged)], &[Gone(STAGE)]),
    op("apigateway:DeleteRouteSettings", &[need(Apply, DELETE, On::StageParts)], &[Taken(STAGE, "/routes")]),
    op("apigateway:DeleteAccessLogSettings", &[need(Apply, DELETE, On::StageParts)], &[Taken(STAGE, "/access_log")]),
    op("apigateway:CreateDeployment", &[need(Apply, POST, On::DeploymentNew)], &[Made(STAGE), Changed(STAGE, "/deployment")]),
    op("apigateway:GetDeployments", &[need(Apply, GET, On::DeploymentNew)], &[]),
    op("apigateway:TagResource", &[need(Apply, POST, On::ApiTags)], &[Changed(API, ""), Changed(STAGE, "")]),
    op("apigateway:UntagResource", &[need(Apply, DELETE, On::ApiTags)], &[Taken(API, "/tags"), Taken(STAGE, "/tags")]),
    op("apigateway:GetStage", &[need(Operate, GET, On::Stage)], &[]),
    op("apigateway:GetAccount", &[need(Plan, GET, On::Account)], &[]),
    op("apigateway:UpdateAccount", &[need(LoggingRole, PATCH, On::Account), need(LoggingRole, &["iam:PassRole"], On::LoggingRolePassed)], &[Made(ACCOUNT)]),
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
mod tests;
