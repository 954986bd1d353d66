//! The confirmation of a plan: it is shown, then the user is asked.
use super::snapshot::refused;
use crate::{
    commands::session::Session,
    diagnostic::Failure,
    engine::{Consent, Loss, Plan},
    view::{Page, plan},
};

/// Shows the plan on stderr, because only the outputs are the command's result and go to stdout.
///
/// Whoever will be asked must see what about, even in quiet mode.
pub(in crate::commands) fn show_plan(session: &Session<'_>, plan: &Plan, yes: bool) {
    let ui = session.ui();
    let mut page = Page::of_line(ui.err, session.plan_heading());
    page.append(&plan::render_plan(plan, ui.err));
    if ui.is_interactive && !yes && !plan.is_empty() {
        ui.print_error_page(&page);
    } else {
        ui.print_status_page(&page);
    }
}

/// Returns the failure of a plan by which users lose something that nobody has consented to.
fn unconsented_failure(losses: &[(&str, Loss)]) -> Option<Failure> {
    let of = |kind: fn(&Loss) -> bool| {
        let addresses = losses.iter().filter(|(_, loss)| kind(loss)).map(|(address, _)| *address);
        Some(addresses.collect::<Vec<_>>().join(", ")).filter(|all| !all.is_empty())
    };
    let parts = [
        of(|loss| *loss == Loss::Data).map(|all| format!("the data of {all} would be lost")),
        of(|loss| *loss == Loss::Url)
            .map(|all| format!("clients would get a new URL, for that of {all} would be lost")),
        of(|loss| *loss == Loss::Key).map(|all| format!("the data of {all} would get another key")),
    ];
    let others = losses.iter().find(|(_, loss)| matches!(loss, Loss::Others { .. }));
    let others = others.and_then(|(_, loss)| {
        let all = of(|loss| matches!(loss, Loss::Others { .. }))?;
        Some(format!("{all} would be removed, though {}", loss.text()))
    });
    let parts: Vec<String> = parts.into_iter().flatten().chain(others.clone()).collect();
    if parts.is_empty() {
        return None;
    }
    let single: Vec<_> = losses.iter().map(|(address, _)| format!("`--allow-replace {address}`")).collect();
    let message = format!("{}; nothing has been changed", parts.join("; "));
    let hint = format!("say {} or `--delete-data` if that is meant", single.join(" "));
    let hint = if others.is_some() {
        format!("two projects must not share the name of a stack: choose another `stack`; {hint}")
    } else {
        hint
    };
    Some(Failure::failed(message).with_hint(hint))
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
    if let Some(failure) = unconsented_failure(&plan.unconsented_losses(consent)) {
        return Err(failure);
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
