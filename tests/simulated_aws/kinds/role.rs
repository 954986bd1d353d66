//! A role under the contract.
use copilot_infra::{
    aws::Aws,
    iam::Policy,
    resources::role::{self, Role},
};
use serde_json::json;

use crate::contract::{Case, STACK, tags};

pub(crate) fn role() -> Case<Role> {
    let path = role::role_path("/copilot-infra/", STACK, "us-east-1");
    let allow = |action: &str| {
        Policy::new([json!({ "Sid": "One", "Effect": "Allow", "Action": action, "Resource": "*" })])
    };
    let trust = |service: &str| {
        Policy::new([json!({ "Sid": "Trust", "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": service } })])
    };
    let wish = role::Props {
        path: path.clone(),
        description: "Runs it".into(),
        trust: trust("lambda.amazonaws.com"),
        max_session_seconds: 3600,
        boundary: Some("arn:aws:iam::123456789012:policy/first".into()),
        policies: [(role::ACCESS.to_owned(), allow("xray:PutTraceSegments"))].into(),
        attached: [].into(),
        tags: tags(&[]),
    };
    let changes = vec![
        role::Props { description: String::new(), ..wish.clone() },
        role::Props { max_session_seconds: 7200, ..wish.clone() },
        role::Props { trust: trust("apigateway.amazonaws.com"), ..wish.clone() },
        role::Props { boundary: Some("arn:aws:iam::123456789012:policy/bound".into()), ..wish.clone() },
        role::Props {
            attached: ["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()].into(),
            ..wish.clone()
        },
        role::Props {
            policies: [
                ("other".to_owned(), allow("s3:GetObject")),
                ("third".to_owned(), allow("s3:PutObject")),
            ]
            .into(),
            ..wish.clone()
        },
        role::Props { tags: tags(&[("b", "2")]), ..wish.clone() },
    ];
    let resource = Role::new(format!("{STACK}-it-us-east-1"), path);
    Case { changes, fixed: &["path"], ..Case::of(resource, wish) }
}

/// Somebody removes its policy.
pub(crate) async fn spoil(aws: &Aws) {
    let call = aws.iam().delete_role_policy().role_name(format!("{STACK}-it-us-east-1"));
    call.policy_name(role::ACCESS).send().await.expect("it is there");
}
