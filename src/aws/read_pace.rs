//! Paces the reads of a service that takes few a second.
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Time between two calls: Lambda takes 15 a second of its control plane, besides `GetFunction` and `GetPolicy` (Lambda
/// guide, "Lambda quotas").
const EVERY: Duration = Duration::from_millis(70);
/// How far ahead of that pace calls may be: twelve at once.
const AHEAD: Duration = EVERY.saturating_mul(11);

/// The pace of the reads of Lambda's control plane.
#[derive(Debug, Default)]
pub(super) struct ReadPace(Mutex<Option<Instant>>);

impl ReadPace {
    /// Takes the next place in the row, and returns how long it is until then.
    pub(super) fn take_turn(&self) -> Duration {
        let now = Instant::now();
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = next.map_or(now, |next| next.max(now));
        *next = Some(due + EVERY);
        due.duration_since(now).saturating_sub(AHEAD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn some_go_at_once_and_the_rest_at_the_pace() {
        let pace = ReadPace::default();
        let waits: Vec<_> = (0..15).map(|_| pace.take_turn()).collect();
        assert!(waits[..12].iter().all(Duration::is_zero), "{waits:?}");
        assert_eq!(waits[12..], [EVERY, EVERY * 2, EVERY * 3]);
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(pace.take_turn(), Duration::ZERO);
    }
}
