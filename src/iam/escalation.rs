//! IAM actions that give more access than their names say.

/// Actions by which a principal makes itself administrator (checkov's list for `CKV_AWS_286` and its like).
pub const ESCALATION: [&str; 16] = [
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:AttachUserPolicy",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:AddUserToGroup",
    "iam:UpdateAssumeRolePolicy",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:DeleteRolePermissionsBoundary",
    "lambda:UpdateFunctionCode",
    "lambda:CreateEventSourceMapping",
    "glue:UpdateDevEndpoint",
];

/// Actions that hand out credentials.
pub const CREDENTIALS: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetFederationToken",
    "iam:CreateAccessKey",
    "iam:CreateServiceSpecificCredential",
    "cognito-identity:GetCredentialsForIdentity",
];

/// Actions that read what is often confidential.
pub const CONTENTS: [&str; 5] = [
    "s3:GetObject",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "secretsmanager:GetSecretValue",
];

/// Actions by which a function widens what its own role may do.
pub const ROLE_WIDENING: [&str; 4] = [
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
];
