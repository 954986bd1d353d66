//! Concurrent reads, and how their failures are merged into one error.
use std::{future::Future, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};

use crate::{
    aws::Error,
    diagnostic::{Category, Diagnostic, Span},
};

/// Error of a failed read, with the resource that it was about.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct ReadError {
    /// Error that the read failed with.
    pub error: Error,
    /// Address of the resource in the spec; none for a search for orphans.
    pub address: Option<String>,
    /// Span in the spec that asks for the resource.
    pub span: Option<Span>,
    /// Errors of further reads that failed for other reasons.
    pub others: Vec<ReadError>,
}

impl ReadError {
    /// Returns diagnostics for this failed read and all the others.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        std::iter::once(self).chain(&self.others).map(Self::diagnostic).collect()
    }

    fn diagnostic(&self) -> Diagnostic {
        let category = Category::Read;
        if let Some(address) = &self.address {
            let context = format!("reading {address} failed");
            return Diagnostic { category, ..self.error.diagnostic_about(address, self.span, context) };
        }
        let context = Some("looking for what the stack owns failed".to_owned());
        Diagnostic { category, context, ..self.error.diagnostic() }
    }
}

/// Time after a first failure in which further failures are collected to be reported with it.
const GRACE: Duration = Duration::from_secs(2);

/// Awaits all of `reads`, and keeps their order.
///
/// # Errors
/// The first failed read in the spec, with the others that fail at about the same time for other reasons.
pub(super) async fn await_all_reads<T>(
    reads: impl IntoIterator<Item = impl Future<Output = Result<T, ReadError>>>,
) -> Result<Vec<T>, ReadError> {
    let numbered = reads.into_iter().enumerate().map(|(number, read)| async move { (number, read.await) });
    let mut pending: FuturesUnordered<_> = numbered.collect();
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    while let Some((number, read)) = pending.next().await {
        match read {
            Ok(value) => done.push((number, value)),
            Err(read_error) => {
                failed.push(read_error);
                break;
            }
        }
    }
    if !failed.is_empty() {
        let more = async {
            while let Some((_, read)) = pending.next().await {
                failed.extend(read.err());
            }
        };
        let _ = tokio::time::timeout(GRACE, more).await; // those that take longer are not waited for
        if let Some(read_error) = merge_failures(failed) {
            return Err(read_error);
        }
    }
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, value)| value).collect())
}

/// Merges failures into one, in the order of the spec and each reason once: expired credentials are one failure,
/// however many reads met it.
fn merge_failures(mut failed: Vec<ReadError>) -> Option<ReadError> {
    failed.sort_by_key(|one| (one.span.is_none(), one.span));
    let mut others = failed.into_iter();
    let mut first = others.next()?;
    let mut seen = vec![first.error.clone()];
    for one in others {
        if !seen.iter().any(|known| known.is_same_failure(&one.error)) {
            seen.push(one.error.clone());
            first.others.push(one);
        }
    }
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(start: usize, error: Error) -> ReadError {
        let span = Some(Span { start, end: start + 1 });
        ReadError { error, address: Some(format!("at {start}")), span, others: Vec::new() }
    }

    fn refused(code: &str, request: &str) -> Error {
        let (code, request_id) = (code.to_owned(), Some(request.to_owned()));
        Error::Service { operation: "kms:DescribeKey", code, message: "no".into(), request_id, status: 400 }
    }

    #[expect(clippy::disallowed_methods, reason = "time is virtual here")]
    #[tokio::test(start_paused = true)]
    async fn what_fails_together_is_told_together_in_the_order_of_the_spec() {
        let read = |seconds: u64, result: Result<u8, ReadError>| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            result
        };
        let found = await_all_reads([
            read(2, Err(unread(9, refused("AccessDenied", "1")))),
            read(1, Err(unread(5, refused("Throttling", "2")))),
            read(1, Err(unread(7, refused("Throttling", "3")))),
            read(0, Ok(1)),
            read(60, Err(unread(1, refused("Late", "4")))),
        ]);
        let found = found.await.unwrap_err();
        let spans: Vec<_> = found.diagnostics().into_iter().map(|one| one.about.unwrap()).collect();
        assert_eq!(spans, ["at 5", "at 9"]);
        let fine = await_all_reads([read(2, Ok(1)), read(1, Ok(2))]).await.unwrap();
        assert_eq!(fine, [1, 2]);
    }

    #[test]
    fn credentials_that_ran_out_are_told_once() {
        let found = merge_failures(vec![
            unread(2, refused("ExpiredToken", "1")),
            unread(1, refused("ExpiredTokenException", "2")),
        ]);
        let found = found.unwrap();
        assert_eq!((found.diagnostics().len(), found.address.as_deref()), (1, Some("at 1")));
    }
}
