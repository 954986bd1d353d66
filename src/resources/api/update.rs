//! Carries the calls out, one after the other: API Gateway refuses parallel changes to one API.
use super::{
    Props, arn, authorizers, busy,
    children::Ids,
    integrations, patient,
    plan_calls::{Call, Child, Standing},
    routes::{self, Target},
    set_tags,
};
use crate::{
    aws::{Cx, Error, Result},
    resources::stage::automatic,
};

/// Turns the API `id` from `live` into `to`; returns the ids of its children.
///
/// Stages that deploy by themselves are waited for: such a deployment fails without the change failing.
pub(super) async fn carry_out(cx: &Cx<'_>, id: &str, live: Props, ids: Ids, to: &Props) -> Result<Ids> {
    let standing = Standing::new(live, ids, to);
    let calls = standing.calls(to);
    let deploys = calls.iter().any(Call::deploys);
    let before = if deploys { automatic::states(cx, id).await? } else { Vec::new() };
    let mut work = Work { cx, api: id, to, ids: standing.ids.clone(), live: &standing.props };
    for call in &calls {
        work.one(call).await?;
    }
    for (stage, before) in before {
        automatic::settle(cx, id, &stage, &before).await?;
    }
    Ok(work.ids)
}

struct Work<'a> {
    cx: &'a Cx<'a>,
    api: &'a str,
    live: &'a Props,
    to: &'a Props,
    ids: Ids,
}

impl Work<'_> {
    async fn one(&mut self, call: &Call) -> Result<()> {
        match call {
            Call::Settings => self.settings().await,
            Call::Add(child, key) => self.add(*child, key).await,
            Call::Change(child, key, id) => self.change(*child, key, id).await,
            Call::Remove(child, key, id) => self.remove(*child, key, id).await,
            Call::Tags => set_tags(self.cx, &arn(self.cx, self.api), &self.live.tags, &self.to.tags).await,
        }
    }

    async fn settings(&self) -> Result<()> {
        let Self { cx, api, live, to, .. } = self;
        busy(cx, &to.name, async || {
            let mut call = cx.aws.apis().update_api().api_id(*api);
            if live.description != to.description {
                call = call.description(&to.description);
            }
            if live.selection != to.selection {
                call = call.route_selection_expression(&to.selection);
            }
            if live.endpoint_disabled != to.endpoint_disabled {
                call = call.disable_execute_api_endpoint(to.endpoint_disabled);
            }
            cx.write(call.send()).await
        })
        .await?;
        Ok(())
    }

    async fn add(&mut self, child: Child, key: &str) -> Result<()> {
        let Self { cx, api, to, .. } = *self;
        match child {
            Child::Integration => {
                let id = integrations::create(cx, api, key, wanted(&to.integrations, key)?).await?;
                self.ids.integrations.insert(key.to_owned(), id);
            }
            Child::Authorizer => {
                let id = authorizers::create(cx, api, key, wanted(&to.authorizers, key)?).await?;
                self.ids.authorizers.insert(key.to_owned(), id);
            }
            Child::Route => {
                let target = self.target(key)?;
                let id = routes::create(cx, (api, key), wanted(&to.routes, key)?, &target).await?;
                self.ids.routes.insert(key.to_owned(), id);
            }
        }
        Ok(())
    }

    async fn change(&self, child: Child, key: &str, id: &str) -> Result<()> {
        let Self { cx, api, live, to, .. } = *self;
        match child {
            Child::Integration => {
                let (live, to) = (live.integrations.get(key), wanted(&to.integrations, key)?);
                integrations::update(cx, (api, id, key), live, to).await
            }
            Child::Authorizer => {
                let (live, to) = (live.authorizers.get(key), wanted(&to.authorizers, key)?);
                authorizers::update(cx, (api, id), live, to).await
            }
            Child::Route => {
                let (live, to) = (live.routes.get(key), wanted(&to.routes, key)?);
                routes::update(cx, (api, id), live, to, &self.target(key)?).await
            }
        }
    }

    async fn remove(&mut self, child: Child, key: &str, id: &str) -> Result<()> {
        let Self { cx, api, .. } = *self;
        let what = format!("`{key}` to be let go by the routes");
        // The routes have let go of it just now, which API Gateway may not see everywhere yet.
        let still_used = |error: &Error| error.to_string().contains("referenced");
        patient(cx, &what, still_used, async || match child {
            Child::Integration => integrations::delete(cx, api, id).await,
            Child::Authorizer => authorizers::delete(cx, api, id).await,
            Child::Route => routes::delete(cx, api, id).await,
        })
        .await?;
        match child {
            Child::Integration => self.ids.integrations.remove(key),
            Child::Authorizer => self.ids.authorizers.remove(key),
            Child::Route => self.ids.routes.remove(key),
        };
        Ok(())
    }

    /// The ids that the wanted route `key` leads to.
    fn target(&self, key: &str) -> Result<Target<'_>> {
        let route = wanted(&self.to.routes, key)?;
        let integration = wanted(&self.ids.integrations, &route.integration)?;
        let authorizer = route.authorizer.as_ref().map(|name| wanted(&self.ids.authorizers, name));
        Ok(Target { integration, authorizer: authorizer.transpose()?.map(String::as_str) })
    }
}

/// What a wish names must be in it.
fn wanted<'a, T>(all: &'a std::collections::BTreeMap<String, T>, key: &str) -> Result<&'a T> {
    all.get(key)
        .ok_or_else(|| Error::InvalidState(format!("the API is to use `{key}`, which it does not have")))
}
