//! Lambda authorizers of a WebSocket API, which decide whether a connection may be opened.
use std::collections::BTreeSet;

use aws_sdk_apigatewayv2::types::{Authorizer as LiveAuthorizer, AuthorizerType};
use serde::Serialize;

use super::{no_retry_config, require_id, retry_while_busy};
use crate::aws::{Cx, NotFoundExt, Operation, Result, all_pages, create_once, require_field};

/// An authorizer: a Lambda function that is invoked on `$connect`.
///
/// WebSocket APIs know the type `REQUEST` only, and cache no decisions (API Gateway guide,
/// "Control access to WebSocket APIs").
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Authorizer {
    /// Invocation URI of the function.
    pub uri: String,
    /// Identity sources that a request must carry before the authorizer is invoked, such as
    /// `route.request.querystring.token`.
    pub identity: BTreeSet<String>,
    /// ARN of the role with which it is invoked; none if the function's own policy allows API Gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
}

impl Authorizer {
    /// Returns a Lambda authorizer for the function with this invocation URI.
    pub fn lambda(uri: impl Into<String>, identity: impl IntoIterator<Item = String>) -> Self {
        Self { uri: uri.into(), identity: identity.into_iter().collect(), credentials: None }
    }

    /// Returns the canonical form of a live authorizer.
    pub(super) fn from_live(standing: &LiveAuthorizer) -> Self {
        Self {
            uri: standing.authorizer_uri.clone().unwrap_or_default(),
            identity: standing.identity_source().iter().cloned().collect(),
            credentials: standing.authorizer_credentials_arn.clone().filter(|arn| !arn.is_empty()),
        }
    }
}

pub(super) async fn read_authorizers(cx: &Cx<'_>, api: &str) -> Result<Vec<LiveAuthorizer>> {
    all_pages(async |token| {
        let call = cx.aws.apis().get_authorizers().api_id(api).set_next_token(token).send();
        let page = cx.read(call).await?;
        Ok((require_field(Operation::ApiGatewayGetAuthorizers, "items", page.items)?, page.next_token))
    })
    .await
}

/// Creates an authorizer and returns its id; one whose creation answer was lost is found again by its name.
pub(super) async fn create_authorizer(cx: &Cx<'_>, api: &str, name: &str, to: &Authorizer) -> Result<String> {
    let create = async || {
        let call = cx.aws.apis().create_authorizer().api_id(api).name(name);
        let call = call.authorizer_type(AuthorizerType::Request).authorizer_uri(&to.uri);
        let call = call.set_identity_source(Some(to.identity.iter().cloned().collect()));
        let call = call.set_authorizer_credentials_arn(to.credentials.clone());
        let call = call.customize().config_override(no_retry_config()).send();
        require_id(cx.write(call).await?.authorizer_id, "CreateAuthorizer")
    };
    let find = async || {
        let all = read_authorizers(cx, api).await?;
        Ok(all.into_iter().find(|one| one.name() == Some(name)).and_then(|one| one.authorizer_id))
    };
    let what = format!("the authorizer `{name}`");
    retry_while_busy(cx, api, async || create_once(cx, &what, &create, &find).await).await
}

/// Updates an authorizer, sending only the differences.
pub(super) async fn update_authorizer(
    cx: &Cx<'_>,
    (api, id): (&str, &str),
    live: Option<&Authorizer>,
    to: &Authorizer,
) -> Result<()> {
    retry_while_busy(cx, api, async || {
        let mut call = cx.aws.apis().update_authorizer().api_id(api).authorizer_id(id);
        if live.is_none_or(|live| live.uri != to.uri) {
            call = call.authorizer_uri(&to.uri);
        }
        if live.is_none_or(|live| live.identity != to.identity) {
            call = call.set_identity_source(Some(to.identity.iter().cloned().collect()));
        }
        if live.is_none_or(|live| live.credentials != to.credentials) {
            call = call.authorizer_credentials_arn(to.credentials.as_deref().unwrap_or_default());
        }
        cx.write(call.send()).await
    })
    .await?;
    Ok(())
}

pub(super) async fn delete_authorizer(cx: &Cx<'_>, api: &str, id: &str) -> Result<()> {
    let call = cx.aws.apis().delete_authorizer().api_id(api).authorizer_id(id);
    cx.write(call.send()).await.not_found_to_none().map(drop)
}
