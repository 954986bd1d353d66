//! Waits, before the stack is read, until no other run works on it.
use tokio::time::Instant;

use super::{Error, LONGEST, Lease, LeaseStore, Record, pause};

/// Record that was read when nobody held the lease; acquiring it later requires exactly that record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedRecord(pub(super) Option<Record>);

impl<S: LeaseStore> Lease<S> {
    /// Returns once nobody who is alive holds the lease.
    ///
    /// A dead holder's record does not change: it is watched for as long as it lasts. `tell` is called once
    /// with the record if there is one to watch.
    ///
    /// # Errors
    /// [`Error::Held`] once the holder shows that it is alive; [`Error::StoreFailed`].
    pub async fn wait_until_free(&self, tell: impl Fn(&Record)) -> Result<ObservedRecord, Error> {
        let first = self.store.read().await.map_err(Error::StoreFailed)?;
        let Some(record) = first.clone().filter(|record| record.holder.is_some()) else {
            return Ok(ObservedRecord(first));
        };
        tell(&record);
        let began = Instant::now();
        loop {
            pause(self.terms.poll_interval).await;
            // Measured before the read: what it shows was so at that moment or later.
            let unchanged = began.elapsed();
            match self.store.read().await.map_err(Error::StoreFailed)? {
                Some(now) if now.is_same_state(&record) => {
                    if unchanged >= record.ttl.min(LONGEST) {
                        return Ok(ObservedRecord(Some(now)));
                    }
                }
                Some(now) if now.holder.is_some() => return Err(Error::Held(Box::new(now))),
                free => return Ok(ObservedRecord(free)),
            }
        }
    }
}
