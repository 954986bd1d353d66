//! `plan`: shows what apply would change.
use std::path::PathBuf;

use super::{
    invocation::Invocation,
    run::{decide_changes, plan_options, refused, take_snapshot, unknown_target},
    saved_plan,
    session::{Builds, NamedCode, Session, report_stale_facts},
};
use crate::{
    cli::{OutputFormat, PlanOptionArgs},
    diagnostic::{ExitCode, Failure},
    engine::Plan,
    ui::Ui,
    view::{Page, markdown, plan as view},
};

/// The arguments of `plan`.
pub(super) struct PlanArgs {
    pub(super) detailed_exitcode: bool,
    pub(super) choices: PlanOptionArgs,
    pub(super) drift_only: bool,
    pub(super) out: Option<PathBuf>,
    pub(super) builds: Builds,
}

pub(super) async fn run_plan(invocation: &Invocation<'_>, asked: PlanArgs) -> Result<ExitCode, Failure> {
    let named_code = if asked.drift_only { NamedCode::Unused } else { NamedCode::Checked };
    let session = Session::open_with_warnings(invocation, named_code).await?;
    report_stale_facts(invocation.ui);
    let code = if asked.drift_only { None } else { Some(session.build_packages(None, asked.builds).await?) };
    let stack = match &code {
        Some(code) => session.stack_of(code).await?,
        None => session.stack_as_recorded().await?,
    };
    let snapshot = take_snapshot(&session, stack.graph).await?;
    let mut choices = plan_options(&asked.choices);
    choices.drift_only = asked.drift_only;
    let mut plan = decide_changes(snapshot, &session, &choices).map_err(|error| unknown_target(&error))?.plan;
    if asked.drift_only {
        plan.retain_drift();
    }
    let document = session.plan_document(&plan, choices);
    if let (Some(path), Some(code)) = (&asked.out, &code) {
        saved_plan::write_plan_file(path, &document, code, &plan.hidden)?;
    }
    match invocation.global.format {
        OutputFormat::Json => invocation.ui.print_json(&format!("{:#}\n", serde_json::json!(document)))?,
        OutputFormat::Markdown => invocation.ui.print_exact(&markdown::render_plan_comment(&document))?,
        _ if asked.drift_only && plan.is_empty() => {
            invocation.ui.print_status(&session.plan_heading());
            let line = "No drift: nothing has changed in AWS since it was last applied.";
            invocation.ui.print_stdout(&Page::of_line(invocation.ui.out, line))?;
            invocation
                .ui
                .print_status("code was compared with what was last sent; nothing was built or packed");
        }
        _ => print_plan(invocation.ui, &session.plan_heading(), &plan)?,
    }
    if let Some(path) = &asked.out {
        let path = path.display();
        invocation.ui.print_status(&format!("saved as `{path}`; next: `copilot-infra apply {path}`"));
    }
    if !plan.refusals.is_empty() {
        return Err(refused(session.loaded.source, plan.refusals));
    }
    Ok(if asked.detailed_exitcode && !plan.is_empty() { ExitCode::Changes } else { ExitCode::Success })
}

/// Prints a plan on stdout for people to read.
pub(super) fn print_plan(ui: &Ui, head: &str, plan: &Plan) -> Result<(), Failure> {
    ui.print_status(head);
    ui.print_stdout(&view::render_plan(plan, ui.out))
}
