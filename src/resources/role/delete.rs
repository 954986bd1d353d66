//! Deletes a role: AWS refuses while anything is attached (IAM API reference, `DeleteRole`).
use std::time::Duration;

use super::{Role, SETTLING, observe::list_roles_under};
use crate::aws::{Cx, NotFoundExt, Result};

impl Role {
    /// Deletes the role and waits until IAM no longer lists it.
    ///
    /// The role is not read by name: a role that is gone has no path, and the caller's read permission is limited to
    /// a path.
    pub(super) async fn delete_role(&self, cx: &Cx<'_>) -> Result<()> {
        let waiting = format!("IAM to let go of `{}`", self.name);
        // Read anew each time: something may have been attached to the role since the plan.
        let attempt = async || {
            self.detach_everything(cx).await?;
            let call = cx.aws.iam().delete_role().role_name(&self.name).send();
            cx.write(call).await.not_found_to_none().map(drop)
        };
        cx.retry_until_ok(&waiting, SETTLING, |error| self.retry_early_change(cx, error), attempt).await?;
        cx.run.mark_modified(self.arn(cx.aws));
        let waiting = format!("`{}` to be gone", self.name);
        let gone = async || {
            let standing = list_roles_under(cx, &self.path).await?;
            Ok(standing.iter().all(|role| role.name != self.name).then_some(()))
        };
        cx.poll_until(&waiting, SETTLING, Duration::from_secs(1), gone).await
    }

    async fn detach_everything(&self, cx: &Cx<'_>) -> Result<()> {
        let (names, attached, profiles) = tokio::try_join!(
            self.list_inline_policies(cx),
            self.list_attached_policies(cx),
            self.list_instance_profiles(cx)
        )?;
        for name in names.unwrap_or_default() {
            self.drop_policy(cx, &name).await?;
        }
        for arn in attached.unwrap_or_default() {
            self.detach(cx, &arn).await?;
        }
        for profile in profiles {
            let call = cx.aws.iam().remove_role_from_instance_profile().role_name(&self.name);
            let call = call.instance_profile_name(profile).send();
            cx.write(call).await.not_found_to_none()?;
        }
        Ok(())
    }

    /// Returns the names of the instance profiles that contain the role.
    async fn list_instance_profiles(&self, cx: &Cx<'_>) -> Result<Vec<String>> {
        let pages = cx.aws.iam().list_instance_profiles_for_role().role_name(&self.name);
        let pages = pages.into_paginator().items();
        let all = cx.read(pages.send().try_collect()).await.not_found_to_none()?;
        Ok(all.unwrap_or_default().into_iter().map(|profile| profile.instance_profile_name).collect())
    }
}
