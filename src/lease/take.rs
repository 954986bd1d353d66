//! Taking the lease.
use std::{cell::RefCell, time::SystemTime};

use tokio::time::Instant;

use super::{Error, Lease, Record, Seen, Store, Swap, store::surely};

/// A lease that this run holds, until it is released or lost.
pub struct Held<'a, S> {
    pub(super) lease: &'a Lease<S>,
    pub(super) state: RefCell<State>,
}

/// What the holder knows for sure.
pub(super) struct State {
    /// The last state that it wrote or found as its own.
    pub(super) record: Record,
    /// When the write of that state was sent.
    pub(super) sent: Instant,
}

impl<S: Store> Lease<S> {
    /// Takes the lease, if nobody has had it since `seen`.
    ///
    /// # Errors
    /// [`Error::Held`] if somebody was quicker, [`Error::Moved`] if somebody was and has finished,
    /// [`Error::Store`].
    pub async fn take(&self, seen: &Seen) -> Result<Held<'_, S>, Error> {
        let before = seen.0.as_ref();
        let now = SystemTime::now();
        let mut record = Record::grant(before, self.holder.clone(), self.terms.lasts, now);
        let mut sent = Instant::now();
        match surely(&self.store, before, &record).await? {
            Swap::Done => {}
            Swap::Other(Some(found)) if found.holder.is_some() => return Err(Error::Held(Box::new(found))),
            Swap::Other(found) => return Err(Error::Moved(found.map(Box::new))),
        }
        // Where the table had to be made first, the grant may be old before it is written.
        if sent.elapsed() >= self.terms.beat {
            let fresh = record.renew(SystemTime::now());
            sent = Instant::now();
            if surely(&self.store, Some(&record), &fresh).await? != Swap::Done {
                return Err(Error::Moved(None));
            }
            record = fresh;
        }
        tracing::debug!(token = record.token, grant = record.grant, "lease taken");
        Ok(Held { lease: self, state: RefCell::new(State { record, sent }) })
    }
}

impl<S> Held<'_, S> {
    /// Its fencing token.
    #[must_use]
    pub fn token(&self) -> u64 {
        self.state.borrow().record.token
    }
}
