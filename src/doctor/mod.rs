//! Read-only checks of a live stack and the account around it, each with its remedy.
mod api_gateway_account;
mod gateway;
mod key;
mod model_access;
mod models;
mod tables;

use std::collections::BTreeSet;

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, join_all},
};
use serde::Serialize;

pub use model_access::missing_model_access;

use crate::{
    aws::Cx,
    diagnostic::{Category, Diagnostic, Severity},
    engine::{Action, Exposure, Plan, Step, Verb},
    manifest::Loaded,
    resources,
    stack::{called_models, inputs::Inputs},
};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingLevel {
    /// As it should be.
    Fine,
    /// It could not be looked at.
    Unknown,
    /// Works now, and will not for ever.
    Warning,
    /// Does not work.
    Problem,
}

/// What one check found: how it ended, and what was seen.
pub type Checked = (FindingLevel, Diagnostic);

/// Check of what others have added to the stack.
const EXPOSURE: &str = "exposure";

/// What is said where nothing differs; whether a folder has newer code would take a build.
const IN_SYNC: &str =
    "what is live is what the spec says; the code is what was last sent, and no folder was looked at";

fn checked(
    check: &'static str,
    level: FindingLevel,
    message: impl Into<String>,
    remedy: Option<&str>,
) -> Checked {
    let severity = match level {
        FindingLevel::Problem => Severity::Error,
        FindingLevel::Unknown | FindingLevel::Warning => Severity::Warning,
        FindingLevel::Fine => Severity::Note,
    };
    let diagnostic = Diagnostic::error(Category::Check(check), message);
    (level, Diagnostic { severity, hint: remedy.map(str::to_owned), ..diagnostic })
}

fn fine(check: &'static str, message: impl Into<String>) -> Checked {
    checked(check, FindingLevel::Fine, message, None)
}

/// Returns the check result for a rule's warning.
fn warned(check: &'static str, warning: &Diagnostic) -> Checked {
    checked(check, FindingLevel::Warning, warning.message.clone(), warning.hint.as_deref())
}

/// Returns a failed check with this cause.
#[must_use]
pub fn problem(check: &'static str, error: &Diagnostic) -> Checked {
    checked(check, FindingLevel::Problem, error.message.clone(), error.hint.as_deref())
}

/// Returns a check that could not be made; it never counts as passed.
#[must_use]
pub fn unknown(check: &'static str, error: &Diagnostic) -> Checked {
    checked(check, FindingLevel::Unknown, error.message.clone(), error.hint.as_deref())
}

/// The inputs of the checks.
pub struct DoctorContext<'a> {
    /// The spec.
    pub loaded: &'a Loaded,
    /// Inputs of the spec.
    pub inputs: &'a Inputs,
    /// Whether one item of each table may be read.
    pub sample_items: bool,
    /// Whether the stack lives in an emulator on this machine.
    pub local: bool,
}

/// Runs all checks in parallel, except for drift, which needs a plan.
pub async fn run_checks(cx: &Cx<'_>, context: &DoctorContext<'_>) -> Vec<Checked> {
    let calls = if context.local {
        BTreeSet::new()
    } else {
        called_models(context.loaded, context.inputs.clone(), cx.aws)
    };
    let checks: [LocalBoxFuture<'_, Vec<Checked>>; 8] = [
        api_gateway_account::check_logging_role(cx, &context.loaded.spec).boxed_local(),
        api_gateway_account::check_concurrency(cx).boxed_local(),
        gateway::check_throttle(cx, &context.loaded.spec).boxed_local(),
        gateway::check_deployment(cx, &context.loaded.spec).boxed_local(),
        key::check_key_state(cx, &context.loaded.spec).boxed_local(),
        models::check_model_lifecycles(cx, context).boxed_local(),
        model_access::check_model_access(cx, &calls).boxed_local(),
        tables::check_item_expiry(cx, context).boxed_local(),
    ];
    let who = fine("credentials", format!("account {}, region {}", cx.aws.account, cx.aws.region));
    let found = join_all(checks).await.into_iter().flatten();
    std::iter::once(who).chain(check_runtimes(&context.loaded.warnings)).chain(found).collect()
}

/// Checks the end dates of runtimes, which the spec's own rules know.
fn check_runtimes(warnings: &[Diagnostic]) -> Vec<Checked> {
    let old: Vec<_> =
        warnings.iter().filter(|one| one.rule().is_some_and(|rule| rule.ends_with("-runtime"))).collect();
    if old.is_empty() {
        return vec![fine("runtimes", "none is deprecated")];
    }
    old.into_iter().map(|one| warned("runtimes", one)).collect()
}

/// Returns the check for drift: the live stack against the spec.
#[must_use]
pub fn check_drift(plan: &Plan) -> Vec<Checked> {
    let refused = plan.refusals.iter().map(|refusal| {
        let address = refusal.about.as_deref().unwrap_or_default();
        let message = format!("{address}: {}", refusal.message);
        checked("drift", FindingLevel::Problem, message, refusal.hint.as_deref())
    });
    let changed = plan.steps.iter().filter(|step| step.action != Action::Keep).map(|step| {
        let what = match step.action.verb() {
            Some(Verb::Create) => "is missing",
            Some(Verb::Delete) => "is not in the spec",
            _ => "differs from the spec",
        };
        let remedy = Some("see `copilot-infra plan`; `copilot-infra apply` mends it");
        checked("drift", FindingLevel::Problem, format!("{} {what}", step.address), remedy)
    });
    let all: Vec<_> = refused.chain(changed).collect();
    let drift = if all.is_empty() { vec![fine("drift", IN_SYNC)] } else { all };
    drift.into_iter().chain(check_exposure(plan)).collect()
}

/// Returns the findings of what others have added to the stack: what an apply takes away, and what it only warns of.
fn check_exposure(plan: &Plan) -> impl Iterator<Item = Checked> {
    let closed = plan.steps.iter().flat_map(|step| {
        step_exposures(step).into_iter().map(|exposure| {
            let message = format!("{}: {}", step.address, exposure.allows);
            let remedy = format!("`{}` shows it; `copilot-infra apply` takes it away", exposure.shown_by);
            checked(EXPOSURE, FindingLevel::Problem, message, Some(&remedy))
        })
    });
    let warned = plan.steps.iter().filter_map(|step| {
        let message = format!("{}: {}", step.address, step.warning.as_ref()?);
        Some(checked(EXPOSURE, FindingLevel::Warning, message, None))
    });
    closed.chain(warned)
}

/// Returns what others may do through what a step takes away.
fn step_exposures(step: &Step) -> Vec<Exposure> {
    match (&step.action, &step.before, resources::kind(step.kind)) {
        (Action::Update { changes }, Some(before), Some(kind)) => (kind.exposures)(&step.id, before, changes),
        _ => Vec::new(),
    }
}
