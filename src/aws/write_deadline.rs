//! The deadline after which a run sends no write, because its lease covers none any more.
use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Poll, ready},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};
use tokio::time::{Instant, interval};

/// Clock that goes on while the machine sleeps: the monotonic one of Linux stands still then (`clock_getres(2)`), that of
/// macOS does not (its `clock_gettime(3)`).
#[cfg(target_os = "linux")]
const SLEEPLESS: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const SLEEPLESS: ClockId = ClockId::Monotonic;

/// Time between two looks at the deadline during a call that takes long.
const LOOK: Duration = Duration::from_secs(1);

/// A moment by two clocks, the runtime's and one that counts the sleep of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    awake: Instant,
    sleepless: Duration,
}

impl Moment {
    /// Returns the present moment.
    #[must_use]
    pub fn now() -> Self {
        Self { awake: Instant::now(), sleepless: read_sleepless_clock() }
    }

    /// Returns the time since then by the clock that has moved more.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.awake.elapsed().max(read_sleepless_clock().saturating_sub(self.sleepless))
    }

    /// Returns the instant of the runtime's clock that comes `time` after the moment, if the machine does not sleep.
    #[must_use]
    pub fn instant_after(&self, time: Duration) -> Instant {
        self.awake + time
    }
}

/// Returns the time since the machine was started.
fn read_sleepless_clock() -> Duration {
    Duration::try_from(clock_gettime(SLEEPLESS)).unwrap_or_default()
}

/// The deadline of the writes of a run; all clones are the same deadline.
///
/// The holder of a lease moves it on with every renewal. Once it has passed it stays passed, even if a late renewal gets
/// through, until another lease is taken.
#[derive(Clone, Debug, Default)]
pub struct WriteDeadline(Arc<Mutex<Cover>>);

/// What covers the writes of a run.
#[derive(Clone, Copy, Debug, Default)]
enum Cover {
    /// The run takes no lease.
    #[default]
    Unlimited,
    /// A lease, renewed at a moment, for so long.
    Lease { renewed: Moment, lasts: Duration },
    /// A lease that was lost or given back.
    Ended,
}

impl WriteDeadline {
    /// Starts to cover writes by a lease that was taken at a moment.
    pub fn start(&self, taken: Moment, lasts: Duration) {
        self.change(|cover| *cover = Cover::Lease { renewed: taken, lasts });
    }

    /// Moves the deadline on for a lease that was renewed at a moment; returns false if it had passed before.
    #[must_use]
    pub fn extend(&self, renewed: Moment, lasts: Duration) -> bool {
        let passed = self.has_passed();
        if !passed {
            self.start(renewed, lasts);
        }
        !passed
    }

    /// Ends the cover at once.
    pub fn end(&self) {
        self.change(|cover| *cover = Cover::Ended);
    }

    /// Returns whether the deadline has passed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.change(|cover| {
            if matches!(cover, Cover::Lease { renewed, lasts } if renewed.elapsed() > *lasts) {
                *cover = Cover::Ended;
            }
            matches!(cover, Cover::Ended)
        })
    }

    /// Returns once the deadline has passed.
    ///
    /// It is looked at whenever the future is polled, so what is polled after it in a `select!` sends nothing late: not
    /// even the next attempt of a call that was under way when the machine fell asleep.
    pub(super) async fn passed(&self) {
        let mut look = interval(LOOK);
        std::future::poll_fn(|context| {
            loop {
                if self.has_passed() {
                    return Poll::Ready(());
                }
                ready!(look.poll_tick(context));
            }
        })
        .await;
    }

    fn change<T>(&self, edit: impl FnOnce(&mut Cover) -> T) -> T {
        edit(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LASTS: Duration = Duration::from_secs(45);

    #[tokio::test(start_paused = true)]
    async fn a_deadline_passes_unless_it_is_moved_on_and_stays_passed() {
        let deadline = WriteDeadline::default();
        tokio::time::advance(LASTS * 9).await;
        assert!(!deadline.has_passed(), "without a lease there is none");
        deadline.start(Moment::now(), LASTS);
        tokio::time::advance(LASTS / 2).await;
        assert!(deadline.extend(Moment::now(), LASTS));
        tokio::time::advance(LASTS / 2).await;
        assert!(!deadline.has_passed());
        let began = Instant::now();
        deadline.passed().await;
        assert!(began.elapsed() <= LASTS / 2 + LOOK, "{:?}", began.elapsed());
        assert!(!deadline.extend(Moment::now(), LASTS) && deadline.clone().has_passed());
        deadline.start(Moment::now(), LASTS);
        assert!(!deadline.has_passed(), "another lease was taken");
        deadline.end();
        assert!(deadline.has_passed());
    }

    #[tokio::test(start_paused = true)]
    async fn the_sleep_of_the_machine_counts() {
        let now = Moment::now();
        let before_sleep = Moment { sleepless: now.sleepless.saturating_sub(LASTS), ..now };
        assert!(before_sleep.elapsed() >= LASTS.min(now.sleepless));
        let deadline = WriteDeadline::default();
        deadline.start(before_sleep, LASTS.min(now.sleepless) / 2);
        assert!(deadline.has_passed());
    }
}
