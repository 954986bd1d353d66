//! How fast `FilterLogEvents` is called.
use std::time::Duration;

use tokio::time::Instant;

/// Calls a second: the quota is 5 in most regions, for the whole account (CloudWatch Logs endpoints and quotas,
/// "`FilterLogEvents` throttle limit"), so one is left to others.
const RATE: f64 = 4.0;
/// Slowest pace, in calls a second.
const SLOWEST: f64 = 0.25;
/// Calls that may be sent at once after a rest.
const BURST: f64 = 5.0;

/// A token bucket.
pub(super) struct Pace {
    rate: f64,
    tokens: f64,
    at: Instant,
}

impl Default for Pace {
    fn default() -> Self {
        Self { rate: RATE, tokens: BURST, at: Instant::now() }
    }
}

impl Pace {
    /// Takes the next turn, and returns how long to wait for it.
    pub(super) fn reserve(&mut self) -> Duration {
        let now = Instant::now();
        self.tokens = (self.tokens + (now - self.at).as_secs_f64() * self.rate).min(BURST) - 1.0;
        self.at = now;
        Duration::from_secs_f64((-self.tokens / self.rate).max(0.0))
    }

    /// Halves the pace after a refusal.
    pub(super) fn slow_down(&mut self) {
        self.rate = (self.rate / 2.0).max(SLOWEST);
    }

    /// Goes back towards the usual pace after a round without a refusal.
    pub(super) fn recover(&mut self) {
        self.rate = (self.rate * 1.25).min(RATE);
    }

    /// Returns how long so many calls take, one after the other.
    pub(super) fn time_for(&self, calls: usize) -> Duration {
        Duration::from_secs_f64(f64::from(u32::try_from(calls).unwrap_or(u32::MAX)) / self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_free_and_the_rest_waits_its_turn() {
        let mut pace = Pace::default();
        let waits: Vec<_> = (0..7).map(|_| pace.reserve()).collect();
        assert!(waits[..5].iter().all(Duration::is_zero), "{waits:?}");
        assert_eq!(waits[5..], [Duration::from_millis(250), Duration::from_millis(500)]);
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(pace.reserve(), Duration::ZERO);
        assert_eq!(pace.time_for(50), Duration::from_millis(12_500));
        pace.slow_down();
        assert_eq!(pace.time_for(50), Duration::from_secs(25));
        (0..20).for_each(|_| pace.slow_down());
        assert_eq!(pace.time_for(1), Duration::from_secs(4));
        (0..20).for_each(|_| pace.recover());
        assert_eq!(pace.time_for(4), Duration::from_secs(1));
    }
}
