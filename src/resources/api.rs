//! WebSocket APIs.
use crate::aws::{
    Cx, Result,
    tags::{self, Holder, Tags},
};
use std::sync::Arc;

/// An API as the list of all APIs shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Id.
    pub id: String,
    /// Name; APIs may share one.
    pub name: String,
    /// Whose it is.
    pub holder: Holder,
    /// Its tags, without AWS's own.
    pub tags: Tags,
    /// What picks the route.
    pub selection: String,
}

/// All WebSocket APIs of the account and region, read once.
pub async fn all(cx: &Cx<'_>) -> Result<Arc<Vec<Listed>>> {
    let ask = async {
        let (mut apis, mut token) = (Vec::new(), None);
        loop {
            let page =
                cx.read("apigateway:GetApis", cx.aws.apis().get_apis().set_next_token(token).send()).await?;
            apis.extend(page.items.unwrap_or_default().into_iter().map(|api| listed(cx, api)));
            token = page.next_token;
            if token.is_none() {
                return Ok(apis);
            }
        }
    };
    cx.memo.get("apigateway:GetApis", ask).await
}

fn listed(cx: &Cx<'_>, api: aws_sdk_apigatewayv2::types::Api) -> Listed {
    let all = api.tags.unwrap_or_default();
    Listed {
        id: api.api_id.unwrap_or_default(),
        name: api.name.unwrap_or_default(),
        holder: tags::holder(cx.stack, all.iter().map(|(key, value)| (key.as_str(), value.as_str()))),
        tags: tags::managed(all),
        selection: api.route_selection_expression.unwrap_or_default(),
    }
}

/// The stack's API called `name`.
pub async fn find(cx: &Cx<'_>, name: &str) -> Result<Option<Listed>> {
    let apis = all(cx).await?;
    Ok(apis.iter().find(|api| api.name == name && api.holder == Holder::Ours).cloned())
}
