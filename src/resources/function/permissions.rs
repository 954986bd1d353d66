//! The permissions that the calls on a function need.
use super::Function;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionNeed, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan},
        StepCondition::{Changed, Gone, Made, Set, Taken},
        Subject, api_operation, permission_need,
    },
};

/// What Lambda does with the key for the environment (Lambda guide, "Securing Lambda environment variables").
const FUNCTION_KEY: PermissionNeed =
    permission_need(Apply, &["kms:CreateGrant", "kms:Encrypt"], On::KeyForFunctions);
const PASS_ROLE: PermissionNeed = permission_need(Apply, &["iam:PassRole"], On::RolesPassed);

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    api_operation(Operation::LambdaListFunctions, &[permission_need(Plan, &["lambda:ListFunctions"], On::Anything)], &[]),
    // The answer holds tags only for callers who may list them (Lambda guide, "Using tags on Lambda functions"), and
    // the environment only for callers who may decrypt it.
    api_operation(Operation::LambdaGetFunction, &[
        permission_need(Plan, &["lambda:GetFunction", "lambda:ListTags"], On::Functions),
        permission_need(Plan, &["lambda:GetFunction", "lambda:ListTags"], On::FunctionsTagged),
        permission_need(Plan, &["kms:Decrypt"], On::KeyOfFunctions),
    ], &[]),
    // A name alone does not tell whose a function is: `app-*` takes in the functions of a stack `app-prod` as well, and
    // their environments.
    api_operation(Operation::LambdaListTags, &[permission_need(Plan, &["lambda:ListTags"], On::FunctionsSeen)], &[]),
    api_operation(Operation::LambdaCreateFunction, &[
        permission_need(Apply, &["lambda:CreateFunction"], On::FunctionsNew),
        permission_need(Apply, &["lambda:TagResource"], On::Functions),
        PASS_ROLE,
        FUNCTION_KEY,
    ], &[Made]),
    api_operation(Operation::LambdaUpdateFunctionConfiguration, &[
        permission_need(Apply, &["lambda:UpdateFunctionConfiguration"], On::Functions),
        PASS_ROLE,
        FUNCTION_KEY,
    ], &[
        Changed("/role"), Changed("/role_id"), Changed("/handler"), Changed("/runtime"), Changed("/memory"),
        Changed("/timeout"), Changed("/description"), Changed("/environment"), Changed("/key"),
        Changed("/tracing"), Changed("/log_group"), Changed("/log_format"), Changed("/failed_update"),
        Changed("/layers"), Changed("/vpc"), Changed("/file_systems"), Changed("/dead_letter_target"),
        Changed("/snap_start"),
    ]),
    // URLs and asynchronous invocation are configured for a function or for one of its aliases, which has an ARN of its own.
    api_operation(Operation::LambdaListFunctionUrlConfigs, &[
        permission_need(Plan, &["lambda:ListFunctionUrlConfigs"], On::Functions),
    ], &[]),
    api_operation(Operation::LambdaListFunctionEventInvokeConfigs, &[
        permission_need(Plan, &["lambda:ListFunctionEventInvokeConfigs"], On::Functions),
    ], &[]),
    api_operation(Operation::LambdaListEventSourceMappings, &[
        permission_need(Plan, &["lambda:ListEventSourceMappings"], On::Anything),
    ], &[]),
    api_operation(Operation::LambdaDeleteFunctionUrlConfig, &[
        permission_need(Apply, &["lambda:DeleteFunctionUrlConfig"], On::Functions),
        permission_need(Apply, &["lambda:DeleteFunctionUrlConfig"], On::FunctionAliases),
    ], &[Changed("/function_urls")]),
    api_operation(Operation::LambdaDeleteFunctionEventInvokeConfig, &[
        permission_need(Apply, &["lambda:DeleteFunctionEventInvokeConfig"], On::Functions),
        permission_need(Apply, &["lambda:DeleteFunctionEventInvokeConfig"], On::FunctionAliases),
    ], &[Changed("/event_invoke_configs")]),
    api_operation(Operation::LambdaUpdateFunctionCode, &[permission_need(Apply, &["lambda:UpdateFunctionCode"], On::Functions)], &[
        Changed("/code_sha256"), Changed("/architecture"), Changed("/failed_update"),
    ]),
    api_operation(Operation::LambdaPutFunctionConcurrency, &[permission_need(Apply, &["lambda:PutFunctionConcurrency"], On::Functions)], &[Set("/reserved_concurrency")]),
    api_operation(Operation::LambdaDeleteFunctionConcurrency, &[
        permission_need(Apply, &["lambda:DeleteFunctionConcurrency"], On::Functions),
    ], &[Taken("/reserved_concurrency")]),
    api_operation(Operation::LambdaTagResource, &[permission_need(Apply, &["lambda:TagResource"], On::Functions)], &[Changed("")]),
    api_operation(Operation::LambdaUntagResource, &[permission_need(Apply, &["lambda:UntagResource"], On::Functions)], &[Taken("/tags")]),
    api_operation(Operation::LambdaDeleteFunction, &[permission_need(Apply, &["lambda:DeleteFunction"], On::FunctionsTagged)], &[Gone]),
];

impl Permissions for Function {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Function;
}
