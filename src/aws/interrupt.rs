//! The wish to stop, as every loop and wait sees it.
use std::time::Duration;

use tokio::{sync::watch, time::Instant};

/// How long waits go on after the first signal, so that what is almost done gets done.
pub(super) const GRACE: Duration = Duration::from_secs(20);

/// How urgently to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Not at all.
    #[default]
    None,
    /// Finish what runs, start nothing new.
    Finish,
    /// At once.
    Now,
}

/// What was asked for, and since when.
#[derive(Clone, Copy, Debug, Default)]
struct Wish {
    urgency: Urgency,
    since: Option<Instant>,
}

/// The receiving end, cheap to clone.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<Wish>);

/// The sending end.
#[derive(Debug)]
pub struct Trigger(watch::Sender<Wish>);

/// Makes a connected pair.
#[must_use]
pub fn interrupt() -> (Trigger, Interrupt) {
    let (sender, receiver) = watch::channel(Wish::default());
    (Trigger(sender), Interrupt(receiver))
}

impl Trigger {
    /// Raises the urgency by one level.
    pub fn raise(&self) {
        self.0.send_modify(|wish| {
            wish.since.get_or_insert_with(Instant::now);
            wish.urgency = match wish.urgency {
                Urgency::None => Urgency::Finish,
                Urgency::Finish | Urgency::Now => Urgency::Now,
            };
        });
    }

    /// Forgets the wish.
    pub fn calm(&self) {
        self.0.send_replace(Wish::default());
    }
}

impl Interrupt {
    /// Whether anyone asked to stop.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.borrow().urgency > Urgency::None
    }

    /// Returns once the urgency is at least `level`; never, if nobody is left to raise it.
    pub async fn reached(&self, level: Urgency) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|wish| wish.urgency >= level).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns once waits are to end: at the second signal, or 20 s after the first.
    pub async fn is_over(&self) {
        self.reached(Urgency::Finish).await;
        let end = self.0.borrow().since.unwrap_or_else(Instant::now) + GRACE;
        tokio::select! {
            () = tokio::time::sleep_until(end) => {}
            () = self.reached(Urgency::Now) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_go_on_for_a_grace_after_the_first_signal_and_end_at_the_second() {
        let (trigger, interrupt) = interrupt();
        let began = Instant::now();
        trigger.raise();
        interrupt.is_over().await;
        assert_eq!(began.elapsed().as_secs(), GRACE.as_secs());
        trigger.raise();
        interrupt.is_over().await;
        assert_eq!(began.elapsed().as_secs(), GRACE.as_secs(), "at once");
    }
}
