//! Lists the WebSocket APIs of the account and region.
use std::sync::Arc;

use aws_sdk_apigatewayv2::types::{Api, ProtocolType};

use super::{ADDRESS, KEY_IN_HEADER};
use crate::aws::{
    Cx, Operation, Result, all_pages, require_field,
    tags::{self, Owner, Tags},
};

/// An API as the list of all APIs shows it.
#[derive(Clone, Debug)]
pub struct ListedApi {
    /// Id of the API.
    pub id: String,
    /// Name of the API; several may share one.
    pub name: String,
    /// Description of the API; empty for none.
    pub description: String,
    /// Owner of the API.
    pub owner: Owner,
    /// Tags of the API, without AWS's own.
    pub tags: Tags,
    /// Route selection expression.
    pub selection: String,
    /// API key selection expression; none for the header `x-api-key`.
    pub key_selection: Option<String>,
    /// Whether the default endpoint is disabled.
    pub endpoint_disabled: bool,
    /// Creation time in seconds since 1970.
    pub created: i64,
}

/// Returns all WebSocket APIs of the account and region, oldest first; they are read once.
pub async fn list_apis(cx: &Cx<'_>) -> Result<Arc<Vec<ListedApi>>> {
    let ask = async {
        let apis = all_pages(async |token| {
            let call = cx.aws.apis().get_apis().set_next_token(token).send();
            let page = cx.read(call).await?;
            Ok((require_field(Operation::ApiGatewayGetApis, "items", page.items)?, page.next_token))
        })
        .await?;
        let apis = apis.into_iter().filter(|api| api.protocol_type == Some(ProtocolType::Websocket));
        let mut apis: Vec<_> = apis.map(|api| listed_api(cx.stack, api)).collect();
        apis.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
        Ok(apis)
    };
    cx.memo.get_or_fetch(Operation::ApiGatewayGetApis.name(), ask).await
}

fn listed_api(stack: &str, api: Api) -> ListedApi {
    let all = api.tags.unwrap_or_default();
    ListedApi {
        id: api.api_id.unwrap_or_default(),
        name: api.name.unwrap_or_default(),
        description: api.description.unwrap_or_default(),
        owner: tags::owner_of_tags(stack, all.iter().map(|(key, value)| (key.as_str(), value.as_str()))),
        tags: tags::drop_aws_tags(all),
        selection: api.route_selection_expression.unwrap_or_default(),
        key_selection: api
            .api_key_selection_expression
            .filter(|text| !text.is_empty() && text != KEY_IN_HEADER),
        endpoint_disabled: api.disable_execute_api_endpoint == Some(true),
        created: api.created_date.map_or(i64::MAX, |date| date.secs()),
    }
}

/// Returns the stack's APIs, oldest first.
pub(in crate::resources) async fn list_own_apis(cx: &Cx<'_>) -> Result<Vec<ListedApi>> {
    Ok(list_apis(cx).await?.iter().filter(|api| api.owner.has_stack_tag()).cloned().collect())
}

/// Returns the stack's API that is called `name` or is to be: by its address tag first, by its name second.
///
/// An API keeps its id and URL when its name changes, so one of another name is found by its tags. Of several the
/// oldest is meant: a creation whose answer was lost leaves a younger twin.
pub async fn find_api(cx: &Cx<'_>, name: &str) -> Result<Option<ListedApi>> {
    Ok(select_api(list_own_apis(cx).await?, name))
}

fn select_api(own: Vec<ListedApi>, name: &str) -> Option<ListedApi> {
    let addressed = |api: &ListedApi| api.tags.get(tags::ADDRESS).is_some_and(|address| address == ADDRESS);
    let candidates = own.into_iter().filter(|api| addressed(api) || api.name == name);
    // They are listed oldest first, and of equals the first is taken.
    candidates.min_by_key(|api| (!addressed(api), api.name != name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(id: &str, name: &str, address: Option<&str>) -> ListedApi {
        let tags = address.map(|address| (tags::ADDRESS.to_owned(), address.to_owned()));
        ListedApi {
            id: id.into(),
            name: name.into(),
            description: String::new(),
            owner: Owner::ThisStack,
            tags: tags.into_iter().collect(),
            selection: String::new(),
            key_selection: None,
            endpoint_disabled: false,
            created: 0,
        }
    }

    fn found(own: &[ListedApi], name: &str) -> Option<String> {
        select_api(own.to_vec(), name).map(|api| api.id)
    }

    #[test]
    fn an_api_of_another_name_is_found_by_its_address() {
        let own = [api("1", "handed-over", None), api("2", "old", Some("api")), api("3", "old", Some("api"))];
        assert_eq!(found(&own, "new").as_deref(), Some("2"), "the oldest, not its twin");
        assert_eq!(found(&own, "handed-over").as_deref(), Some("2"), "the address goes before the name");
        assert_eq!(found(&own[..1], "handed-over").as_deref(), Some("1"));
        assert_eq!(found(&own[..1], "new"), None);
        let renamed = [api("1", "old", Some("api")), api("2", "new", Some("api"))];
        assert_eq!(found(&renamed, "new").as_deref(), Some("2"), "the one that has the name already");
    }
}
