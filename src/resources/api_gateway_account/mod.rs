//! The CloudWatch logging role of API Gateway: one setting for the whole account and region.
//!
//! All APIs of the region use it, whoever created them, so a role that is set is never replaced and never unset (API
//! Gateway guide, "Set up CloudWatch logging"; there is no call that unsets it). Only where none is set does the tool
//! create one, shared by all.
mod logging_role;
mod permissions;

use std::time::Duration;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use serde::Serialize;

use crate::{
    aws::{
        Aws, Cx, Error, NotFoundExt, Result, RetryDecision,
        tags::{Owner, Tags},
    },
    engine::{Live, Resource},
    resources::role::HOME,
};

/// The logging role of API Gateway in this account and region.
#[derive(Clone, Debug)]
pub struct ApiGatewayAccount {
    /// Name of the role that is created where none is set; the settings of all regions need one each.
    pub role: String,
    /// Path of that role, with a slash at both ends.
    pub path: String,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Tags that it is made with, besides the one that tells its purpose.
    pub tags: Tags,
}

/// Configuration of the setting, always equal: any role that is set serves as well as the one that would be created.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Props {
    logging_role: String,
}

/// Attributes of the setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attrs {
    /// ARN of the role that is set.
    pub role: String,
}

/// Delay between changes of the setting: AWS accepts one in 20 s (API Gateway quotas), and jitter takes up to a
/// quarter off the delay.
const EVERY: Duration = Duration::from_secs(27);
/// Age at which a new role is first offered: most are seen by then, the functions' own roles take as long, and a refusal
/// would cost the wait for the next change of the setting.
const AGE: Duration = Duration::from_secs(12);
/// Longest time a new role takes to become visible to API Gateway.
const PROPAGATION: Duration = Duration::from_mins(3);

/// Returns the name of the role that is created where none is set.
#[must_use]
pub fn logging_role_name(prefix: &str, region: &str) -> String {
    format!("{prefix}copilot-infra-apigateway-logs-{region}")
}

impl ApiGatewayAccount {
    /// Returns the setting with the region's own role name, and nothing else said about the role.
    #[must_use]
    pub fn of(region: &str) -> Self {
        let (role, path) = (logging_role_name("", region), HOME.to_owned());
        Self { role, path, boundary: None, tags: Tags::new() }
    }

    /// Returns the only desired state of the setting.
    #[must_use]
    pub fn desired_props(&self) -> Props {
        Props { logging_role: format!("as it is set, or else `{}`", self.role) }
    }

    fn live(&self, role: String) -> Live<Self> {
        Live::owned(self.desired_props(), Attrs { role })
    }
}

impl Resource for ApiGatewayAccount {
    const KIND: &'static str = "apigateway/account";
    const SHARED: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    /// Returns the same id everywhere: the setting has only one name.
    fn id(&self) -> &'static str {
        "cloudwatchRoleArn"
    }

    fn is_named_after_stack(&self, _: &Cx<'_>) -> bool {
        true // it is never listed
    }

    fn predicted_attributes(&self, aws: &Aws) -> Attrs {
        Attrs { role: self.logging_role().arn(aws) }
    }

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let Some(arn) = get_logging_role(cx).await? else { return Ok(None) };
        let gone = is_role_gone(cx, &arn).await?;
        let warning = gone.then(|| {
            format!(
                "API Gateway is set to log with `{arn}`, but that role is gone, so the logs of every API in \
                 `{}` are lost; hint: make a role of that name again, or set another with `aws apigateway \
                 update-account`: it is shared by the whole account, so it is not changed here",
                cx.aws.region
            )
        });
        Ok(Some(Live { warning, owner: Owner::Unowned, ..self.live(arn) }))
    }

    async fn observe_for_removal(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let role = get_logging_role(cx).await?;
        Ok(role.map(|role| Live { owner: Owner::Unowned, ..self.live(role) }))
    }

    async fn create(&self, cx: &Cx<'_>, _: &Props) -> Result<Live<Self>> {
        let arn = self.ensure_role(cx).await?;
        // An emulator sees it at once.
        if cx.run.was_modified(&arn) && !cx.aws.has_own_endpoint() {
            cx.sleep_or_interrupt("API Gateway to see its logging role", AGE).await?;
        }
        let attempt = async || match get_logging_role(cx).await? {
            // Someone else set a role first; theirs stays.
            Some(other) => Ok(other),
            None => set_logging_role(cx, &arn).await.map(|()| arn.clone()),
        };
        let set = cx
            .retry_until_ok(
                "API Gateway to accept its logging role",
                PROPAGATION,
                retry_early_setting,
                attempt,
            )
            .await?;
        // Stages may still be refused because no role is set, or because it cannot write.
        cx.run.mark_modified(&set);
        cx.run.mark_modified(Self::KIND);
        Ok(self.live(set))
    }

    /// Changes nothing, because the setting never differs.
    async fn update(&self, _: &Cx<'_>, live: Live<Self>, _: &Props) -> Result<Live<Self>> {
        Ok(live)
    }

    /// Deletes nothing: the setting stays for the other APIs of the region.
    async fn delete(&self, _: &Cx<'_>, _: &Live<Self>) -> Result<()> {
        Ok(())
    }

    /// Returns nothing: the setting is shared, so no stack owns it.
    async fn list(_: &Cx<'_>) -> Result<Vec<Self>> {
        Ok(Vec::new())
    }
}

/// Returns the ARN of the role that is set, if any.
async fn get_logging_role(cx: &Cx<'_>) -> Result<Option<String>> {
    let account = cx.read(cx.aws.gateway().get_account().send()).await?;
    Ok(account.cloudwatch_role_arn.filter(|arn| !arn.is_empty()))
}

async fn set_logging_role(cx: &Cx<'_>, arn: &str) -> Result<()> {
    let patch = PatchOperation::builder().op(Op::Replace).path("/cloudwatchRoleArn").value(arn).build();
    let call = cx.aws.gateway().update_account().patch_operations(patch).send();
    cx.write(call).await.map(drop)
}

/// Decides whether to retry a refused setting: these texts mean that the new role is not visible yet.
fn retry_early_setting(error: &Error) -> RetryDecision {
    let early = ["does not have required permissions", "could not successfully write to CloudWatch Logs"];
    match error {
        Error::Service { message, .. } if early.iter().any(|words| message.contains(words)) => {
            RetryDecision::After(EVERY)
        }
        error if error.is_throttle() => RetryDecision::After(EVERY),
        _ => RetryDecision::GiveUp,
    }
}

/// Returns whether the role that is set is known to be gone; a role of another account, or one that may not be read,
/// is not.
async fn is_role_gone(cx: &Cx<'_>, arn: &str) -> Result<bool> {
    let ours = format!("arn:{}:iam::{}:role/", cx.aws.partition, cx.aws.account);
    let Some(name) = arn.strip_prefix(&ours).and_then(|rest| rest.rsplit('/').next()) else {
        return Ok(false);
    };
    match cx.read(cx.aws.iam().get_role().role_name(name).send()).await.not_found_to_none() {
        // A role of that name under another path is a different role; right after a role's creation IAM may show its
        // unique id in place of the ARN.
        Ok(Some(answer)) => {
            Ok(answer.role.is_some_and(|role| role.arn.starts_with("arn:") && role.arn != arn))
        }
        Ok(None) => Ok(true),
        Err(error) if error.is_denied() => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str) -> Error {
        let (operation, code) = ("apigateway:UpdateAccount", "BadRequestException".to_owned());
        Error::Service { operation, code, message: message.to_owned(), request_id: None, status: 400 }
    }

    #[test]
    fn only_a_role_that_is_not_seen_yet_is_waited_for() {
        let early = "The role ARN does not have required permissions configured. Please grant trust";
        assert_eq!(retry_early_setting(&refused(early)), RetryDecision::After(EVERY));
        let early = "API Gateway could not successfully write to CloudWatch Logs using the ARN specified";
        assert_eq!(retry_early_setting(&refused(early)), RetryDecision::After(EVERY));
        assert_eq!(retry_early_setting(&refused("The role ARN is not well formed")), RetryDecision::GiveUp);
    }

    #[test]
    fn retries_keep_to_one_in_twenty_seconds() {
        assert!(EVERY.mul_f64(0.75) >= Duration::from_secs(20));
    }
}
