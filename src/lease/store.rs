//! Storage of a lease, as the protocol sees it.
use std::time::Duration;

use super::{Error, Record, pause};
use crate::aws::Result;

/// Outcome of a conditional write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwapOutcome {
    /// The record was written.
    Done,
    /// The record was not written: the store has this one instead.
    Other(Option<Record>),
}

/// Store of one stack's lease record.
#[expect(async_fn_in_trait, reason = "the crate is the only user, and it needs no `Send`")]
pub trait LeaseStore {
    /// Reads the record as the last write left it; `None` if there is none, or no table for it yet.
    async fn read(&self) -> Result<Option<Record>>;
    /// Writes `next` if the record still is `before`, in one step; makes the table if there is none.
    async fn swap(&self, before: Option<&Record>, next: &Record) -> Result<SwapOutcome>;
}

/// Number of times that a write without an answer is sent, on top of the SDK's own attempts; it is conditional, so it
/// is done once at most.
const TRIES: u32 = 2;

/// Swaps the record, and recognises a write of its own whose answer was lost.
pub(super) async fn swap_with_recovery<S: LeaseStore>(
    store: &S,
    before: Option<&Record>,
    next: &Record,
) -> Result<SwapOutcome, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        match store.swap(before, next).await {
            Ok(SwapOutcome::Other(Some(found))) if found.is_same_state(next) => return Ok(SwapOutcome::Done),
            Ok(swap) => return Ok(swap),
            Err(error) if error.is_ambiguous() && tries < TRIES => {
                pause(Duration::from_millis(200)).await;
            }
            Err(error) => return Err(Error::StoreFailed(error)),
        }
    }
}
