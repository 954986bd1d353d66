//! The permissions that work on a function takes.
use super::Function;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, Need, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan},
        Subject,
        When::{Changed, Gone, Made, Set, Taken},
        need, op,
    },
};

/// What Lambda does with it for the environment (Lambda guide, "Securing Lambda environment variables").
const FUNCTION_KEY: Need = need(Apply, &["kms:CreateGrant", "kms:Encrypt"], On::KeyForFunctions);
const PASS_ROLE: Need = need(Apply, &["iam:PassRole"], On::RolesPassed);

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    op(Operation::LambdaListFunctions, &[need(Plan, &["lambda:ListFunctions"], On::Anything)], &[]),
    // Its answer holds tags only for who may list them (Lambda guide, "Using tags on Lambda functions"), and
    // the environment only for who may decrypt it.
    op(Operation::LambdaGetFunction, &[
        need(Plan, &["lambda:GetFunction", "lambda:ListTags"], On::FunctionsSeen),
        need(Plan, &["lambda:GetFunction", "lambda:ListTags"], On::FunctionsTagged),
        need(Plan, &["kms:Decrypt"], On::KeyOfFunctions),
    ], &[]),
    op(Operation::LambdaCreateFunction, &[
        need(Apply, &["lambda:CreateFunction"], On::FunctionsNew),
        need(Apply, &["lambda:TagResource"], On::Functions),
        PASS_ROLE,
        FUNCTION_KEY,
    ], &[Made]),
    op(Operation::LambdaUpdateFunctionConfiguration, &[
        need(Apply, &["lambda:UpdateFunctionConfiguration"], On::Functions),
        PASS_ROLE,
        FUNCTION_KEY,
    ], &[
        Changed("/role"), Changed("/role_id"), Changed("/handler"), Changed("/runtime"), Changed("/memory"),
        Changed("/timeout"), Changed("/description"), Changed("/environment"), Changed("/key"),
        Changed("/tracing"), Changed("/log_group"), Changed("/log_format"), Changed("/failed_update"),
    ]),
    op(Operation::LambdaUpdateFunctionCode, &[need(Apply, &["lambda:UpdateFunctionCode"], On::Functions)], &[
        Changed("/code_sha256"), Changed("/architecture"), Changed("/failed_update"),
    ]),
    op(Operation::LambdaPutFunctionConcurrency, &[need(Apply, &["lambda:PutFunctionConcurrency"], On::Functions)], &[Set("/reserved_concurrency")]),
    op(Operation::LambdaDeleteFunctionConcurrency, &[
        need(Apply, &["lambda:DeleteFunctionConcurrency"], On::Functions),
    ], &[Taken("/reserved_concurrency")]),
    op(Operation::LambdaTagResource, &[need(Apply, &["lambda:TagResource"], On::Functions)], &[Changed("")]),
    op(Operation::LambdaUntagResource, &[need(Apply, &["lambda:UntagResource"], On::Functions)], &[Taken("/tags")]),
    op(Operation::LambdaDeleteFunction, &[need(Apply, &["lambda:DeleteFunction"], On::FunctionsTagged)], &[Gone]),
];

impl Permissions for Function {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Function;
}
