//! Creates that AWS cannot recognise as repeated: sent once, recovered by look-up.
use std::time::Duration;

use super::{Cx, Error, Result, RetryDecision};

/// Longest time a throttled create is tried again; a throttle proves that nothing was made.
const THROTTLED: Duration = Duration::from_mins(2);
/// Longest time a lost create is looked for; new objects can stay unseen for seconds.
const LOOK: Duration = Duration::from_secs(20);

/// Runs `create`, which must send exactly one request; when its answer is lost, finds what it made.
///
/// # Errors
/// The create's own error if it was refused, or if it was lost and nothing is found: then nothing is
/// sent again, and the next run looks once more before it creates.
pub async fn create_once<T>(
    cx: &Cx<'_>,
    what: &str,
    create: impl AsyncFn() -> Result<T>,
    find: impl AsyncFn() -> Result<Option<T>>,
) -> Result<T> {
    let slower = |error: &Error| {
        if error.is_throttle() { RetryDecision::After(Duration::from_secs(2)) } else { RetryDecision::GiveUp }
    };
    let error = match cx.retry_until_ok(&format!("room to create {what}"), THROTTLED, slower, create).await {
        Err(error) if error.is_ambiguous() => error,
        settled => return settled,
    };
    let looking = format!("{what}, whose creation got no answer");
    match cx.poll_until(&looking, LOOK, Duration::from_secs(2), find).await {
        Err(Error::TimedOut { .. }) => Err(error),
        found => found,
    }
}
