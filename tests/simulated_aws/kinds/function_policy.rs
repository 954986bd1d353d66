//! The policy of a function under the contract.
use copilot_infra::{
    aws::Aws,
    iam::Policy,
    resources::function_policy::{FunctionPolicy, Props},
};
use serde_json::{Value, json};

use super::function::function;
use crate::contract::{Case, Place, STACK};

/// The policy of a function, which stands.
pub(crate) async fn function_policy(place: &Place) -> Case<FunctionPolicy> {
    let function = function(place).await.stand(place).await;
    let statement = |sid: &str, path: &str| {
        json!({ "Sid": sid, "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" },
            "Action": "lambda:InvokeFunction", "Resource": function.arn, "Condition": {
                "StringEquals": { "AWS:SourceAccount": "123456789012" },
                "ArnLike": { "AWS:SourceArn": format!("arn:aws:execute-api:us-east-1:123456789012:abc/{path}") } } })
    };
    let account = json!({ "Sid": "account", "Effect": "Allow", "Action": "lambda:InvokeFunction",
        "Resource": function.arn, "Principal": { "AWS": "arn:aws:iam::210987654321:root" } });
    let service = json!({ "Sid": "service", "Effect": "Allow", "Action": "lambda:InvokeFunction",
        "Resource": function.arn, "Principal": { "Service": "events.amazonaws.com" },
        "Condition": { "ArnLike": { "AWS:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/tick" } } });
    let props = |statements: Vec<Value>| Props { statements: Policy::new(statements) };
    let changes = vec![
        props(vec![statement("one", "*/message")]),
        props(vec![statement("one", "*/message"), statement("two", "*/other")]),
        props(vec![statement("three", "*")]),
        props(vec![account, service]),
    ];
    let resource = FunctionPolicy { function: format!("{STACK}-it") };
    let wish = props(vec![statement("one", "*/$connect")]);
    Case { changes, empty: Some(props(vec![])), ..Case::of(resource, wish) }
}

/// Somebody lets another service in.
pub(crate) async fn spoil(aws: &Aws) {
    let call = aws.lambda().add_permission().function_name(format!("{STACK}-it")).statement_id("stray");
    let call = call.action("lambda:InvokeFunction").principal("events.amazonaws.com");
    call.send().await.expect("it is there");
}
