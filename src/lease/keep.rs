//! Keeping a lease alive, noticing its loss, and giving it back.
use std::{
    fmt,
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, timeout, timeout_at};

use super::{Held, Record, Store, Swap, pause, store::surely, take::State};
use crate::{aws, time::timestamp};

/// Why a lease is no longer held.
#[derive(Clone, Debug, PartialEq)]
pub enum Lost {
    /// Somebody else has it, or has removed it.
    Taken(Option<Box<Record>>),
    /// It could not be renewed in time; the reason last given, if any was.
    Silent(Option<aws::Error>),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lease of the stack was lost: ")?;
        match self {
            Self::Taken(Some(record)) => match &record.holder {
                Some(holder) => write!(f, "{holder} has held it since {}", timestamp(record.since)),
                None => f.write_str("another run has taken it meanwhile"),
            },
            Self::Taken(None) => f.write_str("its record was removed"),
            Self::Silent(Some(error)) => write!(f, "it could not be renewed in time: {error}"),
            Self::Silent(None) => f.write_str("it could not be renewed in time: no answer came"),
        }
    }
}

/// How giving a lease back ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Release {
    /// The next run can have it at once.
    Free,
    /// It was not ours any more.
    Gone,
    /// It stays until it runs out, for this reason.
    Stays(String),
}

/// One attempt to renew.
enum Beat {
    Done,
    /// It is still ours, in a state that an earlier attempt has left.
    Behind,
    Failed(aws::Error),
    Lost(Lost),
}

/// Longest time for one renewal; the next one comes anyway.
const ATTEMPT: Duration = Duration::from_secs(10);

impl<S: Store> Held<'_, S> {
    /// Renews the lease again and again; returns only when it is lost.
    pub async fn keep(&self) -> Lost {
        let mut reason = None;
        loop {
            let end = self.state.borrow().sent + self.lease.terms.give_up;
            let beat = async {
                pause(self.lease.terms.beat).await;
                timeout(ATTEMPT, self.beat()).await
            };
            match timeout_at(end, beat).await {
                Err(_) => return Lost::Silent(reason),
                Ok(Ok(Beat::Lost(lost))) => return lost,
                Ok(Ok(Beat::Failed(error))) => {
                    tracing::debug!(%error, "lease not renewed");
                    reason = Some(error);
                }
                Ok(Ok(Beat::Done | Beat::Behind) | Err(_)) => {}
            }
        }
    }

    async fn beat(&self) -> Beat {
        let before = self.state.borrow().record.clone();
        let next = before.renew(SystemTime::now());
        let sent = Instant::now();
        match self.lease.store.swap(Some(&before), &next).await {
            Ok(swap) => self.settle(swap, next, sent),
            Err(error) => Beat::Failed(error),
        }
    }

    fn settle(&self, swap: Swap, next: Record, sent: Instant) -> Beat {
        match swap {
            Swap::Done => {
                *self.state.borrow_mut() = State { record: next, sent };
                Beat::Done
            }
            // A renewal whose answer was lost. Of its age nothing is known, so `sent` stays.
            Swap::Other(Some(found)) if found.grant == next.grant && found.holder.is_some() => {
                self.state.borrow_mut().record = found;
                Beat::Behind
            }
            Swap::Other(found) => Beat::Lost(Lost::Taken(found.map(Box::new))),
        }
    }

    /// Gives the lease back, for at most `patience`.
    pub async fn release(&self, patience: Duration) -> Release {
        match timeout(patience, self.free()).await {
            Ok(release) => release,
            Err(_) => Release::Stays("no answer came".into()),
        }
    }

    async fn free(&self) -> Release {
        loop {
            let before = self.state.borrow().record.clone();
            let next = before.free(SystemTime::now());
            match surely(&self.lease.store, Some(&before), &next).await {
                Ok(Swap::Done) => return Release::Free,
                Ok(Swap::Other(Some(found))) if found.grant == before.grant && found.holder.is_some() => {
                    self.state.borrow_mut().record = found;
                }
                Ok(Swap::Other(_)) => return Release::Gone,
                Err(error) => return Release::Stays(error.to_string()),
            }
        }
    }
}
