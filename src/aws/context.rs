//! The context that a resource's calls to AWS are made in.
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use tokio::time::Instant;

use super::{Aws, Error, Interrupt, Memo, OperationError, Result, WriteDeadline};

/// Longest time that a run waits for an index of a table: one of an empty table takes 8 to 17 minutes, one of a large
/// table hours.
const INDEX_WAIT: Duration = Duration::from_hours(1);

/// Changes made in this run, so that a refusal caused by slow propagation can be told from a permanent one, and how long
/// the run waits.
#[derive(Debug, Default)]
pub struct RunState {
    index_wait: Option<Duration>,
    modified: Mutex<HashSet<String>>,
    written: AtomicBool,
    visible_at: Mutex<Option<Instant>>,
    warnings: Mutex<BTreeSet<String>>,
    authorized_at: Mutex<HashMap<String, Instant>>,
    /// Deadline of the writes, which the holder of a lease moves on.
    pub write_deadline: WriteDeadline,
}

impl RunState {
    /// Returns the state of a run that waits so long for an index to be built or removed, or as long as by default.
    #[must_use]
    pub fn waiting_for_indexes(index_wait: Option<Duration>) -> Self {
        Self { index_wait, ..Self::default() }
    }

    /// Returns the longest time to wait for an index to be built or removed.
    #[must_use]
    pub fn index_wait(&self) -> Duration {
        self.index_wait.unwrap_or(INDEX_WAIT)
    }

    /// Returns whether any call that changes something took effect, or may have.
    #[must_use]
    pub fn has_written(&self) -> bool {
        self.written.load(Ordering::Relaxed)
    }

    /// Records that readers may not see a change made just now for another `lag`.
    pub fn note_propagation_delay(&self, lag: Duration) {
        let mut shown = self.visible_at.lock().unwrap_or_else(PoisonError::into_inner);
        *shown = (*shown).max(Some(Instant::now() + lag));
    }

    /// Returns the time until readers see every change of this run.
    #[must_use]
    pub fn remaining_propagation_delay(&self) -> Duration {
        let shown = *self.visible_at.lock().unwrap_or_else(PoisonError::into_inner);
        shown.map(|shown| shown.saturating_duration_since(Instant::now())).unwrap_or_default()
    }

    /// Records a warning that is about no resource of the spec.
    pub fn warn(&self, text: impl Into<String>) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).insert(text.into());
    }

    /// Returns the warnings so far, and forgets them.
    pub fn take_warnings(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Records that authorization may not count the tags and aliases of `key`, an ARN or alias, for another `lag`.
    pub fn note_authorization_lag(&self, key: impl Into<String>, lag: Duration) {
        let mut all = self.authorized_at.lock().unwrap_or_else(PoisonError::into_inner);
        let end = Instant::now() + lag;
        let known = all.entry(key.into()).or_insert(end);
        *known = end.max(*known);
    }

    /// Returns the time until authorization counts the tags and aliases of `key`; `None` if nothing was noted of it.
    #[must_use]
    pub fn remaining_authorization_lag(&self, key: &str) -> Option<Duration> {
        let all = self.authorized_at.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key).map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// Records that `thing`, an ARN or name, was made or changed just now.
    pub fn mark_modified(&self, thing: impl Into<String>) {
        self.modified.lock().unwrap_or_else(PoisonError::into_inner).insert(thing.into());
    }

    /// Returns whether `thing` was made or changed in this run.
    #[must_use]
    pub fn was_modified(&self, thing: &str) -> bool {
        self.modified.lock().unwrap_or_else(PoisonError::into_inner).contains(thing)
    }
}

/// The clients, and everything that must be the same for every call of one resource's work.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// The clients.
    pub aws: &'a Aws,
    /// Reads that several resources share; empty again for every plan.
    pub memo: &'a Memo,
    /// Changes made in this run.
    pub run: &'a RunState,
    /// Signal to interrupt the run.
    pub interrupt: &'a Interrupt,
    /// Name of the stack: the owner that tags name.
    pub stack: &'a str,
    /// Path that the roles of all stacks stand below.
    pub role_home: &'a str,
    /// Reports to the observer what is being waited for.
    pub on_wait: &'a (dyn Fn(&str) + Sync),
}

impl Cx<'_> {
    /// Sends a call that changes nothing.
    pub async fn read<T, E>(
        &self,
        call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T>
    where
        E: OperationError,
    {
        tracing::debug!(operation = E::OPERATION.name(), "read");
        call.await.map_err(|error| Error::from_sdk(&error))
    }

    /// Sends a call that changes nothing at the pace that Lambda's control plane bears, for those that are made for each
    /// function.
    ///
    /// # Errors
    /// Any error of the call; [`Error::Interrupted`].
    pub async fn paced_read<T, E>(
        &self,
        call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T>
    where
        E: OperationError,
    {
        let turn = self.aws.read_pace.take_turn();
        if !turn.is_zero() {
            self.sleep_or_interrupt("its turn to read", turn).await?;
        }
        self.read(call).await
    }

    /// Sends a call that changes something, at the pace its service bears.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] once the lease of the run covers no write any more: nothing is sent then, and what is under
    /// way is broken off, with all its further attempts.
    pub async fn write<T, E>(
        &self,
        call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T>
    where
        E: OperationError,
    {
        let _permit = self.aws.write_concurrency.acquire_permit(E::OPERATION.service()).await;
        let deadline = &self.run.write_deadline;
        if deadline.has_passed() {
            return Err(Error::LeaseLost { operation: E::OPERATION.name(), sent: false });
        }
        tracing::debug!(operation = E::OPERATION.name(), "write");
        let result = tokio::select! {
            biased;
            () = deadline.passed() => Err(Error::LeaseLost { operation: E::OPERATION.name(), sent: true }),
            result = call => result.map_err(|error| Error::from_sdk(&error)),
        };
        if result.as_ref().map_or_else(Error::may_have_taken_effect, |_| true) {
            self.run.written.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Cx<'_> {
    /// Runs `work` with an empty memo of earlier reads.
    pub async fn uncached<T>(&self, work: impl for<'b> AsyncFnOnce(&Cx<'b>) -> T) -> T {
        let memo = Memo::default();
        work(&Cx { memo: &memo, ..*self }).await
    }
}

/// Turns a "not found" error into `None`; every other failure stays an error.
pub trait NotFoundExt<T> {
    /// Returns `None` for what AWS does not find.
    fn not_found_to_none(self) -> Result<Option<T>>;
    /// Returns `None` also for "access denied", for what has just been removed: being denied then means that it is
    /// gone, for with it went the tag or the path by which the caller was allowed to read it. To be used on nothing
    /// else.
    fn gone_or_denied_to_none(self) -> Result<Option<T>>;
}

impl<T> NotFoundExt<T> for Result<T> {
    fn not_found_to_none(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn gone_or_denied_to_none(self) -> Result<Option<T>> {
        match self {
            Err(error) if error.is_denied() => Ok(None),
            other => other.not_found_to_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_kms::operation::create_key::CreateKeyError;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;
    use crate::aws::{Moment, interrupt_pair};

    type Sdk = SdkError<CreateKeyError, HttpResponse>;

    fn refused(code: &str) -> Result<u8> {
        let (code, message) = (code.to_owned(), String::new());
        Err(Error::Service { operation: "toy:Get", code, message, request_id: None, status: 400 })
    }

    #[test]
    fn only_what_is_not_found_is_absent() {
        assert_eq!((Ok(1).not_found_to_none(), Ok(1).gone_or_denied_to_none()), (Ok(Some(1)), Ok(Some(1))));
        let missing = "ResourceNotFoundException";
        assert_eq!(
            (refused(missing).not_found_to_none(), refused(missing).gone_or_denied_to_none()),
            (Ok(None), Ok(None))
        );
        assert_eq!(refused("AccessDenied").gone_or_denied_to_none(), Ok(None));
        assert!(refused("AccessDenied").not_found_to_none().is_err());
        assert!(
            refused("Throttling").not_found_to_none().is_err()
                && refused("Throttling").gone_or_denied_to_none().is_err()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn readers_lag_behind_the_slowest_change() {
        let run = RunState::default();
        assert_eq!(run.remaining_propagation_delay(), Duration::ZERO);
        run.note_propagation_delay(Duration::from_secs(9));
        run.note_propagation_delay(Duration::from_secs(2));
        assert_eq!(run.remaining_propagation_delay(), Duration::from_secs(9));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(run.remaining_propagation_delay(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn no_write_is_sent_after_the_deadline_and_one_that_is_under_way_is_broken_off() {
        let aws = Aws::new(aws_config::SdkConfig::builder().build(), "us-east-1".into(), "1".into());
        let (_trigger, interrupt) = interrupt_pair();
        let (run, memo) = (RunState::default(), Memo::default());
        let cx = Cx {
            aws: &aws,
            memo: &memo,
            run: &run,
            interrupt: &interrupt,
            stack: "toys",
            role_home: "/",
            on_wait: &|_| {},
        };
        let lasts = Duration::from_secs(45);
        run.write_deadline.start(Moment::now(), lasts);
        assert_eq!(cx.write(async { Ok::<_, Sdk>(1) }).await, Ok(1));
        let began = Instant::now();
        let hanging = cx.write(std::future::pending::<std::result::Result<u8, Sdk>>()).await;
        let lost = |sent| Err(Error::LeaseLost { operation: "kms:CreateKey", sent });
        assert_eq!(hanging, lost(true));
        assert!(began.elapsed() <= lasts + Duration::from_secs(1), "{:?}", began.elapsed());
        let sent = AtomicBool::new(false);
        let late = cx.write(async {
            sent.store(true, Ordering::Relaxed);
            Ok::<_, Sdk>(1)
        });
        assert_eq!(late.await, lost(false));
        assert!(!sent.load(Ordering::Relaxed) && run.has_written());
    }

    #[tokio::test]
    async fn a_run_knows_what_it_touched_and_whether_anything_may_have_taken_effect() {
        let aws = Aws::new(aws_config::SdkConfig::builder().build(), "us-east-1".into(), "1".into());
        let (_trigger, interrupt) = interrupt_pair();
        let written = async |answer: std::result::Result<(), Sdk>| {
            let (run, memo) = (RunState::default(), Memo::default());
            let cx = Cx {
                aws: &aws,
                memo: &memo,
                run: &run,
                interrupt: &interrupt,
                stack: "toys",
                role_home: "/",
                on_wait: &|_| {},
            };
            let _ = cx.write(async { answer }).await;
            run.has_written()
        };
        assert!(written(Ok(())).await);
        assert!(written(Err(Sdk::dispatch_failure(ConnectorError::io("reset".into())))).await);
        assert!(!written(Err(Sdk::construction_failure("no name"))).await);
        let run = RunState::default();
        run.mark_modified("a role");
        assert!(run.was_modified("a role") && !run.was_modified("another"));
    }
}
