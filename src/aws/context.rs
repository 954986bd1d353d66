//! What a resource may touch while it works.
use std::{
    collections::HashSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use tokio::time::Instant;

use super::{Aws, Error, Interrupt, Memo, OperationError, Result};

/// What has been changed in this run, so that a refusal caused by slow propagation can be told from a
/// permanent one.
#[derive(Debug, Default)]
pub struct Run {
    touched: Mutex<HashSet<String>>,
    written: AtomicBool,
    shown: Mutex<Option<Instant>>,
}

impl Run {
    /// Whether any call that changes something took effect, or may have.
    #[must_use]
    pub fn has_written(&self) -> bool {
        self.written.load(Ordering::Relaxed)
    }

    /// Remembers that readers may not see a change made just now for another `lag`.
    pub fn lags(&self, lag: Duration) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        *shown = (*shown).max(Some(Instant::now() + lag));
    }

    /// How long it takes from now until readers see every change of this run.
    #[must_use]
    pub fn lag(&self) -> Duration {
        let shown = *self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.map(|shown| shown.saturating_duration_since(Instant::now())).unwrap_or_default()
    }

    /// Remembers that `thing`, an ARN or name, was made or changed just now.
    pub fn touch(&self, thing: impl Into<String>) {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).insert(thing.into());
    }

    /// Whether `thing` was made or changed in this run.
    #[must_use]
    pub fn touched(&self, thing: &str) -> bool {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).contains(thing)
    }
}

/// The clients, and everything that must be the same for every call of one resource's work.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// The clients.
    pub aws: &'a Aws,
    /// Reads that several resources share; empty again for every plan.
    pub memo: &'a Memo,
    /// What this run has changed.
    pub run: &'a Run,
    /// The wish to stop.
    pub interrupt: &'a Interrupt,
    /// Name of the stack: the owner that tags name.
    pub stack: &'a str,
    /// Tells whoever watches what is being waited for.
    pub note: &'a (dyn Fn(&str) + Sync),
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

    /// Sends a call that changes something, at the pace its service bears.
    pub async fn write<T, E>(
        &self,
        call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T>
    where
        E: OperationError,
    {
        let _permit = self.aws.pace.permit(E::OPERATION.service()).await;
        tracing::debug!(operation = E::OPERATION.name(), "write");
        let result = call.await.map_err(|error| Error::from_sdk(&error));
        if result.as_ref().map_or_else(Error::is_ambiguous, |_| true) {
            self.run.written.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Cx<'_> {
    /// Does `work` with nothing remembered of what was read before.
    pub async fn uncached<T>(&self, work: impl for<'b> AsyncFnOnce(&Cx<'b>) -> T) -> T {
        let memo = Memo::default();
        work(&Cx { memo: &memo, ..*self }).await
    }
}

/// Turns "not there" into `None`; every other failure stays one.
pub trait Found<T> {
    /// Returns `None` for what AWS does not find.
    fn found(self) -> Result<Option<T>>;
    /// The same for what has just been removed, where being denied also means that it is gone: with it went
    /// the tag or the path by which the caller was allowed to read it. To be used on nothing else.
    fn left(self) -> Result<Option<T>>;
}

impl<T> Found<T> for Result<T> {
    fn found(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn left(self) -> Result<Option<T>> {
        match self {
            Err(error) if error.is_denied() => Ok(None),
            other => other.found(),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_kms::operation::create_key::CreateKeyError;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;
    use crate::aws::interrupt;

    type Sdk = SdkError<CreateKeyError, HttpResponse>;

    fn refused(code: &str) -> Result<u8> {
        let (code, message) = (code.to_owned(), String::new());
        Err(Error::Service { operation: "toy:Get", code, message, request_id: None, status: 400 })
    }

    #[test]
    fn only_what_is_not_found_is_absent() {
        assert_eq!((Ok(1).found(), Ok(1).left()), (Ok(Some(1)), Ok(Some(1))));
        let missing = "ResourceNotFoundException";
        assert_eq!((refused(missing).found(), refused(missing).left()), (Ok(None), Ok(None)));
        assert_eq!(refused("AccessDenied").left(), Ok(None));
        assert!(refused("AccessDenied").found().is_err());
        assert!(refused("Throttling").found().is_err() && refused("Throttling").left().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn readers_lag_behind_the_slowest_change() {
        let run = Run::default();
        assert_eq!(run.lag(), Duration::ZERO);
        run.lags(Duration::from_secs(9));
        run.lags(Duration::from_secs(2));
        assert_eq!(run.lag(), Duration::from_secs(9));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(run.lag(), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_run_knows_what_it_touched_and_whether_anything_may_have_taken_effect() {
        let aws = Aws::new(aws_config::SdkConfig::builder().build(), "us-east-1".into(), "1".into());
        let (_trigger, interrupt) = interrupt();
        let written = async |answer: std::result::Result<(), Sdk>| {
            let (run, memo) = (Run::default(), Memo::default());
            let cx =
                Cx { aws: &aws, memo: &memo, run: &run, interrupt: &interrupt, stack: "toys", note: &|_| {} };
            let _ = cx.write(async { answer }).await;
            run.has_written()
        };
        assert!(written(Ok(())).await);
        assert!(written(Err(Sdk::dispatch_failure(ConnectorError::io("reset".into())))).await);
        assert!(!written(Err(Sdk::construction_failure("no name"))).await);
        let run = Run::default();
        run.touch("a role");
        assert!(run.touched("a role") && !run.touched("another"));
    }
}
