//! Executes the planned calls one after the other: API Gateway refuses parallel changes to one API.
use super::{
    Props, api_arn, authorizers,
    children::ChildIds,
    integrations,
    plan_calls::{ApiCall, ChildKind, LiveApi},
    retry_while, retry_while_busy,
    routes::{self, RouteTarget},
    set_tags,
};
use crate::{
    aws::{Cx, Error, Result},
    resources::stage::automatic,
};

/// Updates the API `id` from `live` to `to` and returns the ids of its children.
///
/// Waits for stages with automatic deployment: such a deployment can fail without the change failing.
pub(super) async fn execute_calls(
    cx: &Cx<'_>,
    id: &str,
    live: Props,
    ids: ChildIds,
    to: &Props,
) -> Result<ChildIds> {
    let standing = LiveApi::new(live, ids, to);
    let calls = standing.plan_calls(to);
    let deploys = calls.iter().any(ApiCall::triggers_deployment);
    let before = if deploys { automatic::read_statuses(cx, id).await? } else { Vec::new() };
    let mut work = ApiUpdate { cx, api: id, to, ids: standing.ids.clone(), live: &standing.props };
    for call in &calls {
        work.execute_call(call).await?;
    }
    for (stage, before) in before {
        automatic::wait_until_deployed(cx, id, &stage, &before).await?;
    }
    Ok(work.ids)
}

struct ApiUpdate<'a> {
    cx: &'a Cx<'a>,
    api: &'a str,
    live: &'a Props,
    to: &'a Props,
    ids: ChildIds,
}

impl ApiUpdate<'_> {
    async fn execute_call(&mut self, call: &ApiCall) -> Result<()> {
        match call {
            ApiCall::Settings => self.update_settings().await,
            ApiCall::Add(child, key) => self.add_child(*child, key).await,
            ApiCall::Change(child, key, id) => self.change_child(*child, key, id).await,
            ApiCall::Remove(child, key, id) => self.remove_child(*child, key, id).await,
            ApiCall::Tags => {
                set_tags(self.cx, &api_arn(self.cx, self.api), &self.live.tags, &self.to.tags).await
            }
        }
    }

    async fn update_settings(&self) -> Result<()> {
        let Self { cx, api, live, to, .. } = self;
        retry_while_busy(cx, &to.name, async || {
            let mut call = cx.aws.apis().update_api().api_id(*api);
            if live.name != to.name {
                call = call.name(&to.name);
            }
            if live.description != to.description {
                call = call.description(&to.description);
            }
            if live.selection != to.selection {
                call = call.route_selection_expression(&to.selection);
            }
            if live.key_selection != to.key_selection {
                call = call.api_key_selection_expression(
                    to.key_selection.as_deref().unwrap_or(super::KEY_IN_HEADER),
                );
            }
            if live.endpoint_disabled != to.endpoint_disabled {
                call = call.disable_execute_api_endpoint(to.endpoint_disabled);
            }
            cx.write(call.send()).await
        })
        .await?;
        Ok(())
    }

    async fn add_child(&mut self, child: ChildKind, key: &str) -> Result<()> {
        let Self { cx, api, to, .. } = *self;
        match child {
            ChildKind::Integration => {
                let id = integrations::create_integration(cx, api, key, require_key(&to.integrations, key)?)
                    .await?;
                self.ids.integrations.insert(key.to_owned(), id);
            }
            ChildKind::Authorizer => {
                let id =
                    authorizers::create_authorizer(cx, api, key, require_key(&to.authorizers, key)?).await?;
                self.ids.authorizers.insert(key.to_owned(), id);
            }
            ChildKind::Route => {
                let target = self.route_target(key)?;
                let id = routes::create_route(cx, (api, key), require_key(&to.routes, key)?, &target).await?;
                self.ids.routes.insert(key.to_owned(), id);
            }
        }
        Ok(())
    }

    async fn change_child(&self, child: ChildKind, key: &str, id: &str) -> Result<()> {
        let Self { cx, api, live, to, .. } = *self;
        match child {
            ChildKind::Integration => {
                let (live, to) = (live.integrations.get(key), require_key(&to.integrations, key)?);
                integrations::update_integration(cx, (api, id, key), live, to).await
            }
            ChildKind::Authorizer => {
                let (live, to) = (live.authorizers.get(key), require_key(&to.authorizers, key)?);
                authorizers::update_authorizer(cx, (api, id), live, to).await
            }
            ChildKind::Route => {
                let (live, to) = (live.routes.get(key), require_key(&to.routes, key)?);
                routes::update_route(cx, (api, id), live, to, &self.route_target(key)?).await
            }
        }
    }

    async fn remove_child(&mut self, child: ChildKind, key: &str, id: &str) -> Result<()> {
        let Self { cx, api, .. } = *self;
        let what = format!("`{key}` to be let go by the routes");
        // The routes were detached from it just now, which may not have propagated through API Gateway yet.
        let still_used = |error: &Error| error.to_string().contains("referenced");
        retry_while(cx, &what, still_used, async || match child {
            ChildKind::Integration => integrations::delete_integration(cx, api, id).await,
            ChildKind::Authorizer => authorizers::delete_authorizer(cx, api, id).await,
            ChildKind::Route => routes::delete_route(cx, api, id).await,
        })
        .await?;
        match child {
            ChildKind::Integration => self.ids.integrations.remove(key),
            ChildKind::Authorizer => self.ids.authorizers.remove(key),
            ChildKind::Route => self.ids.routes.remove(key),
        };
        Ok(())
    }

    /// Returns the ids of the integration and authorizer that the desired route `key` uses.
    fn route_target(&self, key: &str) -> Result<RouteTarget<'_>> {
        let route = require_key(&self.to.routes, key)?;
        let integration = require_key(&self.ids.integrations, &route.integration)?;
        let named = route.authorizer.as_ref().filter(|name| *name != routes::IAM);
        let authorizer = named.map(|name| require_key(&self.ids.authorizers, name));
        Ok(RouteTarget { integration, authorizer: authorizer.transpose()?.map(String::as_str) })
    }
}

/// Returns the entry for `key`, which the desired API refers to and must therefore contain.
fn require_key<'a, T>(all: &'a std::collections::BTreeMap<String, T>, key: &str) -> Result<&'a T> {
    all.get(key)
        .ok_or_else(|| Error::InvalidState(format!("the API is to use `{key}`, which it does not have")))
}
