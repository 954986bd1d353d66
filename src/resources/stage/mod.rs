//! API Gateway stages: the served deployment, throttling, and logging of an API.
mod access_log;
pub(super) mod automatic;
mod deployment;
mod permissions;
mod plan_calls;
mod props;
mod request;

pub use access_log::json_access_log_format;
pub use props::{AUTOMATIC, AccessLog, Props, StageRouteSettings};

use std::{collections::HashMap, sync::Arc};

use automatic::AutoDeployStatus;
use aws_sdk_apigatewayv2::types::Stage as LiveStage;
use plan_calls::StageCall;
use serde_json::Value;

use crate::{
    aws::{
        Aws, Cx, Error, NotFoundExt, Operation, Result, all_pages, require_field,
        tags::{self, Tags, owner_of_tags},
    },
    engine::{Action, Live, Loss, Resource},
    resources::api::{self, read_tags, retry_while_busy, set_tags},
};

/// A stage of an API.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Name of the API.
    pub api: String,
    /// Name of the stage.
    pub name: String,
    id: String,
}

/// Attributes of a stage.
#[derive(Clone, Debug)]
pub struct Attrs {
    /// Name of the stage.
    pub name: String,
}

impl Stage {
    /// The stage `name` of the API called `api`.
    #[must_use]
    pub fn new(api: &str, name: &str) -> Self {
        Self { api: api.to_owned(), name: name.to_owned(), id: format!("{api}/{name}") }
    }

    fn attrs(&self) -> Attrs {
        Attrs { name: self.name.clone() }
    }
}

impl Resource for Stage {
    const KIND: &'static str = "apigateway/stage";
    const FIXED: &'static [&'static str] = &["/api", "/name"];
    const SHOWS_LATE: bool = true;
    const CHANGES_ONCE_MADE: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(props: &mut Props) -> Option<&mut Tags> {
        Some(&mut props.tags)
    }

    /// The stage's name is part of the URL.
    fn loss(action: &Action, _: Option<&Value>) -> Option<Loss> {
        matches!(action, Action::Delete { .. } | Action::Replace { .. }).then_some(Loss::Url)
    }

    fn physical_id(live: &Live<Self>) -> Option<String> {
        let api = live.props.api.require_known().ok()?;
        Some(format!("{api}/{}", live.props.name))
    }

    fn is_named_after_stack(&self, cx: &Cx<'_>) -> bool {
        super::is_named_after(&self.api, cx.stack)
    }

    fn predicted_attributes(&self, _: &Aws) -> Attrs {
        self.attrs()
    }

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let Some((api, stage)) = self.find_listed(cx).await? else { return Ok(None) };
        let arn = stage_arn(cx, &api, &self.name);
        let warning = self.foreign_stage_warning(cx, &api).await?;
        // The list may show the tags of the creation only; these are the current ones. They are asked for only once the
        // stage is known to be there, since nothing says how API Gateway refuses the tags of one that is not.
        let deployment = async {
            if stage.auto_deploy == Some(true) {
                return Ok(automatic::observed_deployment(&stage));
            }
            deployment::observed_deployment(cx, &api, &stage).await
        };
        let tags = async { read_tags(cx, &arn).await.not_found_to_none() };
        let (deployment, tags) = tokio::try_join!(deployment, tags)?;
        let live = self.live(cx, (&api, &stage), deployment, tags.unwrap_or_default());
        Ok(Some(Live { warning, ..live }))
    }

    async fn observe_for_removal(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let Some((api, stage)) = self.find_listed(cx).await? else { return Ok(None) };
        let tags = stage.tags.clone().unwrap_or_default();
        Ok(Some(self.live(cx, (&api, &stage), AUTOMATIC.to_owned(), tags)))
    }

    async fn find_removal_blocker(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<Option<String>> {
        let api = live.props.api.require_known()?;
        let mappings = api::list_mappings(cx).await?;
        let own = mappings.iter().find(|mapping| mapping.api == *api && mapping.stage == self.name);
        Ok(own.map(api::DomainMapping::blocker))
    }

    /// Creates the stage without route settings and, unless it deploys automatically, without a deployment; `update`
    /// adds both.
    async fn create(&self, cx: &Cx<'_>, to: &Props) -> Result<Live<Self>> {
        let api = to.api.require_known()?;
        match request::create_stage(cx, api, to).await {
            Err(error) if error.code() == "ConflictException" => return self.adopt(cx, error).await,
            made => made?,
        }
        if to.auto_deploy {
            automatic::wait_until_deployed(cx, api, &self.name, &AutoDeployStatus::default()).await?;
        }
        Ok(Live::owned(to.without_routes(), self.attrs()))
    }

    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        let api = to.api.require_known()?;
        // Tags come first, because the last-applied tag is among them: see `engine::Resource::update`.
        set_tags(cx, &stage_arn(cx, api, &self.name), &live.props.tags, &to.tags).await?;
        let live = self.remove_stale_settings(cx, api, live, to).await?.props;
        let paused = plan_calls::must_pause(&live, to);
        let starts = to.auto_deploy && (paused || !live.auto_deploy);
        let before = if starts {
            automatic::read_status(cx, api, &self.name).await?
        } else {
            AutoDeployStatus::default()
        };
        for call in plan_calls::plan_calls(&live, to) {
            match call {
                StageCall::Pause => request::disable_auto_deploy(cx, api, &self.name).await?,
                StageCall::Deploy => deployment::deploy_stage(cx, api, &self.name, &to.deployment).await?,
                StageCall::Settings => request::update_settings(cx, api, (&live, to), starts).await?,
            }
        }
        if starts {
            automatic::wait_until_deployed(cx, api, &self.name, &before).await?;
        }
        Ok(Live::owned(to.clone(), self.attrs()))
    }

    async fn delete(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<()> {
        let api = live.props.api.require_known()?;
        retry_while_busy(cx, &self.id, async || {
            let call = cx.aws.apis().delete_stage().api_id(api).stage_name(&self.name).send();
            cx.write(call).await.not_found_to_none()
        })
        .await?;
        Ok(())
    }

    /// Lists all stages of the stack's APIs; those of a duplicate API are deleted with it.
    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for api in api::list_own_apis(cx).await? {
            if api::find_api(cx, &api.name).await?.is_some_and(|first| first.id == api.id) {
                let stages = list_stages(cx, &api.id).await?;
                let names = stages.iter().filter_map(LiveStage::stage_name);
                found.extend(names.map(|name| Self::new(&api.name, name)));
            }
        }
        Ok(found)
    }
}

impl Stage {
    /// Returns the id of the stage's API, and the stage as the list of that API's stages shows it.
    async fn find_listed(&self, cx: &Cx<'_>) -> Result<Option<(String, LiveStage)>> {
        let Some(api) = api::find_api(cx, &self.api).await? else { return Ok(None) };
        let stages = list_stages(cx, &api.id).await?;
        let stage = stages.iter().find(|stage| stage.stage_name() == Some(&self.name));
        Ok(stage.map(|stage| (api.id, stage.clone())))
    }

    /// Returns the warning of stages of the same API that are not the stack's: others may have their URLs, so they stay.
    async fn foreign_stage_warning(&self, cx: &Cx<'_>, api: &str) -> Result<Option<String>> {
        let stages = list_stages(cx, api).await?;
        let is_foreign = |stage: &&LiveStage| {
            let tags = stage.tags.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
            stage.stage_name() != Some(&self.name) && !owner_of_tags(cx.stack, tags).has_stack_tag()
        };
        let foreign: Vec<_> = stages.iter().filter(is_foreign).filter_map(LiveStage::stage_name).collect();
        Ok((!foreign.is_empty()).then(|| {
            let names = foreign.join("`, `");
            format!(
                "the API also has the stage `{names}`, which is not this stack's and serves its routes without the \
                 throttle and logs that the spec asks for: see `aws apigatewayv2 get-stages --api-id {api}`"
            )
        }))
    }

    fn live(
        &self,
        cx: &Cx<'_>,
        (api, stage): (&str, &LiveStage),
        deployment: String,
        tags: HashMap<String, String>,
    ) -> Live<Self> {
        let owner = owner_of_tags(cx.stack, tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let props = Props::from_live(stage, api, deployment, tags::drop_aws_tags(tags));
        Live { owner, ..Live::owned(props, self.attrs()) }
    }

    /// Removes what an update cannot: route settings and the access log.
    ///
    /// This comes first, because an update is refused as long as settings of a deleted route remain.
    async fn remove_stale_settings(
        &self,
        cx: &Cx<'_>,
        api: &str,
        live: Live<Self>,
        to: &Props,
    ) -> Result<Live<Self>> {
        let removals = plan_calls::plan_removals(&live.props, to);
        if removals.is_empty() {
            return Ok(live);
        }
        for removal in &removals {
            request::delete_setting(cx, api, &self.name, removal).await?;
        }
        match cx.uncached(async |cx| self.observe(cx).await).await? {
            Some(live) => Ok(live),
            // MiniStack deletes the whole stage instead; on AWS someone else did.
            None => self.create(cx, to).await,
        }
    }

    /// Adopts the stage that someone else, or a creation whose answer was lost, created.
    async fn adopt(&self, cx: &Cx<'_>, refusal: Error) -> Result<Live<Self>> {
        match cx.uncached(async |cx| self.observe(cx).await).await? {
            Some(live) if live.owner == tags::Owner::ThisStack => Ok(live),
            Some(_) => Err(Error::ConcurrentModification(format!(
                "`{}` was made by another owner meanwhile",
                self.id
            ))),
            None => Err(refusal),
        }
    }
}

/// Returns the ARN of a stage, for tags.
fn stage_arn(cx: &Cx<'_>, api: &str, name: &str) -> String {
    format!("{}/stages/{name}", api::api_arn(cx, api))
}

/// Returns the stages of an API, read once.
async fn list_stages(cx: &Cx<'_>, api: &str) -> Result<Arc<Vec<LiveStage>>> {
    let ask = all_pages(async |token| {
        let call = cx.aws.apis().get_stages().api_id(api).set_next_token(token).send();
        let page = cx.read(call).await?;
        Ok((require_field(Operation::ApiGatewayGetStages, "items", page.items)?, page.next_token))
    });
    cx.memo.get_or_fetch(&format!("{} {api}", Operation::ApiGatewayGetStages), ask).await
}
