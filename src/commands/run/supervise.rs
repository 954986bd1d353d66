//! Supervises a run: the first and second stop signal, and the loss of the lease.
use std::pin::pin;

use super::lease::LeaseGuard;
use crate::{
    aws::{Interrupt, Urgency},
    diagnostic::ExitCode,
    ui::Ui,
    view::progress::Progress,
};

/// What a run shows of itself while it is supervised.
pub(in crate::commands) trait RunDisplay {
    /// Prints a line for people.
    fn print_notice(&self, text: &str);
    /// Returns the number of operations in progress.
    fn count_in_flight(&self) -> usize;
    /// Ends the display, whether the run came to its end or not.
    fn finish(&self);
}

impl RunDisplay for Progress {
    fn print_notice(&self, text: &str) {
        Self::print_notice(self, text);
    }
    fn count_in_flight(&self) -> usize {
        self.in_flight().len()
    }
    fn finish(&self) {
        Self::finish(self);
    }
}

/// Runs `run` to its end, or returns none if it was aborted; releases the lease in either case.
pub(in crate::commands) async fn supervise<T>(
    ui: &Ui,
    run: impl Future<Output = T>,
    display: &impl RunDisplay,
    held: Option<&LeaseGuard<'_>>,
) -> Option<T> {
    let done = tokio::select! {
        biased;
        () = ui.interrupt.wait_for_urgency(Urgency::Now) => None,
        done = run => Some(done),
        never = announce_stop(ui, display, held) => match never {},
    };
    display.finish();
    if let Some(held) = held {
        held.release(done.is_none()).await;
    }
    done
}

/// Announces once why the run starts nothing new; does not return.
async fn announce_stop(
    ui: &Ui,
    display: &impl RunDisplay,
    held: Option<&LeaseGuard<'_>>,
) -> std::convert::Infallible {
    let told = |why: &str| {
        display.print_notice(&format!(
            "{why}: starting nothing new, finishing what runs ({}); once more ends at once",
            display.count_in_flight()
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
            display.print_notice(&lost.to_string());
        }
        lost = &mut lost => {
            display.print_notice(&format!("{lost}: starting nothing new, writing nothing more"));
            ui.wind_down();
        }
    }
    std::future::pending().await
}
