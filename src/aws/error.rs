//! What goes wrong at the edge to AWS, as one type with AWS's own words and request id.
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use std::time::Duration;

/// Shorthand.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure at the edge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The service answered no.
    #[error("{operation} was refused: {code}: {message}{}", suffix(.request_id.as_ref()))]
    Service {
        /// Operation, such as `dynamodb:CreateTable`.
        operation: &'static str,
        /// The service's error code.
        code: String,
        /// The service's words.
        message: String,
        /// AWS's id of the request, for its support.
        request_id: Option<String>,
        /// HTTP status.
        status: u16,
    },
    /// The request may or may not have reached the service: no whole answer came.
    #[error("{operation} got no answer: {message}")]
    NoAnswer {
        /// Operation.
        operation: &'static str,
        /// What the transport said.
        message: String,
    },
    /// The request was never sent.
    #[error("{operation} could not be sent: {message}")]
    NotSent {
        /// Operation.
        operation: &'static str,
        /// Why.
        message: String,
    },
    /// There are no usable credentials.
    #[error("no usable AWS credentials: {0}")]
    Credentials(String),
    /// Nothing says which region to work in.
    #[error("no region is set")]
    NoRegion,
    /// A value was needed before the resource that makes it exists.
    #[error("`{0}` is not known yet")]
    Pending(String),
    /// What stands is not what was planned for.
    #[error("it has changed since it was read: {0}")]
    Moved(String),
    /// A wait was given up because the run was interrupted.
    #[error("interrupted while waiting for {0}")]
    Interrupted(String),
    /// A wait used up its budget.
    #[error("waited {}s for {what}, in vain{}", .budget.as_secs(), seen(.last.as_ref()))]
    TimedOut {
        /// What was waited for.
        what: String,
        /// The whole budget.
        budget: Duration,
        /// What was last seen.
        last: Option<String>,
    },
    /// AWS reports that the resource itself failed or is in a state that only a person can mend.
    #[error("{0}")]
    Broken(String),
}

fn suffix(id: Option<&String>) -> String {
    id.map(|id| format!(" (request id {id})")).unwrap_or_default()
}

fn seen(last: Option<&String>) -> String {
    last.map(|last| format!("; last: {last}")).unwrap_or_default()
}

impl Error {
    /// Reads an SDK error.
    pub fn from_sdk<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if let Some(words) = credentials(error) {
            return Self::Credentials(words);
        }
        match error {
            SdkError::ServiceError(inner) => Self::Service {
                operation,
                code: inner.err().code().unwrap_or("Unknown").to_owned(),
                message: inner.err().message().unwrap_or("(no message)").to_owned(),
                request_id: error.request_id().map(str::to_owned),
                status: inner.raw().status().as_u16(),
            },
            SdkError::ConstructionFailure(_) => Self::NotSent { operation, message: causes(error) },
            SdkError::DispatchFailure(failure) if failure.is_user() => {
                Self::NotSent { operation, message: causes(error) }
            }
            _ => Self::NoAnswer { operation, message: causes(error) },
        }
    }

    /// The service's code, if a service answered.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Service { code, .. } => code,
            _ => "",
        }
    }

    /// Whether the service answered `code` and said `text`.
    #[must_use]
    pub fn says(&self, wanted: &str, text: &str) -> bool {
        matches!(self, Self::Service { code, message, .. } if code == wanted && message.contains(text))
    }

    /// Whether the named thing is not there, in any service's words.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(
            self.code(),
            "ResourceNotFoundException"
                | "NotFoundException"
                | "NoSuchEntity"
                | "NoSuchEntityException"
                | "TableNotFoundException"
        )
    }

    /// Whether the caller may not do it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(
            self.code(),
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "ForbiddenException"
        )
    }

    /// Whether the credentials have run out or are not valid.
    #[must_use]
    pub fn is_credentials(&self) -> bool {
        matches!(self, Self::Credentials(_))
            || matches!(
                self.code(),
                "ExpiredToken"
                    | "ExpiredTokenException"
                    | "UnrecognizedClientException"
                    | "InvalidClientTokenId"
                    | "SignatureDoesNotMatch"
                    | "InvalidSignatureException"
            )
    }

    /// Whether the service asked for a slower pace, which proves that nothing was done.
    ///
    /// `LimitExceededException` is not here: most of its texts are quotas.
    #[must_use]
    pub fn is_throttle(&self) -> bool {
        matches!(
            self.code(),
            "Throttling"
                | "ThrottlingException"
                | "ThrottledException"
                | "RequestThrottledException"
                | "RequestThrottled"
                | "TooManyRequestsException"
                | "RequestLimitExceeded"
                | "SlowDown"
        )
    }

    /// Whether the request may have taken effect although no good answer came.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::NoAnswer { .. })
            || matches!(self, Self::Service { status, .. } if *status >= 500)
    }

    /// Whether the run was stopped rather than the work failing.
    #[must_use]
    pub fn is_interrupt(&self) -> bool {
        matches!(self, Self::Interrupted(_))
    }
}

/// The words of a credentials failure, wherever in the chain it hides.
fn credentials(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.is::<aws_credential_types::provider::error::CredentialsError>() {
            // The SDK goes on to list the places where it looked, one a line.
            let words = causes(cause);
            let line = words.lines().next().unwrap_or_default();
            return Some(line.trim_end_matches("Attempted:").trim_end_matches(['.', ' ']).to_owned());
        }
        next = cause.source();
    }
    None
}

/// The chain of causes on one line, without the debug dump that the SDK appends.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if words.last() != Some(&text) {
            words.push(text);
        }
        next = cause.source();
    }
    words.join(": ")
}
