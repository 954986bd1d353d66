//! Interrupts: the user's request to stop, as every loop and wait sees it.
use std::time::Duration;

use tokio::{sync::watch, time::Instant};

/// Grace period in which waits go on after the first signal, so that what is almost done gets done.
pub(super) const GRACE: Duration = Duration::from_secs(20);

/// Urgency of an interrupt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// No stop was requested.
    #[default]
    None,
    /// Finish what runs, start nothing new.
    Finish,
    /// Stop at once.
    Now,
}

/// Requested urgency, and the time of the request.
#[derive(Clone, Copy, Debug, Default)]
struct StopRequest {
    urgency: Urgency,
    since: Option<Instant>,
}

/// Receiving end of an interrupt, cheap to clone.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<StopRequest>);

/// Sending end of an interrupt.
#[derive(Debug)]
pub struct Trigger(watch::Sender<StopRequest>);

/// Makes a connected pair of trigger and interrupt.
#[must_use]
pub fn interrupt_pair() -> (Trigger, Interrupt) {
    let (sender, receiver) = watch::channel(StopRequest::default());
    (Trigger(sender), Interrupt(receiver))
}

impl Trigger {
    /// Raises the urgency by one level.
    pub fn raise_urgency(&self) {
        self.0.send_modify(|request| {
            request.since.get_or_insert_with(Instant::now);
            request.urgency = match request.urgency {
                Urgency::None => Urgency::Finish,
                Urgency::Finish | Urgency::Now => Urgency::Now,
            };
        });
    }

    /// Returns the urgency that was requested.
    #[must_use]
    pub fn urgency(&self) -> Urgency {
        self.0.borrow().urgency
    }

    /// Resets the urgency, as if no stop had been requested.
    pub fn reset(&self) {
        self.0.send_replace(StopRequest::default());
    }
}

impl Interrupt {
    /// Returns whether a stop was requested.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.borrow().urgency > Urgency::None
    }

    /// Returns once the urgency is at least `level`; never, if nobody is left to raise it.
    pub async fn wait_for_urgency(&self, level: Urgency) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|request| request.urgency >= level).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns once waits are to end: at the second signal, or 20 s after the first.
    pub async fn wait_until_over(&self) {
        self.wait_for_urgency(Urgency::Finish).await;
        let end = self.0.borrow().since.unwrap_or_else(Instant::now) + GRACE;
        tokio::select! {
            () = tokio::time::sleep_until(end) => {}
            () = self.wait_for_urgency(Urgency::Now) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_go_on_for_a_grace_after_the_first_signal_and_end_at_the_second() {
        let (trigger, interrupt) = interrupt_pair();
        let began = Instant::now();
        trigger.raise_urgency();
        interrupt.wait_until_over().await;
        assert_eq!(began.elapsed().as_secs(), GRACE.as_secs());
        trigger.raise_urgency();
        interrupt.wait_until_over().await;
        assert_eq!(began.elapsed().as_secs(), GRACE.as_secs(), "at once");
    }
}
