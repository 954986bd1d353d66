//! The lease: two runs that change one stack never do so at once.
//!
//! There is one record for each stack, in a small table that all stacks of an account and region share, changed by
//! conditional writes alone. Its holder renews it every [`LeaseTiming::heartbeat_interval`]; a run that finds it
//! held watches it, and refuses as soon as it sees a renewal. Only a record that has not changed for the whole of
//! [`Record::ttl`] counts as a dead holder's and may be taken over.
//!
//! **Clocks.** No run compares a time of another machine with its own: the watcher measures with its own monotonic
//! clock how long the record stays the same, and the holder measures with its own how long ago its last renewal was
//! sent, and gives up well before a watcher may take over. The times in the record are for people and for the
//! table's expiry. The technique is that of AWS's lock client ("Building Distributed Locks with the `DynamoDB` Lock
//! Client", AWS Database Blog).
//!
//! **Lost answers.** Every grant carries a random id, so that a refused write which finds its own content in the
//! table has been done already.
//!
//! **Writes.** A holder sends no write later than [`LeaseTiming::renewal_deadline`] after its last renewal was sent: it
//! moves a [`WriteDeadline`] on, which every write asks, and which also counts the time that the machine was asleep. A call
//! that is under way by then is broken off. So whoever takes the lease over after [`LeaseTiming::ttl`] works alone.
//!
//! **Limits.** The calls of AWS's control planes take no fencing token: what was sent in time may still take effect
//! later. The token orders the holders for people and logs, and never falls.
mod acquire;
mod dynamo;
mod error;
mod holder;
mod item;
mod record;
mod renew;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod wait_until_free;

pub use acquire::HeldLease;
pub use dynamo::DynamoStore;
pub use error::Error;
pub use holder::LeaseHolder;
pub use item::TABLE;
pub use record::Record;
pub use renew::{LeaseLoss, ReleaseOutcome};
pub use store::{LeaseStore, SwapOutcome};
pub use wait_until_free::ObservedRecord;

use std::time::Duration;

use crate::aws::WriteDeadline;

/// Timing of the lease protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTiming {
    /// Time for which an unchanged record counts as that of a living holder.
    pub ttl: Duration,
    /// Time from one renewal to the next.
    pub heartbeat_interval: Duration,
    /// Time after its last renewal at which a holder takes the lease for lost and sends no write any more; shorter than
    /// `ttl`.
    pub renewal_deadline: Duration,
    /// Time between two reads of somebody else's record.
    pub poll_interval: Duration,
}

impl Default for LeaseTiming {
    /// Returns a `ttl` of a minute, of which a holder trusts three quarters; a living holder is known within seconds.
    fn default() -> Self {
        Self {
            ttl: Duration::from_mins(1),
            heartbeat_interval: Duration::from_secs(5),
            renewal_deadline: Duration::from_secs(45),
            poll_interval: Duration::from_secs(1),
        }
    }
}

/// Longest time that any record holds other runs up, whatever it says.
pub const LONGEST: Duration = Duration::from_mins(2);

/// The lease of one stack, as one run sees it.
pub struct Lease<S> {
    store: S,
    terms: LeaseTiming,
    holder: LeaseHolder,
    writes: WriteDeadline,
}

impl<S: LeaseStore> Lease<S> {
    /// Returns the lease that `store` keeps, for `holder`; it covers the writes up to the deadline `writes`.
    pub fn new(store: S, terms: LeaseTiming, holder: LeaseHolder, writes: WriteDeadline) -> Self {
        Self { store, terms, holder, writes }
    }
}

/// Sleeps between two reads of a record, or between two renewals.
#[expect(
    clippy::disallowed_methods,
    reason = "the command breaks off what waits for a lease; one that is held is renewed whatever signal comes"
)]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
