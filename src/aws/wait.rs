//! Waits and retries on AWS: every wait has one time budget, says what it waits for and obeys Ctrl-C.
//!
//! Elsewhere nothing sleeps but inside work that its command breaks off, or that must outlast a signal, such as the
//! renewal of a lease; each such place says why.
use std::time::Duration;

use tokio::time::Instant;

use super::{Cx, Error, Result};

/// Decision on an error that came while trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// Give up and report it.
    GiveUp,
    /// Try again after about this long.
    After(Duration),
}

impl Cx<'_> {
    /// Polls until `look` returns something.
    ///
    /// # Errors
    /// Any error of `look`, [`Error::TimedOut`] after `budget`, [`Error::Interrupted`].
    pub async fn poll_until<T>(
        &self,
        what: &str,
        budget: Duration,
        every: Duration,
        look: impl AsyncFn() -> Result<Option<T>>,
    ) -> Result<T> {
        let end = Instant::now() + budget;
        loop {
            if let Some(value) = look().await? {
                return Ok(value);
            }
            if Instant::now() >= end {
                return Err(Error::TimedOut { what: what.to_owned(), budget, last: None });
            }
            (self.on_wait)(what);
            self.sleep_or_interrupt(what, every.min(end - Instant::now())).await?;
        }
    }

    /// Retries until the call succeeds, as long as `verdict` wants another try after an error.
    ///
    /// # Errors
    /// The last error once `verdict` gives up or `budget` is used; [`Error::Interrupted`].
    pub async fn retry_until_ok<T>(
        &self,
        what: &str,
        budget: Duration,
        retry_decision: impl Fn(&Error) -> RetryDecision,
        attempt: impl AsyncFn() -> Result<T>,
    ) -> Result<T> {
        let end = Instant::now() + budget;
        loop {
            let error = match attempt().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let RetryDecision::After(delay) = retry_decision(&error) else { return Err(error) };
            let delay = add_jitter(delay);
            if Instant::now() + delay >= end {
                return Err(error);
            }
            (self.on_wait)(what);
            self.sleep_or_interrupt(what, delay).await?;
        }
    }

    /// Sleeps, unless the run is to end.
    ///
    /// What runs is finished after the first signal, waits included, but only for 20 s: some waits take a quarter of an
    /// hour.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    #[expect(clippy::disallowed_methods, reason = "it obeys Ctrl-C right here")]
    pub async fn sleep_or_interrupt(&self, what: &str, time: Duration) -> Result<()> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = self.interrupt.wait_until_over() => Err(Error::Interrupted(what.to_owned())),
        }
    }
}

/// Returns between three quarters and five quarters of `delay`, so that parallel retries spread out.
fn add_jitter(delay: Duration) -> Duration {
    delay.mul_f64(0.75 + fastrand::f64() / 2.0)
}
