//! Acquires the lease.
use std::{cell::RefCell, time::SystemTime};

use super::{Error, Lease, LeaseStore, ObservedRecord, Record, SwapOutcome, store::swap_with_recovery};
use crate::aws::Moment;

/// A lease that this run holds, until it is released or lost.
pub struct HeldLease<'a, S> {
    pub(super) lease: &'a Lease<S>,
    pub(super) state: RefCell<HeldState>,
}

/// State of the lease that its holder knows for sure.
pub(super) struct HeldState {
    /// The last record that the holder wrote or found as its own.
    pub(super) record: Record,
    /// When the write of that record was sent.
    pub(super) sent: Moment,
}

impl<S: LeaseStore> Lease<S> {
    /// Acquires the lease, if nobody has held it since `seen`.
    ///
    /// # Errors
    /// [`Error::Held`] if somebody was quicker, [`Error::ConcurrentRun`] if somebody was and has finished,
    /// [`Error::StoreFailed`].
    pub async fn acquire(&self, seen: &ObservedRecord) -> Result<HeldLease<'_, S>, Error> {
        let before = seen.0.as_ref();
        let now = SystemTime::now();
        let mut record = Record::grant(before, self.holder.clone(), self.terms.ttl, now);
        let mut sent = Moment::now();
        match swap_with_recovery(&self.store, before, &record).await? {
            SwapOutcome::Done => {}
            SwapOutcome::Other(Some(found)) if found.holder.is_some() => {
                return Err(Error::Held(Box::new(found)));
            }
            SwapOutcome::Other(found) => return Err(Error::ConcurrentRun(found.map(Box::new))),
        }
        // If the table had to be made first, the grant may be old before it is written.
        if sent.elapsed() >= self.terms.heartbeat_interval {
            let fresh = record.renew(SystemTime::now());
            sent = Moment::now();
            if swap_with_recovery(&self.store, Some(&record), &fresh).await? != SwapOutcome::Done {
                return Err(Error::ConcurrentRun(None));
            }
            record = fresh;
        }
        tracing::debug!(token = record.token, grant = record.grant, "lease taken");
        self.writes.start(sent, self.terms.renewal_deadline);
        Ok(HeldLease { lease: self, state: RefCell::new(HeldState { record, sent }) })
    }
}

impl<S> HeldLease<'_, S> {
    /// Returns the fencing token of the lease.
    #[must_use]
    pub fn token(&self) -> u64 {
        self.state.borrow().record.token
    }
}
