//! A stage under the contract.
use copilot_infra::{
    aws::{Aws, tags},
    resources::{
        api as apis,
        stage::{self, Stage},
    },
};

use super::{api::api, api_gateway_account::api_gateway_account, log_group::log_group};
use crate::contract::{Case, Place, STACK, tags as labels};

/// A stage of an API, which stands with a log group and the account's leave to log.
pub(crate) async fn stage(place: &Place) -> Case<Stage> {
    api_gateway_account().stand(place).await;
    let wanted = api();
    let digest = apis::api_digest(&wanted.wish);
    let api = wanted.stand(place).await;
    log_group("").stand(place).await;
    let settings = |rate: f64, logging: &str| stage::StageRouteSettings {
        rate,
        burst: 20,
        logging: logging.into(),
        data_trace: false,
        metrics: true,
    };
    let wish = stage::Props {
        api: api.id,
        name: "live".into(),
        auto_deploy: true,
        deployment: stage::AUTOMATIC.into(),
        defaults: settings(10.0, "off"),
        routes: [("message".to_owned(), settings(3.0, "off"))].into(),
        access_log: None,
        variables: [("color".to_owned(), "blue".to_owned())].into(),
        tags: labels(&[("a", "1")]),
    };
    let log = stage::AccessLog {
        destination: place.aws().arn("logs", &format!("log-group:/aws/lambda/{STACK}-it")),
        format: "$context.requestId".into(),
    };
    let changes = vec![
        stage::Props { defaults: settings(20.0, "error"), ..wish.clone() },
        stage::Props { routes: [].into(), ..wish.clone() },
        stage::Props { routes: [("$connect".to_owned(), settings(4.0, "off"))].into(), ..wish.clone() },
        stage::Props { access_log: Some(log), ..wish.clone() },
        stage::Props { variables: [("shape".to_owned(), "round".to_owned())].into(), ..wish.clone() },
        stage::Props { auto_deploy: false, deployment: digest, ..wish.clone() },
        stage::Props { tags: labels(&[("b", "2")]), ..wish.clone() },
    ];
    Case { changes, ..Case::of(Stage::new(STACK, "live"), wish) }
}

/// Somebody lets more messages through.
pub(crate) async fn spoil(aws: &Aws) {
    use aws_sdk_apigatewayv2::types::RouteSettings;
    let apis = aws.apis().get_apis().send().await.expect("there are some");
    let mut apis = apis.items.unwrap_or_default().into_iter();
    let ours = |api: &aws_sdk_apigatewayv2::types::Api| {
        api.tags().and_then(|all| all.get(tags::STACK)).is_some_and(|it| it == STACK)
    };
    let id = apis.find(ours).and_then(|api| api.api_id).expect("there is one");
    let settings = RouteSettings::builder().throttling_rate_limit(999.0).throttling_burst_limit(999).build();
    let call = aws.apis().update_stage().api_id(id).stage_name("live").default_route_settings(settings);
    call.send().await.expect("it is there");
}
