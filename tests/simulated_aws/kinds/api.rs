//! An API under the contract.
use std::collections::BTreeMap;

use copilot_infra::{
    aws::{Aws, tags},
    resources::api::{self, Api, Authorizer, Integration, Route},
};

use crate::contract::{Case, STACK, tags as labels};

pub(crate) fn api() -> Case<Api> {
    let uri = |name: &str| {
        format!(
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:\
             function:{name}/invocations"
        )
    };
    let wish = api::Props {
        name: STACK.into(),
        selection: "$request.body.action".into(),
        integrations: [("talk".to_owned(), Integration::lambda(uri("talk")))].into(),
        authorizers: [(
            "guard".to_owned(),
            Authorizer::lambda(uri("guard"), ["route.request.header.Auth".to_owned()]),
        )]
        .into(),
        routes: [
            ("$connect".to_owned(), Route { authorizer: Some("guard".into()), ..Route::to("talk") }),
            ("message".to_owned(), Route::to("talk")),
        ]
        .into(),
        tags: labels(&[(tags::ADDRESS, api::ADDRESS)]),
        ..api::Props::default()
    };
    let open: BTreeMap<String, Route> =
        [("$connect".to_owned(), Route::to("more")), ("$default".to_owned(), Route::to("talk"))].into();
    let two: BTreeMap<String, Integration> = [
        ("talk".to_owned(), Integration { timeout_ms: 5000, ..Integration::lambda(uri("talk")) }),
        ("more".to_owned(), Integration::lambda(uri("more"))),
    ]
    .into();
    let both: BTreeMap<String, Route> = [
        ("$connect".to_owned(), Route { authorizer: Some(api::IAM.into()), ..Route::to("talk") }),
        ("message".to_owned(), Route { api_key_required: true, ..Route::to("talk") }.two_way()),
        ("other".to_owned(), Route::to("talk").two_way()),
    ]
    .into();
    let changes = vec![
        api::Props { key_selection: Some(api::KEY_BY_AUTHORIZER.into()), ..wish.clone() },
        api::Props { authorizers: BTreeMap::new(), routes: both, ..wish.clone() },
        api::Props { name: "renamed".into(), ..wish.clone() },
        api::Props { description: "Talks".into(), ..wish.clone() },
        api::Props { selection: "$request.body.verb".into(), ..wish.clone() },
        api::Props { integrations: two, authorizers: BTreeMap::new(), routes: open, ..wish.clone() },
        api::Props { tags: labels(&[(tags::ADDRESS, api::ADDRESS), ("b", "2")]), ..wish.clone() },
    ];
    Case { changes, ..Case::of(Api::named(STACK), wish) }
}

/// Somebody adds a route.
pub(crate) async fn spoil(aws: &Aws) {
    let apis = aws.apis().get_apis().send().await.expect("there are some");
    let mut apis = apis.items.unwrap_or_default().into_iter();
    let ours = |api: &aws_sdk_apigatewayv2::types::Api| {
        api.tags().and_then(|all| all.get(tags::STACK)).is_some_and(|it| it == STACK)
    };
    let id = apis.find(ours).and_then(|api| api.api_id).expect("there is one");
    aws.apis().create_route().api_id(id).route_key("stray").send().await.expect("it is there");
}
