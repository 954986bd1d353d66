//! Stages with automatic deployment, which runs after a change and can fail without the change failing; only the
//! stage's status shows it.
use std::time::Duration;

use aws_sdk_apigatewayv2::types::Stage as LiveStage;

use super::{AUTOMATIC, list_stages};
use crate::aws::{Cx, Error, Result};

/// Longest time a deployment is waited for; it takes seconds.
const BUDGET: Duration = Duration::from_secs(20);
/// Longest time to wait for the first sign of the first deployment; MiniStack never gives one.
const FIRST: Duration = Duration::from_secs(3);
/// Delay between reads.
const EVERY: Duration = Duration::from_secs(1);

/// The status of a stage's automatic deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::resources) struct AutoDeployStatus {
    deployment: Option<String>,
    message: Option<String>,
}

/// The outcome that a status stands for.
#[derive(Debug, PartialEq, Eq)]
enum AutoDeployOutcome {
    Pending,
    Done,
    Failed(String),
}

impl AutoDeployStatus {
    fn from_live(stage: &LiveStage) -> Self {
        let message = stage.last_deployment_status_message.clone().filter(|text| !text.is_empty());
        Self { deployment: stage.deployment_id.clone(), message }
    }

    /// Returns the outcome in AWS's message: `Successfully deployed stage with deployment ID '…'`, or `Deployment
    /// attempt failed: Unable to deploy API because no routes exist in this API`.
    fn outcome(&self) -> AutoDeployOutcome {
        match (&self.message, &self.deployment) {
            (Some(text), _) if text.starts_with("Success") => AutoDeployOutcome::Done,
            (Some(text), _) if is_failure(text) => AutoDeployOutcome::Failed(text.clone()),
            (None, Some(_)) => AutoDeployOutcome::Done,
            (Some(_) | None, _) => AutoDeployOutcome::Pending,
        }
    }
}

fn is_failure(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("fail") || text.contains("unable") || text.contains("error")
}

/// Returns [`AUTOMATIC`], or the failure of the automatic deployment.
pub(super) fn observed_deployment(stage: &LiveStage) -> String {
    match AutoDeployStatus::from_live(stage).outcome() {
        AutoDeployOutcome::Failed(words) => format!("failed: {words}"),
        AutoDeployOutcome::Done | AutoDeployOutcome::Pending => AUTOMATIC.to_owned(),
    }
}

/// Returns the deployment status of the stage `name`, read anew.
pub(super) async fn read_status(cx: &Cx<'_>, api: &str, name: &str) -> Result<AutoDeployStatus> {
    let all = cx.uncached(async |cx| list_stages(cx, api).await).await?;
    let stage = all.iter().find(|stage| stage.stage_name() == Some(name));
    Ok(stage.map(AutoDeployStatus::from_live).unwrap_or_default())
}

/// Returns the status of each stage of an API with automatic deployment, read anew; stages with no sign of one are
/// left out.
pub(in crate::resources) async fn read_statuses(
    cx: &Cx<'_>,
    api: &str,
) -> Result<Vec<(String, AutoDeployStatus)>> {
    let all = cx.uncached(async |cx| list_stages(cx, api).await).await?;
    let automatic = all.iter().filter(|stage| stage.auto_deploy == Some(true));
    let named = automatic
        .map(|stage| (stage.stage_name.clone().unwrap_or_default(), AutoDeployStatus::from_live(stage)));
    Ok(named.filter(|(_, state)| *state != AutoDeployStatus::default()).collect())
}

/// Waits until the stage has deployed what was changed after `before` was read.
///
/// No sign of a deployment in time is no failure: not every change causes one, and the next plan looks again.
///
/// # Errors
/// [`Error::InvalidState`] with AWS's words if the deployment failed.
pub(in crate::resources) async fn wait_until_deployed(
    cx: &Cx<'_>,
    api: &str,
    name: &str,
    before: &AutoDeployStatus,
) -> Result<()> {
    let failed =
        |words: &str| Error::InvalidState(format!("stage `{name}` does not serve the change: {words}"));
    let look = async || {
        let now = read_status(cx, api, name).await?;
        match now.outcome() {
            _ if now == *before => Ok(None),
            AutoDeployOutcome::Pending => Ok(None),
            AutoDeployOutcome::Done => Ok(Some(())),
            AutoDeployOutcome::Failed(words) => Err(failed(&words)),
        }
    };
    let budget = if *before == AutoDeployStatus::default() { FIRST } else { BUDGET };
    let what = format!("stage `{name}` to deploy");
    match (cx.poll_until(&what, budget, EVERY, look).await, before.outcome()) {
        (Err(Error::TimedOut { .. }), AutoDeployOutcome::Failed(words)) => Err(failed(&words)),
        (Err(Error::TimedOut { .. }), _) => Ok(()),
        (settled, _) => settled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(deployment: Option<&str>, message: Option<&str>) -> AutoDeployStatus {
        AutoDeployStatus { deployment: deployment.map(str::to_owned), message: message.map(str::to_owned) }
    }

    #[test]
    fn the_words_of_aws_are_understood() {
        let done = "Successfully deployed stage with deployment ID 'dty748'";
        assert_eq!(state(Some("dty748"), Some(done)).outcome(), AutoDeployOutcome::Done);
        assert_eq!(state(Some("dty748"), None).outcome(), AutoDeployOutcome::Done);
        assert_eq!(AutoDeployStatus::default().outcome(), AutoDeployOutcome::Pending);
        let words = "Deployment attempt failed: Unable to deploy API because no routes exist in this API";
        assert_eq!(state(Some("old"), Some(words)).outcome(), AutoDeployOutcome::Failed(words.into()));
    }

    #[test]
    fn a_failure_shows_in_the_plan() {
        let stage = LiveStage::builder().auto_deploy(true).last_deployment_status_message("it failed");
        assert_eq!(observed_deployment(&stage.build()), "failed: it failed");
        assert_eq!(observed_deployment(&LiveStage::builder().auto_deploy(true).build()), AUTOMATIC);
    }
}
