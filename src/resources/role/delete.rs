//! Deletes a role: AWS refuses while anything is attached (IAM API reference, `DeleteRole`).
use super::{ACCESS, LAG, Role, SETTLING};
use crate::aws::{Cx, NotFoundExt, Result};

impl Role {
    /// Deletes the role with the policy that the stack gave it, and with whatever else hangs on it.
    ///
    /// What else hangs on it is read only once AWS refuses because of it. Nothing waits until IAM's answers lack the role:
    /// the run as a whole does, once for all roles.
    pub(super) async fn delete_role(&self, cx: &Cx<'_>) -> Result<()> {
        let waiting = format!("IAM to let go of `{}`", self.name);
        let attempt = async || {
            self.drop_policy(cx, ACCESS).await?;
            match self.send_delete(cx).await {
                Err(error) if error.code() == "DeleteConflict" => {
                    self.detach_everything(cx).await?;
                    self.send_delete(cx).await
                }
                sent => sent,
            }
        };
        cx.retry_until_ok(&waiting, SETTLING, |error| self.retry_early_change(cx, error), attempt).await?;
        cx.run.mark_modified(self.arn(cx.aws));
        cx.run.note_propagation_delay(LAG);
        Ok(())
    }

    async fn send_delete(&self, cx: &Cx<'_>) -> Result<()> {
        let call = cx.aws.iam().delete_role().role_name(&self.name).send();
        cx.write(call).await.not_found_to_none().map(drop)
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
