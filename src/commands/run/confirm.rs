//! The confirmation of a plan: it is shown, then the user is asked.
use super::snapshot::refused;
use crate::{
    commands::session::Session,
    diagnostic::Failure,
    engine::{Consent, Plan},
    view::plan,
};

/// Shows the plan on stderr, because only the outputs are the command's result and go to stdout.
///
/// Whoever will be asked must see what about, even in quiet mode.
pub(in crate::commands) fn show_plan(session: &Session<'_>, plan: &Plan, yes: bool) {
    let ui = session.ui();
    let drawn = plan::render_plan(plan, ui.err);
    let text = format!("{}\n{}", session.plan_heading(), drawn.trim_end());
    if ui.is_interactive && !yes && !plan.is_empty() { ui.print_error(&text) } else { ui.print_status(&text) }
}

/// Asks the user for confirmation unless it was given already; refuses changes that are not allowed at all.
pub(in crate::commands) async fn confirm(
    session: &Session<'_>,
    plan: &Plan,
    yes: bool,
    consent: &Consent,
    command: &str,
) -> Result<(), Failure> {
    let (ui, source) = (session.ui(), &session.loaded.source);
    if !plan.refusals.is_empty() {
        return Err(refused(source.clone(), plan.refusals.clone()));
    }
    let lossy = plan.unconsented_losses(consent);
    if !lossy.is_empty() {
        let single: Vec<_> = lossy.iter().map(|address| format!("`--allow-replace {address}`")).collect();
        let single = single.join(" ");
        let message = format!("the data of {} would be lost; nothing has been changed", lossy.join(", "));
        let hint = format!("say {single} or `--delete-data` if that is meant");
        return Err(Failure::failed(message).with_hint(hint));
    }
    if yes {
        return Ok(());
    }
    if !ui.is_interactive {
        let other =
            if command == "apply" { ", or save a plan with `plan --out FILE` and apply that" } else { "" };
        return Err(Failure::failed("there is nobody to ask; nothing has been changed")
            .with_hint(format!("run `copilot-infra {command} --yes`{other}")));
    }
    if ui.confirm("Do this?").await {
        return Ok(());
    }
    match ui.signal() {
        Some(code) => Err(Failure::signal(code)),
        None => Err(Failure::failed("not agreed; nothing has been changed")),
    }
}
