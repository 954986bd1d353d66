//! Supervises a run: the first and second stop signal, and the loss of the lease.
use std::pin::pin;

use super::lease::LeaseGuard;
use crate::{
    aws::{Interrupt, Urgency},
    diagnostic::ExitCode,
    engine::Report,
    ui::Ui,
    view::progress::Progress,
};

/// Runs `run` to its end, or returns none if it was aborted; releases the lease in either case.
pub(super) async fn supervise(
    ui: &Ui,
    run: impl Future<Output = Report>,
    progress: &Progress,
    held: Option<&LeaseGuard<'_>>,
) -> Option<Report> {
    let report = tokio::select! {
        biased;
        () = ui.interrupt.wait_for_urgency(Urgency::Now) => None,
        report = run => Some(report),
        never = announce_stop(ui, progress, held) => match never {},
    };
    progress.finish();
    if let Some(held) = held {
        held.release(report.is_none()).await;
    }
    report
}

/// Announces once why the run starts nothing new; does not return.
async fn announce_stop(
    ui: &Ui,
    progress: &Progress,
    held: Option<&LeaseGuard<'_>>,
) -> std::convert::Infallible {
    let told = |why: &str| {
        progress.print_notice(&format!(
            "{why}: starting nothing new, finishing what runs ({}); once more ends at once",
            progress.in_flight().len()
        ));
    };
    let interrupt: &Interrupt = &ui.interrupt;
    let lost = async {
        match held {
            Some(held) => held.renew_until_lost().await,
            None => std::future::pending().await,
        }
    };
    let mut lost = pin!(lost);
    tokio::select! {
        () = interrupt.wait_for_urgency(Urgency::Finish) => {
            told(if ui.signal() == Some(ExitCode::Terminated) { "terminated" } else { "interrupted" });
            // The operations in flight are still protected by the lease while they finish.
            let lost = lost.await;
            progress.print_notice(&lost.to_string());
        }
        lost = &mut lost => {
            told(&lost.to_string());
            ui.wind_down();
        }
    }
    std::future::pending().await
}
