//! Raw IAM statements that allow more than a function should have.
use serde_json::Value;

use super::{
    Context,
    actions::{self, Level},
    statements::texts,
};
use crate::spec::at::At;

/// Actions by which a principal makes itself administrator (checkov's list for `CKV_AWS_286` and its like).
const ESCALATION: [&str; 16] = [
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
const CREDENTIALS: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetFederationToken",
    "iam:CreateAccessKey",
    "iam:CreateServiceSpecificCredential",
    "cognito-identity:GetCredentialsForIdentity",
];
/// Actions that read what is often confidential.
const CONTENTS: [&str; 5] = [
    "s3:GetObject",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "secretsmanager:GetSecretValue",
];
/// Actions that have a key of their own in `access`.
const REPLACEABLE: [(&str, &str); 7] = [
    ("bedrock:InvokeModel", "access.models"),
    ("bedrock:InvokeModelWithResponseStream", "access.models"),
    ("execute-api:ManageConnections", "access.connections"),
    ("secretsmanager:GetSecretValue", "access.secrets"),
    ("dynamodb:GetItem", "access.tables` or `access.external_tables"),
    ("dynamodb:PutItem", "access.tables` or `access.external_tables"),
    ("dynamodb:Query", "access.tables` or `access.external_tables"),
];

pub(super) fn check(context: &mut Context<'_>) {
    for function in context.written_functions() {
        for statement in function.access.iter().flat_map(|access| &access.statements) {
            if statement.value.get("Effect").and_then(Value::as_str) == Some("Allow") {
                one(context, statement);
            }
        }
    }
}

fn one(context: &mut Context<'_>, statement: &At<Value>) {
    let (value, place) = (&statement.value, statement.place);
    let all = texts(value, "Action");
    let anywhere = texts(value, "Resource").contains(&"*");
    for element in ["NotAction", "NotResource"] {
        if value.get(element).is_some() {
            let message = format!("`{element}` allows all that it does not name");
            context.report("statement-not-action", place, message, "name what is allowed");
        }
    }
    if anywhere && all.contains(&"*") {
        let message = "the statement allows everything";
        return context.report(
            "statement-admin",
            place,
            message,
            "name the actions and resources that are needed",
        );
    }
    for action in all.iter().filter(|action| **action == "*" || action.ends_with(":*")) {
        let message = format!("`{action}` allows what deletes and what is still to come as well");
        context.report("statement-wildcard-action", place, message, "name the actions the function calls");
    }
    pass_role(context, statement, &all, anywhere);
    if anywhere && value.get("Condition").is_none() {
        everywhere(context, statement, &all);
    }
    if let Some((action, key)) = REPLACEABLE.iter().find(|(action, _)| all.contains(action)) {
        let message = format!("`{action}` need not be a raw statement");
        context.report("statement-replaceable", place, message, format!("use `{key}`"));
    }
}

/// What is worse on all resources.
fn everywhere(context: &mut Context<'_>, statement: &At<Value>, all: &[&str]) {
    let place = statement.place;
    let includes = |list: &[&'static str]| {
        list.iter().copied().find(|listed| all.iter().any(|action| actions::matches(action, listed)))
    };
    let lists: [(&str, &[&'static str], &str); 3] = [
        ("statement-escalation", &ESCALATION, "makes the function administrator"),
        ("statement-credentials", &CREDENTIALS, "hands out credentials of anyone"),
        ("statement-exfiltration", &CONTENTS, "reads the contents of all there is"),
    ];
    for (rule, list, what) in lists {
        if let Some(action) = includes(list) {
            let message = format!("on all resources `{action}` {what}");
            context.report(rule, place, message, "name the one resource it is for");
        }
    }
    let known = || all.iter().flat_map(|action| actions::meant(action));
    if let Some(action) = known().find(|known| known.level == Level::Permissions) {
        let message = format!("on all resources `{}` changes who may do what", action.name);
        context.report("statement-permissions", place, message, "name the one resource it is for");
    }
    if let Some(action) = known().find(|known| known.has_resources) {
        let message = format!("`{}` is allowed on all resources of the account", action.name);
        context.report("statement-wildcard-resource", place, message, "write the ARNs the function works on");
    }
}

fn pass_role(context: &mut Context<'_>, statement: &At<Value>, all: &[&str], anywhere: bool) {
    let passes = all.iter().any(|action| *action != "*" && actions::matches(action, "iam:PassRole"));
    let conditions = statement.value.get("Condition").and_then(Value::as_object);
    let limited = conditions
        .into_iter()
        .flat_map(|all| all.values())
        .any(|keys| keys.get("iam:PassedToService").is_some());
    if passes && (anywhere || !limited) {
        let hint = "name the role, and add `Condition: { StringEquals: { \"iam:PassedToService\": … } }`";
        let message =
            if anywhere { "any role may be passed on" } else { "the role may be passed to any service" };
        context.report("statement-pass-role", statement.place, message, hint);
    }
}
