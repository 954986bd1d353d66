//! `smoke`: checks that the live stack answers.
use std::time::Duration;

use super::{
    invocation::Invocation,
    live_api,
    session::{NamedCode, Session},
};
use crate::{
    aws::{Cx, Memo},
    cli::OutputFormat,
    diagnostic::{ExitCode, Failure},
    smoke::{self, SmokeCheck},
    ui::Ui,
    view::{events::ApplyEvent, smoke as view},
    websocket::WebSocketAddress,
};

/// Longest time to wait after an apply: a stage that was just created may take this long to be served.
const AFTER_APPLY: Duration = Duration::from_secs(30);

pub(super) async fn run_smoke(
    invocation: &Invocation<'_>,
    token: Option<String>,
) -> Result<ExitCode, Failure> {
    let session = Session::open(invocation, NamedCode::Unused).await?;
    let cx = session.cx();
    let address = live_api::websocket_address(&session, &cx, token).await?;
    let text = invocation.global.format != OutputFormat::Json;
    let show = |step: &SmokeCheck| {
        if text {
            print_step(invocation.ui, step);
        }
    };
    let steps = visit_unless_stopped(&session, &cx, &address, Duration::ZERO, &show).await?;
    if !text {
        invocation.ui.print_json(&view::steps_json(&steps))?;
    }
    smoke_exit_code(&steps)
}

/// Runs the same smoke test at the end of an apply, which reports to a program on stdout by events.
pub(super) async fn run_after_apply(
    session: &Session<'_>,
    token: Option<String>,
) -> Result<ExitCode, Failure> {
    // The reads that were cached before the apply are out of date.
    let (memo, cx) = (Memo::default(), session.cx());
    let cx = Cx { memo: &memo, ..cx };
    let address = live_api::websocket_address(session, &cx, token).await?;
    let show = |step: &SmokeCheck| match &session.ui().events {
        Some(events) => events.emit(ApplyEvent::from(step)),
        None => print_step(session.ui(), step),
    };
    let steps = visit_unless_stopped(session, &cx, &address, AFTER_APPLY, &show).await?;
    if let Some(events) = &session.ui().events {
        events.emit(ApplyEvent::Smoke { passed: !smoke::has_failed(&steps) });
    }
    smoke_exit_code(&steps)
}

async fn visit_unless_stopped(
    session: &Session<'_>,
    cx: &Cx<'_>,
    address: &WebSocketAddress,
    patience: Duration,
    show: &dyn Fn(&SmokeCheck),
) -> Result<Vec<SmokeCheck>, Failure> {
    session.ui().or_interrupted(smoke::visit_stack(cx, &session.loaded.spec, address, patience, show)).await
}

fn print_step(ui: &Ui, step: &SmokeCheck) {
    // A reader that has closed stdout does not change the result of the steps.
    let _ = ui.print_stdout(&view::render_step(step, ui.out));
}

fn smoke_exit_code(steps: &[SmokeCheck]) -> Result<ExitCode, Failure> {
    if smoke::has_failed(steps) {
        return Err(Failure::reported(ExitCode::Failed, "the stack does not answer as it should"));
    }
    Ok(ExitCode::Success)
}
