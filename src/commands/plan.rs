//! `plan`: shows what apply would change.
use std::path::PathBuf;

use super::{
    invocation::Invocation,
    run::{chosen, decide, read, refused, unknown_target},
    saved,
    session::Session,
};
use crate::{
    cli::{Choices, Format},
    diagnostic::{ExitCode, Failure},
    engine::Plan,
    ui::Ui,
    view::{markdown, plan as view},
};

/// What `plan` was asked.
pub(super) struct Asked {
    pub(super) detailed_exitcode: bool,
    pub(super) choices: Choices,
    pub(super) drift_only: bool,
    pub(super) out: Option<PathBuf>,
}

pub(super) async fn run(invocation: &Invocation<'_>, asked: Asked) -> Result<ExitCode, Failure> {
    let session = Session::review(invocation).await?;
    let stack = session.stack().await?;
    let reading = read(&session, stack.graph).await?;
    let mut choices = chosen(&asked.choices);
    choices.drift_only = asked.drift_only;
    let mut plan = decide(reading, &session, &choices).map_err(|error| unknown_target(&error))?.plan;
    if asked.drift_only {
        plan.retain_drift();
    }
    let document = session.document(&plan, choices);
    if let Some(path) = &asked.out {
        saved::write(path, &document)?;
    }
    match invocation.global.format {
        Format::Json => invocation.ui.print_stdout(&format!("{:#}\n", serde_json::json!(document)))?,
        Format::Markdown => invocation.ui.print_stdout(&markdown::draw(&document))?,
        _ if asked.drift_only && plan.is_empty() => {
            invocation.ui.print_status(&session.head());
            invocation
                .ui
                .print_stdout("No drift: nothing has changed in AWS since it was last applied.\n")?;
        }
        _ => show(invocation.ui, &session.head(), &plan)?,
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

/// Prints a plan on stdout, for people.
pub(super) fn show(ui: &Ui, head: &str, plan: &Plan) -> Result<(), Failure> {
    ui.print_status(head);
    ui.print_stdout(&view::text(plan, ui.out))
}
