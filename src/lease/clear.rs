//! Before the stack is read: waiting until nobody works on it.
use tokio::time::Instant;

use super::{Error, LONGEST, Lease, Record, Store, pause};

/// What stood when nobody held the lease; taking it later asks for exactly that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen(pub(super) Option<Record>);

impl<S: Store> Lease<S> {
    /// Returns once nobody who is alive holds the lease.
    ///
    /// A dead holder's record does not change: it is watched for as long as it lasts. `tell` is called once
    /// with the record if there is one to watch.
    ///
    /// # Errors
    /// [`Error::Held`] once the holder shows that it is alive; [`Error::Store`].
    pub async fn clear(&self, tell: impl Fn(&Record)) -> Result<Seen, Error> {
        let first = self.store.read().await.map_err(Error::Store)?;
        let Some(record) = first.clone().filter(|record| record.holder.is_some()) else {
            return Ok(Seen(first));
        };
        tell(&record);
        let began = Instant::now();
        loop {
            pause(self.terms.look).await;
            // Before the read: what it shows was so at that moment or later.
            let unchanged = began.elapsed();
            match self.store.read().await.map_err(Error::Store)? {
                Some(now) if now.is(&record) => {
                    if unchanged >= record.lasts.min(LONGEST) {
                        return Ok(Seen(Some(now)));
                    }
                }
                Some(now) if now.holder.is_some() => return Err(Error::Held(Box::new(now))),
                free => return Ok(Seen(free)),
            }
        }
    }
}
