//! The condition keys that a question to the policy simulator carries.
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum as Type};

use crate::aws::{
    AwsScope, Cx,
    tags::{STACK, Tags},
};

/// What the calls will carry with them, as far as policies may ask for it.
///
/// The first question is put as DynamoDB and Lambda see it, the second as KMS, through Lambda, and API Gateway do.
pub(super) fn context_entries(
    cx: &Cx<'_>,
    tags: &Tags,
    alias: Option<&str>,
    second: bool,
) -> Vec<ContextEntry> {
    let scope = AwsScope::of(cx.aws);
    let one = |key: &str, value: &str| context_entry(key, &[value], Type::String);
    let (passed, through) = if second { ("apigateway", "lambda") } else { ("lambda", "dynamodb") };
    let mut all = vec![
        one("aws:RequestedRegion", &scope.region),
        one("aws:PrincipalAccount", &scope.account),
        one("kms:CallerAccount", &scope.account),
        one("kms:ViaService", &scope.service(through)),
        one("iam:PassedToService", &format!("{passed}.amazonaws.com")),
        one("lambda:Principal", "apigateway.amazonaws.com"),
        context_entry("dynamodb:LeadingKeys", &[cx.stack], Type::StringList),
        context_entry("kms:GrantIsForAWSResource", &["true"], Type::Boolean),
        context_entry("aws:SecureTransport", &["true"], Type::Boolean),
    ];
    all.extend(alias.map(|alias| context_entry("kms:ResourceAliases", &[alias], Type::StringList)));
    let mut carried = tags.clone();
    carried.insert(STACK.to_owned(), cx.stack.to_owned());
    for (key, value) in &carried {
        for whose in ["aws:RequestTag", "aws:ResourceTag", "iam:ResourceTag"] {
            all.push(one(&format!("{whose}/{key}"), value));
        }
    }
    let keys: Vec<&str> = carried.keys().map(String::as_str).collect();
    all.push(context_entry("aws:TagKeys", &keys, Type::StringList));
    all
}

fn context_entry(key: &str, values: &[&str], kind: Type) -> ContextEntry {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    ContextEntry::builder()
        .context_key_name(key)
        .set_context_key_values(Some(values))
        .context_key_type(kind)
        .build()
}
