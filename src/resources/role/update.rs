//! Updates a role, each part with its own call.
use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;

use super::{Props, Role, SETTLING};
use crate::{
    aws::{
        Cx, Error, NotFoundExt, Result,
        tags::{self, Tags},
    },
    iam::Policy,
    resources::policy::known_text,
};

impl Role {
    /// Sends the creation and returns the role's unique id.
    pub(super) async fn send_create(&self, cx: &Cx<'_>, to: &Props) -> Result<String> {
        let call = cx.aws.iam().create_role().role_name(&self.name).path(&self.path);
        let call = call.assume_role_policy_document(known_text(&to.trust)?);
        let call = call.max_session_duration(to.max_session_seconds);
        let description = Some(to.description.clone()).filter(|text| !text.is_empty());
        let call = call.set_description(description).set_permissions_boundary(to.boundary.clone());
        let call = call.set_tags(Some(iam_tags(to.tags.clone())?));
        let role = cx.write(call.send()).await?.role;
        let missing = || Error::InvalidState("the answer to CreateRole names no role".to_owned());
        role.map(|role| role.role_id).ok_or_else(missing)
    }

    /// Updates the role to `to`, sending only the differences.
    ///
    /// Extra inline policies are removed before missing ones are added: the inline policies of a role share one quota
    /// (10,240 characters; IAM guide, "IAM and AWS STS quotas"). The boundary is set first: it limits the rest, and the
    /// caller may be allowed the rest only where it is set.
    pub(super) async fn update_role(&self, cx: &Cx<'_>, live: &Props, to: &Props) -> Result<()> {
        // Tags come first, because the last-applied tag is among them: see `engine::Resource::update`.
        self.set_tags(cx, &live.tags, &to.tags).await?;
        // Nobody's boundary is taken off: a spec without one leaves it to others.
        if let Some(arn) = to.boundary.as_deref().filter(|arn| live.boundary.as_deref() != Some(*arn)) {
            self.set_boundary(cx, arn).await?;
        }
        if live.trust != to.trust {
            self.set_trust(cx, &to.trust).await?;
        }
        if (&live.description, live.max_session_seconds) != (&to.description, to.max_session_seconds) {
            self.set_settings(cx, to).await?;
        }
        for arn in live.attached.difference(&to.attached) {
            self.detach(cx, arn).await?;
        }
        let (set, remove) = diff_inline_policies(&live.policies, &to.policies);
        for name in remove {
            self.drop_policy(cx, name).await?;
        }
        for (name, policy) in set {
            self.put_policy(cx, name, policy).await?;
        }
        for arn in to.attached.difference(&live.attached) {
            self.attach(cx, arn).await?;
        }
        Ok(())
    }

    async fn set_trust(&self, cx: &Cx<'_>, trust: &Policy) -> Result<()> {
        let (text, waiting) = (known_text(trust)?, format!("IAM to accept who may take `{}`", self.name));
        let attempt = async || {
            let call = cx.aws.iam().update_assume_role_policy().role_name(&self.name).policy_document(&text);
            cx.write(call.send()).await.map(drop)
        };
        cx.retry_until_ok(
            &waiting,
            SETTLING,
            |error| self.retry_early_trust_change(cx, trust, error),
            attempt,
        )
        .await?;
        cx.run.mark_modified(self.arn(cx.aws));
        Ok(())
    }

    /// Sends both settings in one call: one that is left out would fall back to AWS's default.
    async fn set_settings(&self, cx: &Cx<'_>, to: &Props) -> Result<()> {
        self.change_and_mark(cx, async || {
            let call = cx.aws.iam().update_role().role_name(&self.name);
            let call = call.description(&to.description).max_session_duration(to.max_session_seconds);
            cx.write(call.send()).await.map(drop)
        })
        .await
    }

    async fn set_boundary(&self, cx: &Cx<'_>, arn: &str) -> Result<()> {
        self.change_and_mark(cx, async || {
            let call = cx.aws.iam().put_role_permissions_boundary().role_name(&self.name);
            cx.write(call.permissions_boundary(arn).send()).await.map(drop)
        })
        .await
    }

    async fn put_policy(&self, cx: &Cx<'_>, name: &str, policy: &Policy) -> Result<()> {
        let text = known_text(policy)?;
        self.change_and_mark(cx, async || {
            let call = cx.aws.iam().put_role_policy().role_name(&self.name).policy_name(name);
            cx.write(call.policy_document(&text).send()).await.map(drop)
        })
        .await
    }

    async fn attach(&self, cx: &Cx<'_>, arn: &str) -> Result<()> {
        self.change_and_mark(cx, async || {
            let call = cx.aws.iam().attach_role_policy().role_name(&self.name).policy_arn(arn).send();
            cx.write(call).await.map(drop)
        })
        .await
    }

    /// Deletes an inline policy, if it exists.
    pub(super) async fn drop_policy(&self, cx: &Cx<'_>, name: &str) -> Result<()> {
        self.change_and_mark(cx, async || {
            let call = cx.aws.iam().delete_role_policy().role_name(&self.name).policy_name(name).send();
            cx.write(call).await.not_found_to_none().map(drop)
        })
        .await
    }

    /// Detaches a managed policy, if it is attached.
    pub(super) async fn detach(&self, cx: &Cx<'_>, arn: &str) -> Result<()> {
        self.change_and_mark(cx, async || {
            let call = cx.aws.iam().detach_role_policy().role_name(&self.name).policy_arn(arn).send();
            cx.write(call).await.not_found_to_none().map(drop)
        })
        .await
    }

    async fn set_tags(&self, cx: &Cx<'_>, live: &Tags, to: &Tags) -> Result<()> {
        let Some(change) = tags::diff_tags(live, to) else { return Ok(()) };
        if !change.set.is_empty() {
            let set = iam_tags(change.set)?;
            self.retry_change(cx, async || {
                let call = cx.aws.iam().tag_role().role_name(&self.name).set_tags(Some(set.clone())).send();
                cx.write(call).await.map(drop)
            })
            .await?;
        }
        if !change.remove.is_empty() {
            self.retry_change(cx, async || {
                let call = cx.aws.iam().untag_role().role_name(&self.name);
                cx.write(call.set_tag_keys(Some(change.remove.clone())).send()).await.map(drop)
            })
            .await?;
        }
        Ok(())
    }

    /// Sends a change that becomes visible late elsewhere, and records that the role was modified.
    async fn change_and_mark(&self, cx: &Cx<'_>, attempt: impl AsyncFn() -> Result<()>) -> Result<()> {
        self.retry_change(cx, attempt).await?;
        cx.run.mark_modified(self.arn(cx.aws));
        Ok(())
    }

    async fn retry_change(&self, cx: &Cx<'_>, attempt: impl AsyncFn() -> Result<()>) -> Result<()> {
        let waiting = format!("IAM to accept a change to `{}`", self.name);
        cx.retry_until_ok(&waiting, SETTLING, |error| self.retry_early_change(cx, error), attempt).await
    }
}

/// Returns the inline policies to put and the names of those to delete; a policy without statements counts as none.
fn diff_inline_policies<'a>(
    live: &'a BTreeMap<String, Policy>,
    to: &'a BTreeMap<String, Policy>,
) -> (Vec<(&'a str, &'a Policy)>, Vec<&'a str>) {
    let wanted = |name: &str| to.get(name).filter(|policy| !policy.is_empty());
    let set = to.iter().filter(|(name, policy)| !policy.is_empty() && live.get(*name) != Some(policy));
    let remove = live.keys().filter(|name| wanted(name).is_none());
    (set.map(|(name, policy)| (name.as_str(), policy)).collect(), remove.map(String::as_str).collect())
}

fn iam_tags(tags: Tags) -> Result<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    let broken = |error| Error::InvalidState(format!("a tag cannot be sent: {error}"));
    tags.into_iter().map(tag).collect::<std::result::Result<_, _>>().map_err(broken)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(entries: &[(&str, &[&str])]) -> BTreeMap<String, Policy> {
        let policy = |actions: &[&str]| {
            Policy::new(actions.iter().map(|action| json!({ "Effect": "Allow", "Action": action })))
        };
        entries.iter().map(|(name, actions)| ((*name).to_owned(), policy(actions))).collect()
    }

    #[test]
    fn only_what_differs_is_put_and_what_is_not_wanted_goes() {
        let live = named(&[("access", &["a:A"]), ("extra", &["b:B"]), ("same", &["c:C"])]);
        let to = named(&[("access", &["a:A", "a:B"]), ("same", &["c:C"])]);
        let (set, remove) = diff_inline_policies(&live, &to);
        assert_eq!(set.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["access"]);
        assert_eq!(remove, ["extra"]);
    }

    #[test]
    fn an_empty_policy_is_none() {
        let (set, remove) = (named(&[("access", &["a:A"])]), named(&[("access", &[])]));
        assert_eq!(diff_inline_policies(&set, &remove), (vec![], vec!["access"]));
        assert_eq!(diff_inline_policies(&named(&[]), &remove), (vec![], vec![]));
    }
}
