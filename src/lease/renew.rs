//! Renews a lease, notices its loss, and releases it.
use std::{
    fmt,
    time::{Duration, SystemTime},
};

use tokio::time::{timeout, timeout_at};

use super::{
    HeldLease, LeaseStore, Record, SwapOutcome, acquire::HeldState, pause, store::swap_with_recovery,
};
use crate::{
    aws::{self, Moment},
    time::timestamp,
};

/// Reason why a lease is no longer held.
#[derive(Clone, Debug, PartialEq)]
pub enum LeaseLoss {
    /// Another run holds it, or its record was removed.
    Taken(Option<Box<Record>>),
    /// It could not be renewed in time; the last error, if there was any.
    Silent(Option<aws::Error>),
}

impl fmt::Display for LeaseLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lease of the stack was lost: ")?;
        match self {
            Self::Taken(Some(record)) => match &record.holder {
                Some(holder) => write!(f, "{holder} has held it since {}", timestamp(record.since)),
                None => f.write_str("another run has taken it meanwhile"),
            },
            Self::Taken(None) => f.write_str("its record was removed"),
            Self::Silent(Some(error)) => write!(f, "it could not be renewed in time: {error}"),
            Self::Silent(None) => {
                f.write_str("it could not be renewed in time: no answer came, or this machine was asleep")
            }
        }
    }
}

/// Outcome of releasing a lease.
#[derive(Clone, Debug, PartialEq)]
pub enum ReleaseOutcome {
    /// The lease is free: the next run can acquire it at once.
    Free,
    /// The lease was not held any more.
    Gone,
    /// The lease stays until it expires, for this reason.
    Stays(String),
}

/// Outcome of one attempt to renew.
enum Heartbeat {
    Done,
    /// The lease is still held, in a state that an earlier attempt has left.
    Behind,
    Failed(aws::Error),
    Lost(LeaseLoss),
}

/// Longest time for one renewal; the next one comes anyway.
const ATTEMPT: Duration = Duration::from_secs(10);

impl<S: LeaseStore> HeldLease<'_, S> {
    /// Renews the lease again and again; returns only when it is lost, and covers no write from then on.
    pub async fn renew_until_lost(&self) -> LeaseLoss {
        let loss = self.renew_while_held().await;
        self.lease.writes.end();
        loss
    }

    async fn renew_while_held(&self) -> LeaseLoss {
        let mut reason = None;
        loop {
            let end = self.state.borrow().sent.instant_after(self.lease.terms.renewal_deadline);
            let beat = async {
                pause(self.lease.terms.heartbeat_interval).await;
                timeout(ATTEMPT, self.renew_once()).await
            };
            match timeout_at(end, beat).await {
                Err(_) => return LeaseLoss::Silent(reason),
                Ok(Ok(Heartbeat::Lost(lost))) => return lost,
                Ok(Ok(Heartbeat::Failed(error))) => {
                    tracing::debug!(%error, "lease not renewed");
                    reason = Some(error);
                }
                Ok(Ok(Heartbeat::Done | Heartbeat::Behind) | Err(_)) => {}
            }
        }
    }

    async fn renew_once(&self) -> Heartbeat {
        // By a clock that has counted the sleep of the machine; the lease may be another run's by now.
        if self.lease.writes.has_passed() {
            return Heartbeat::Lost(LeaseLoss::Silent(None));
        }
        let before = self.state.borrow().record.clone();
        let next = before.renew(SystemTime::now());
        let sent = Moment::now();
        match self.lease.store.swap(Some(&before), &next).await {
            Ok(swap) => self.apply_swap(swap, next, sent),
            Err(error) => Heartbeat::Failed(error),
        }
    }

    fn apply_swap(&self, swap: SwapOutcome, next: Record, sent: Moment) -> Heartbeat {
        match swap {
            SwapOutcome::Done => {
                *self.state.borrow_mut() = HeldState { record: next, sent };
                if self.lease.writes.extend(sent, self.lease.terms.renewal_deadline) {
                    Heartbeat::Done
                } else {
                    Heartbeat::Lost(LeaseLoss::Silent(None))
                }
            }
            // A renewal whose answer was lost. Its age is unknown, so `sent` stays.
            SwapOutcome::Other(Some(found)) if found.grant == next.grant && found.holder.is_some() => {
                self.state.borrow_mut().record = found;
                Heartbeat::Behind
            }
            SwapOutcome::Other(found) => Heartbeat::Lost(LeaseLoss::Taken(found.map(Box::new))),
        }
    }

    /// Releases the lease, waiting for at most `patience`; it covers no write from then on.
    pub async fn release(&self, patience: Duration) -> ReleaseOutcome {
        self.lease.writes.end();
        match timeout(patience, self.release_record()).await {
            Ok(release) => release,
            Err(_) => ReleaseOutcome::Stays("no answer came".into()),
        }
    }

    async fn release_record(&self) -> ReleaseOutcome {
        loop {
            let before = self.state.borrow().record.clone();
            let next = before.released(SystemTime::now());
            match swap_with_recovery(&self.lease.store, Some(&before), &next).await {
                Ok(SwapOutcome::Done) => return ReleaseOutcome::Free,
                Ok(SwapOutcome::Other(Some(found)))
                    if found.grant == before.grant && found.holder.is_some() =>
                {
                    self.state.borrow_mut().record = found;
                }
                Ok(SwapOutcome::Other(_)) => return ReleaseOutcome::Gone,
                Err(error) => return ReleaseOutcome::Stays(error.to_string()),
            }
        }
    }
}
