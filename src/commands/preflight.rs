//! `apply --preflight`: checks with IAM before the first write whether any permission is missing.
use super::session::Session;
use crate::{
    aws::{AwsScope, Urgency, tags::Tags},
    diagnostic::{Diagnostic, ExitCode, Failure},
    engine::ExecutablePlan,
    policy::preflight::{
        PreflightQuestion, SimulationAnswer, UnansweredQuestion, ask_iam, missing_diagnostic,
    },
    stack::{KeyName, StackNames, StackOutputs, inputs},
};

/// Whether to check the permissions before an apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PreflightMode {
    /// Checks where IAM can be asked; where it cannot, the calls themselves report what is denied.
    #[default]
    WherePossible,
    /// Always checks; not being able to is an error.
    Always,
    /// Never checks.
    Never,
}

impl PreflightMode {
    pub(super) fn from_flags(preflight: bool, no_preflight: bool) -> Self {
        match (preflight, no_preflight) {
            (true, _) => Self::Always,
            (_, true) => Self::Never,
            _ => Self::WherePossible,
        }
    }
}

/// Checks the permissions that `work` requires.
///
/// # Errors
/// A permission is missing; or the check is impossible although it is required.
pub(super) async fn check_permissions(
    desired: PreflightMode,
    session: &Session<'_>,
    work: &ExecutablePlan,
    outputs: &StackOutputs,
    lease: bool,
) -> Result<(), Failure> {
    if desired == PreflightMode::Never || work.plan.is_empty() || !work.plan.refusals.is_empty() {
        return Ok(());
    }
    let (scope, spec) = (AwsScope::of(&session.aws), &session.loaded.spec);
    let names = StackNames::of(&session.loaded, inputs::offline_inputs(spec), &scope);
    let (key, api) = work.attrs(&outputs.handles);
    let question = PreflightQuestion {
        scope: &scope,
        names: &names,
        key: key.map(|key| key.id),
        api: api.map(|api| api.id),
        lease,
    };
    let wanted = question.required_permissions(&work.plan);
    let alias = match &names.key {
        Some(KeyName::Own(alias)) => Some(alias.as_str()),
        _ => None,
    };
    let tags: Tags = spec.tags.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect();
    let cx = session.cx();
    let answer = tokio::select! {
        answer = ask_iam(&cx, &wanted, &tags, alias) => answer,
        () = cx.interrupt.wait_for_urgency(Urgency::Finish) => return Err(session.interrupted_failure()),
    };
    let insists = desired == PreflightMode::Always;
    match answer {
        SimulationAnswer::NoPrincipal(caller) if insists => Err(Failure::failed(format!(
            "IAM cannot be asked about `{caller}`: it is neither a role nor a user; nothing has been changed"
        ))
        .with_hint("leave `--preflight` out")),
        SimulationAnswer::NoPrincipal(_) => Ok(()),
        SimulationAnswer::Answered { missing, unanswered } if !missing.is_empty() => {
            Err(Failure::new(ExitCode::Failed, missing_diagnostic(&missing, &unanswered)))
        }
        SimulationAnswer::Answered { unanswered, .. } => judge_unanswered(session, insists, &unanswered),
    }
}

/// Fails for questions that IAM did not answer if the caller insists on answers; else notes them, but for those that the
/// caller may not ask.
fn judge_unanswered(
    session: &Session<'_>,
    insists: bool,
    unanswered: &[UnansweredQuestion],
) -> Result<(), Failure> {
    match unanswered.first() {
        Some(first) if insists => {
            let details = unanswered.iter().map(UnansweredQuestion::to_string).collect();
            Err(Failure::new(ExitCode::Failed, Diagnostic { details, ..first.error.diagnostic() }))
        }
        _ => {
            for one in unanswered.iter().filter(|one| !one.error.is_denied()) {
                session.ui().print_status(&format!("note: {one}; the calls themselves will tell"));
            }
            Ok(())
        }
    }
}
