//! Stages that deploy by themselves. Such a deployment runs after the change that caused it and fails
//! without it failing; only the stage tells.
use std::time::Duration;

use aws_sdk_apigatewayv2::types::Stage as Standing;

use super::{AUTOMATIC, stages};
use crate::aws::{Cx, Error, Result};

/// Longest time a deployment is waited for; it takes seconds.
const BUDGET: Duration = Duration::from_secs(20);
/// Longest time the first sign of the first one is waited for; MiniStack never gives one.
const FIRST: Duration = Duration::from_secs(3);
/// How often to look.
const EVERY: Duration = Duration::from_secs(1);

/// How far the automatic deployment of a stage has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::resources) struct State {
    deployment: Option<String>,
    message: Option<String>,
}

/// What a state means.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Pending,
    Done,
    Failed(String),
}

impl State {
    fn of(stage: &Standing) -> Self {
        let message = stage.last_deployment_status_message.clone().filter(|text| !text.is_empty());
        Self { deployment: stage.deployment_id.clone(), message }
    }

    /// Reads AWS's words: `Successfully deployed stage with deployment ID '…'`, or
    /// `Deployment attempt failed: Unable to deploy API because no routes exist in this API`.
    fn verdict(&self) -> Verdict {
        match (&self.message, &self.deployment) {
            (Some(text), _) if text.starts_with("Success") => Verdict::Done,
            (Some(text), _) if is_failure(text) => Verdict::Failed(text.clone()),
            (None, Some(_)) => Verdict::Done,
            (Some(_) | None, _) => Verdict::Pending,
        }
    }
}

fn is_failure(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("fail") || text.contains("unable") || text.contains("error")
}

/// What stands in the place of a deployment: that it works, or why it does not.
pub(super) fn standing(stage: &Standing) -> String {
    match State::of(stage).verdict() {
        Verdict::Failed(words) => format!("failed: {words}"),
        Verdict::Done | Verdict::Pending => AUTOMATIC.to_owned(),
    }
}

/// How far the stage `name` has come, read anew.
pub(super) async fn state(cx: &Cx<'_>, api: &str, name: &str) -> Result<State> {
    let all = cx.uncached(async |cx| stages(cx, api).await).await?;
    let stage = all.iter().find(|stage| stage.stage_name() == Some(name));
    Ok(stage.map(State::of).unwrap_or_default())
}

/// How far each stage of an API that deploys by itself has come, read anew; those with no sign of it are
/// left out.
pub(in crate::resources) async fn states(cx: &Cx<'_>, api: &str) -> Result<Vec<(String, State)>> {
    let all = cx.uncached(async |cx| stages(cx, api).await).await?;
    let automatic = all.iter().filter(|stage| stage.auto_deploy == Some(true));
    let named = automatic.map(|stage| (stage.stage_name.clone().unwrap_or_default(), State::of(stage)));
    Ok(named.filter(|(_, state)| *state != State::default()).collect())
}

/// Waits until the stage has deployed what was changed after `before` was read.
///
/// No sign of a deployment in time is no failure: not every change causes one, and the next plan looks again.
///
/// # Errors
/// [`Error::InvalidState`] with AWS's words if the deployment failed.
pub(in crate::resources) async fn settle(cx: &Cx<'_>, api: &str, name: &str, before: &State) -> Result<()> {
    let failed =
        |words: &str| Error::InvalidState(format!("stage `{name}` does not serve the change: {words}"));
    let look = async || {
        let now = state(cx, api, name).await?;
        match now.verdict() {
            _ if now == *before => Ok(None),
            Verdict::Pending => Ok(None),
            Verdict::Done => Ok(Some(())),
            Verdict::Failed(words) => Err(failed(&words)),
        }
    };
    let budget = if *before == State::default() { FIRST } else { BUDGET };
    let what = format!("stage `{name}` to deploy");
    match (cx.poll_until(&what, budget, EVERY, look).await, before.verdict()) {
        (Err(Error::TimedOut { .. }), Verdict::Failed(words)) => Err(failed(&words)),
        (Err(Error::TimedOut { .. }), _) => Ok(()),
        (settled, _) => settled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(deployment: Option<&str>, message: Option<&str>) -> State {
        State { deployment: deployment.map(str::to_owned), message: message.map(str::to_owned) }
    }

    #[test]
    fn the_words_of_aws_are_understood() {
        let done = "Successfully deployed stage with deployment ID 'dty748'";
        assert_eq!(state(Some("dty748"), Some(done)).verdict(), Verdict::Done);
        assert_eq!(state(Some("dty748"), None).verdict(), Verdict::Done);
        assert_eq!(State::default().verdict(), Verdict::Pending);
        let words = "Deployment attempt failed: Unable to deploy API because no routes exist in this API";
        assert_eq!(state(Some("old"), Some(words)).verdict(), Verdict::Failed(words.into()));
    }

    #[test]
    fn a_failure_shows_in_the_plan() {
        let stage = Standing::builder().auto_deploy(true).last_deployment_status_message("it failed");
        assert_eq!(standing(&stage.build()), "failed: it failed");
        assert_eq!(standing(&Standing::builder().auto_deploy(true).build()), AUTOMATIC);
    }
}
