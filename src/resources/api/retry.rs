//! Retries calls on an API while another change to it runs.
use std::{cell::Cell, time::Duration};

use crate::aws::{Cx, Error, Result, RetryDecision};

/// Longest time a temporary refusal is retried.
const BUDGET: Duration = Duration::from_mins(2);
/// The first delay; each next one is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// The longest delay.
const LONGEST: Duration = Duration::from_secs(10);

/// Retries while another change to the API `name` runs.
pub(in crate::resources) async fn retry_while_busy<T>(
    cx: &Cx<'_>,
    name: &str,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<T> {
    let what = format!("another change to `{name}` to finish");
    retry_while(cx, &what, |_| false, attempt).await
}

/// Retries while another change runs, or while `hopeful` accepts the error.
pub(in crate::resources) async fn retry_while<T>(
    cx: &Cx<'_>,
    what: &str,
    hopeful: impl Fn(&Error) -> bool,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<T> {
    let next = Cell::new(FIRST);
    let retry_decision = |error: &Error| {
        if !is_concurrent_modification(error) && !hopeful(error) {
            return RetryDecision::GiveUp;
        }
        let pause = next.get();
        next.set((pause * 2).min(LONGEST));
        RetryDecision::After(pause)
    };
    cx.retry_until_ok(what, BUDGET, retry_decision, attempt).await
}

/// Returns whether the change was refused only because another one runs.
///
/// The text is matched, not the code: the refusal sometimes comes untyped
/// (hashicorp/terraform-provider-aws, issue 18018).
fn is_concurrent_modification(error: &Error) -> bool {
    let text = error.to_string().to_lowercase();
    !error.is_throttle() && (text.contains("concurrent modification") || text.contains("try again later"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, message: &str) -> Error {
        let (code, message) = (code.to_owned(), message.to_owned());
        Error::Service { operation: "apigateway:CreateRoute", code, message, request_id: None, status: 409 }
    }

    #[test]
    fn a_collision_is_known_by_its_words() {
        let words = "Unable to complete operation due to concurrent modification. Please try again later.";
        assert!(is_concurrent_modification(&refused("ConflictException", words)));
        assert!(is_concurrent_modification(&refused("Unknown", words)));
        assert!(is_concurrent_modification(&Error::NoResponse {
            operation: "apigateway:CreateRoute",
            message: words.to_lowercase()
        }));
        assert!(!is_concurrent_modification(&refused(
            "ConflictException",
            "Route with key $default already exists"
        )));
        assert!(!is_concurrent_modification(&refused(
            "TooManyRequestsException",
            "Too Many Requests, try again later"
        )));
    }
}
