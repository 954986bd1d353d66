//! WebSocket APIs, each with its integrations, authorizers and routes.
//!
//! One kind owns all four: API Gateway refuses parallel changes to one API, so splitting them up gains nothing, and
//! anything else that is attached to the API shows up as drift of the whole and is corrected with it.
mod authorizers;
mod children;
mod digest;
mod domains;
mod integrations;
mod list;
mod permissions;
mod plan_calls;
mod retry;
mod route_responses;
mod routes;
mod tagging;
mod update;

pub use authorizers::Authorizer;
pub use digest::api_digest;
pub use integrations::Integration;
pub use list::{ListedApi, find_api, list_apis};
pub use routes::{IAM, Route};

pub(super) use domains::{DomainMapping, list_mappings};
pub(super) use list::list_own_apis;
pub(super) use retry::{retry_while, retry_while_busy};
pub(super) use tagging::{read_tags, set_tags};

use std::collections::BTreeMap;

use aws_sdk_apigatewayv2::{config::Builder, types::ProtocolType};
use aws_smithy_types::retry::RetryConfig;
use children::ChildIds;
use serde::Serialize;
use serde_json::Value;

use crate::{
    aws::{Aws, Cx, Error, NotFoundExt, Operation, Result, create_once, tags::Tags},
    engine::{Action, Live, Loss, MaybeKnown, Resource},
};

/// Prefix of the descriptions of the stack's integrations and deployments, which have neither a name nor tags.
pub(super) const MARK: &str = "copilot-infra ";

/// Address of the API in its stack.
pub const ADDRESS: &str = "api";

/// API key selection expression that looks into the header, which is the default (API Gateway v2 API reference,
/// `CreateApi`).
pub(super) const KEY_IN_HEADER: &str = "$request.header.x-api-key";
/// API key selection expression that looks into the authorizer's answer.
pub const KEY_BY_AUTHORIZER: &str = "$context.authorizer.usageIdentifierKey";

/// A WebSocket API.
#[derive(Clone, Debug)]
pub struct Api {
    /// Name of the API; unique within a stack although AWS allows several of one name.
    pub name: String,
    listed: Option<ListedIdentity>,
}

/// Identity of an API that was found rather than declared in the spec.
#[derive(Clone, Debug)]
struct ListedIdentity {
    id: String,
    label: String,
}

/// Configuration of a WebSocket API.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Props {
    /// Name of the API.
    pub name: String,
    /// Description of the API; empty for none.
    pub description: String,
    /// Route selection expression, which picks the route of a message.
    pub selection: String,
    /// API key selection expression; none for the header `x-api-key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_selection: Option<String>,
    /// Whether the default endpoint is disabled; then nothing can reach the API.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub endpoint_disabled: bool,
    /// Integrations by a key of the stack's, such as the function's id.
    pub integrations: BTreeMap<String, Integration>,
    /// Authorizers by name.
    pub authorizers: BTreeMap<String, Authorizer>,
    /// Routes by route key.
    pub routes: BTreeMap<String, Route>,
    /// Tags of the API.
    pub tags: Tags,
}

/// Attributes of an API: the ids that AWS generates.
#[derive(Clone, Debug)]
pub struct Attrs {
    /// Id of the API.
    pub id: MaybeKnown<String>,
    ids: ChildIds,
}

impl Attrs {
    /// Returns the attributes of the API with this id, without the ids of its children.
    #[must_use]
    pub fn with_id(id: &str) -> Self {
        Self { id: id.to_owned().into(), ids: ChildIds::default() }
    }

    /// Returns the id of the authorizer called `name`; known after apply if it does not exist yet.
    #[must_use]
    pub fn authorizer(&self, name: &str) -> MaybeKnown<String> {
        let id = self.ids.authorizers.get(name).cloned();
        id.map_or_else(|| MaybeKnown::KnownAfter(format!("api.authorizers.{name}")), MaybeKnown::Known)
    }
}

impl Api {
    /// Returns the API that is to be called `name`: see [`find_api`].
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), listed: None }
    }

    /// Returns a listed API; one that a search by its name does not find, such as a twin that a creation left whose
    /// answer was lost, has its id in its label.
    fn listed(api: &ListedApi, found: bool) -> Self {
        let ListedApi { id, name, .. } = api;
        let label = if found { name.clone() } else { format!("{name} ({id})") };
        Self { name: name.clone(), listed: Some(ListedIdentity { id: id.clone(), label }) }
    }

    async fn find_listed(&self, cx: &Cx<'_>) -> Result<Option<ListedApi>> {
        match &self.listed {
            Some(one) => Ok(list_apis(cx).await?.iter().find(|api| api.id == one.id).cloned()),
            None => find_api(cx, &self.name).await,
        }
    }
}

impl Resource for Api {
    const KIND: &'static str = "apigateway/api";
    const SHOWS_LATE: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    fn id(&self) -> &str {
        self.listed.as_ref().map_or(&self.name, |one| &one.label)
    }

    fn tags(props: &mut Props) -> Option<&mut Tags> {
        Some(&mut props.tags)
    }

    /// An API without routes cannot be deployed, so nobody has its URL (API Gateway v2 API reference,
    /// `CreateDeployment`).
    fn loss(action: &Action, before: Option<&Value>) -> Option<Loss> {
        let goes = matches!(action, Action::Delete { .. } | Action::Replace { .. });
        let routes = before?.get("routes")?.as_object()?;
        (goes && !routes.is_empty()).then_some(Loss::Url)
    }

    fn physical_id(live: &Live<Self>) -> Option<String> {
        live.attrs.id.require_known().ok().cloned()
    }

    fn identity(&self, _: &Props) -> String {
        self.name.clone()
    }

    fn is_named_after_stack(&self, cx: &Cx<'_>) -> bool {
        super::is_named_after(&self.name, cx.stack)
    }

    fn predicted_attributes(&self, _: &Aws) -> Attrs {
        Attrs { id: MaybeKnown::KnownAfter("api.id".into()), ids: ChildIds::default() }
    }

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let Some(api) = self.find_listed(cx).await? else { return Ok(None) };
        let id = api.id.clone();
        let (children, live) =
            tokio::try_join!(children::read_children(cx, &id), live_without_children(cx, api))?;
        let (integrations, authorizers, routes, ids) = children;
        let props = Props { integrations, authorizers, routes, ..live.props };
        let attrs = Attrs { ids, ..live.attrs };
        Ok(Some(Live { owner: live.owner, ..Live::owned(props, attrs) }))
    }

    async fn observe_for_removal(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        match self.find_listed(cx).await? {
            Some(api) => Ok(Some(live_without_children(cx, api).await?)),
            None => Ok(None),
        }
    }

    async fn find_removal_blocker(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<Option<String>> {
        let id = live.attrs.id.require_known()?;
        let mappings = list_mappings(cx).await?;
        Ok(mappings.iter().find(|mapping| mapping.api == *id).map(DomainMapping::blocker))
    }

    /// Creates the API without children; `update` adds them.
    async fn create(&self, cx: &Cx<'_>, to: &Props) -> Result<Live<Self>> {
        // An earlier run may have created it, unseen when this run was planned: AWS would create a second one.
        if let Some(live) = cx.uncached(async |cx| self.observe(cx).await).await? {
            return Ok(live);
        }
        let id = self.send_create(cx, to).await?;
        let bare = Props {
            endpoint_disabled: false,
            integrations: BTreeMap::new(),
            authorizers: BTreeMap::new(),
            routes: BTreeMap::new(),
            ..to.clone()
        };
        Ok(Live::owned(bare, Attrs { id: id.into(), ids: ChildIds::default() }))
    }

    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        let id = live.attrs.id.require_known()?.clone();
        let ids = update::execute_calls(cx, &id, live.props, live.attrs.ids, to).await?;
        Ok(Live::owned(to.clone(), Attrs { id: id.into(), ids }))
    }

    /// Deletes the API, and with it its children, stages and deployments.
    async fn delete(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<()> {
        let id = live.attrs.id.require_known()?;
        retry_while_busy(cx, &self.name, async || {
            cx.write(cx.aws.apis().delete_api().api_id(id).send()).await.not_found_to_none()
        })
        .await?;
        Ok(())
    }

    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for api in list_own_apis(cx).await? {
            let first = find_api(cx, &api.name).await?.is_some_and(|first| first.id == api.id);
            found.push(Self::listed(&api, first));
        }
        Ok(found)
    }
}

impl Api {
    /// Sends the creation request and returns the id.
    async fn send_create(&self, cx: &Cx<'_>, to: &Props) -> Result<String> {
        let create = async || {
            let call = cx.aws.apis().create_api().name(&to.name).protocol_type(ProtocolType::Websocket);
            let call = call.route_selection_expression(&to.selection);
            let call = call.set_api_key_selection_expression(to.key_selection.clone());
            let call = call.set_description(Some(to.description.clone()).filter(|text| !text.is_empty()));
            let call = call.set_tags(Some(to.tags.clone().into_iter().collect()));
            let made = cx.write(call.customize().config_override(no_retry_config()).send()).await?;
            require_id(made.api_id, Operation::ApiGatewayCreateApi.name())
        };
        let find = async || {
            let found = cx.uncached(async |cx| find_api(cx, &to.name).await).await?;
            Ok(found.map(|api| api.id))
        };
        create_once(cx, &format!("the API `{}`", to.name), create, find).await
    }
}

async fn live_without_children(cx: &Cx<'_>, api: ListedApi) -> Result<Live<Api>> {
    // An emulator's list shows the tags of the creation only; these are the current ones.
    let tags = read_tags(cx, &api_arn(cx, &api.id)).await?;
    let props = Props {
        name: api.name,
        description: api.description,
        selection: api.selection,
        key_selection: api.key_selection,
        endpoint_disabled: api.endpoint_disabled,
        integrations: BTreeMap::new(),
        authorizers: BTreeMap::new(),
        routes: BTreeMap::new(),
        tags: crate::aws::tags::drop_aws_tags(tags),
    };
    let attrs = Attrs { id: api.id.into(), ids: ChildIds::default() };
    Ok(Live { owner: api.owner, ..Live::owned(props, attrs) })
}

/// Returns the ARN of an API, for tags; it names no account (API Gateway guide, "ARN format for API Gateway
/// resources").
pub(super) fn api_arn(cx: &Cx<'_>, id: &str) -> String {
    format!("arn:{}:apigateway:{}::/apis/{id}", cx.aws.partition, cx.aws.region)
}

/// Returns a client configuration without SDK retries: a lost answer may hide a resource that was created.
pub(super) fn no_retry_config() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}

/// Returns the id that an answer must carry.
pub(super) fn require_id(id: Option<String>, operation: &str) -> Result<String> {
    id.ok_or_else(|| Error::InvalidState(format!("{operation} answered without an id")))
}
