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
    let props = |statements: Vec<Value>| Props { statements: Policy::new(statements) };
    let changes = vec![
        props(vec![statement("one", "*/message")]),
        props(vec![statement("one", "*/message"), statement("two", "*/other")]),
        props(vec![statement("three", "*")]),
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
