//! Integrations: the backends of an API's routes.
use aws_sdk_apigatewayv2::types::{ContentHandlingStrategy, Integration as LiveIntegration, IntegrationType};
use serde::Serialize;

use super::{MARK, no_retry_config, require_id, retry_while_busy};
use crate::aws::{Cx, NotFoundExt, Operation, Result, all_pages, create_once, require_field};

/// Longest integration timeout of API Gateway, in milliseconds (WebSocket quotas page; not raisable).
const LONGEST: i32 = 29_000;

/// An integration of a WebSocket API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Integration {
    /// URI that is invoked.
    pub uri: String,
    /// Integration type, such as `AWS_PROXY`.
    #[serde(rename = "type")]
    pub kind: String,
    /// HTTP method of the invocation; Lambda functions accept `POST` only.
    pub method: String,
    /// Timeout in milliseconds after which API Gateway gives up.
    pub timeout_ms: i32,
    /// How bodies are converted; none to pass them through unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling: Option<String>,
    /// ARN of the role with which it is invoked; none if the function's own policy allows API Gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
}

impl Integration {
    /// Returns a proxy integration for the function with this invocation URI.
    pub fn lambda(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            kind: "AWS_PROXY".into(),
            method: "POST".into(),
            timeout_ms: LONGEST,
            content_handling: None,
            credentials: None,
        }
    }

    /// Returns the canonical form of a live integration.
    pub(super) fn from_live(standing: &LiveIntegration) -> Self {
        let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            uri: standing.integration_uri.clone().unwrap_or_default(),
            kind: standing.integration_type.as_ref().map_or("", |kind| kind.as_str()).to_owned(),
            method: standing.integration_method.clone().unwrap_or_default(),
            timeout_ms: standing.timeout_in_millis.unwrap_or(LONGEST),
            content_handling: filled(
                standing
                    .content_handling_strategy
                    .as_ref()
                    .map(aws_sdk_apigatewayv2::types::ContentHandlingStrategy::as_str),
            ),
            credentials: filled(standing.credentials_arn()),
        }
    }
}

/// Returns the key under which the stack created the integration, if it did.
pub(super) fn stack_key(standing: &LiveIntegration) -> Option<&str> {
    standing.description()?.strip_prefix(MARK)
}

fn key_description(key: &str) -> String {
    format!("{MARK}{key}")
}

pub(super) async fn read_integrations(cx: &Cx<'_>, api: &str) -> Result<Vec<LiveIntegration>> {
    all_pages(async |token| {
        let call = cx.aws.apis().get_integrations().api_id(api).set_next_token(token).send();
        let page = cx.read(call).await?;
        Ok((require_field(Operation::ApiGatewayGetIntegrations, "items", page.items)?, page.next_token))
    })
    .await
}

/// Creates an integration and returns its id; one whose creation answer was lost is found again by its description.
pub(super) async fn create_integration(
    cx: &Cx<'_>,
    api: &str,
    key: &str,
    to: &Integration,
) -> Result<String> {
    let create = async || {
        let call = cx.aws.apis().create_integration().api_id(api).description(key_description(key));
        let call = call.integration_type(IntegrationType::from(to.kind.as_str())).integration_uri(&to.uri);
        let call = call.integration_method(&to.method).timeout_in_millis(to.timeout_ms);
        let call = call.set_credentials_arn(to.credentials.clone());
        let handling = to.content_handling.as_deref().map(ContentHandlingStrategy::from);
        let call = call.set_content_handling_strategy(handling);
        let call = call.customize().config_override(no_retry_config()).send();
        require_id(cx.write(call).await?.integration_id, "CreateIntegration")
    };
    let find = async || {
        let all = read_integrations(cx, api).await?;
        let lost = all.into_iter().find(|one| self::stack_key(one) == Some(key));
        Ok(lost.and_then(|one| one.integration_id))
    };
    let what = format!("the integration `{key}`");
    retry_while_busy(cx, api, async || create_once(cx, &what, &create, &find).await).await
}

/// Updates an integration, sending the differences; the type is always sent, because AWS requires it.
pub(super) async fn update_integration(
    cx: &Cx<'_>,
    (api, id, key): (&str, &str, &str),
    live: Option<&Integration>,
    to: &Integration,
) -> Result<()> {
    let differs = |same: fn(&Integration, &Integration) -> bool| !live.is_some_and(|live| same(live, to));
    retry_while_busy(cx, api, async || {
        let kind = IntegrationType::from(to.kind.as_str());
        let mut call = cx.aws.apis().update_integration().api_id(api).integration_id(id);
        call = call.integration_type(kind).description(key_description(key));
        if differs(|live, to| live.uri == to.uri) {
            call = call.integration_uri(&to.uri);
        }
        if differs(|live, to| live.method == to.method) {
            call = call.integration_method(&to.method);
        }
        if differs(|live, to| live.timeout_ms == to.timeout_ms) {
            call = call.timeout_in_millis(to.timeout_ms);
        }
        // An empty string removes either of these.
        if differs(|live, to| live.content_handling == to.content_handling) {
            let handling = to.content_handling.as_deref().unwrap_or_default();
            call = call.content_handling_strategy(ContentHandlingStrategy::from(handling));
        }
        if differs(|live, to| live.credentials == to.credentials) {
            call = call.credentials_arn(to.credentials.as_deref().unwrap_or_default());
        }
        cx.write(call.send()).await
    })
    .await?;
    Ok(())
}

pub(super) async fn delete_integration(cx: &Cx<'_>, api: &str, id: &str) -> Result<()> {
    let call = cx.aws.apis().delete_integration().api_id(api).integration_id(id);
    cx.write(call.send()).await.not_found_to_none().map(drop)
}
