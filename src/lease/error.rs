//! Reasons why a lease cannot be acquired.
use std::fmt;

use super::{Record, item::TABLE};
use crate::{
    aws,
    diagnostic::{Category, Diagnostic, ExitCode, Failure},
    time::timestamp,
};

/// Error: the lease cannot be acquired.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// Another run holds the lease and is alive.
    Held(Box<Record>),
    /// Another run worked on the stack after this run had read it.
    ConcurrentRun(Option<Box<Record>>),
    /// The table that keeps the lease failed.
    StoreFailed(aws::Error),
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(record) => {
                let holder = record.holder.as_ref().map(ToString::to_string).unwrap_or_default();
                let (since, until) = (timestamp(record.since), timestamp(record.expires_at()));
                write!(
                    f,
                    "another run holds the lease of the stack: {holder}, since {since}, until {until} unless it renews it; nothing has been changed"
                )
            }
            Self::ConcurrentRun(_) => {
                f.write_str("another run has worked on the stack since it was read; nothing has been changed")
            }
            Self::StoreFailed(error) => write!(f, "the lease of the stack could not be taken: {error}"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = if matches!(error, Error::Held(_)) { ExitCode::LeaseHeld } else { ExitCode::Failed };
        Self::new(code, error.diagnostic())
    }
}

impl Error {
    /// Returns a diagnostic of why there is no lease, and the next step.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let request = match self {
            Self::StoreFailed(error) => error.diagnostic().request,
            Self::Held(_) | Self::ConcurrentRun(_) => None,
        };
        Diagnostic { request, hint: self.hint(), ..Diagnostic::error(Category::Lease, self.to_string()) }
    }

    /// Returns a hint at what the reader can do about the error.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Held(_) => Some(format!(
                "wait until it is done and run the same command again; should it die, its lease runs out by itself within {} seconds",
                super::LONGEST.as_secs()
            )),
            Self::ConcurrentRun(_) => Some("run the same command again for a fresh plan".into()),
            Self::StoreFailed(error) if error.is_denied() => Some(required_permissions()),
            Self::StoreFailed(error) => error.hint(),
        }
    }
}

/// Returns the permissions to grant, in words.
fn required_permissions() -> String {
    format!(
        "grant dynamodb:GetItem and dynamodb:PutItem on the table `{TABLE}`, and where it does not stand yet \
         dynamodb:CreateTable, DescribeTable, TagResource and UpdateTimeToLive as well; or, if nothing else \
         ever applies this stack, go without a lease by `--no-lease` or by `lease: off` in the spec"
    )
}
