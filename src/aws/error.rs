//! Errors of calls to AWS, as one type with AWS's own message and request id.
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse,
    result::{SdkError, ServiceError},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::{Operation, OperationError};
use crate::diagnostic::{Category, Diagnostic, ExitCode, Failure, RefusedRequest, Span};

/// Shorthand for a result with the error type of AWS calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Error of a call to AWS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The service refused the request.
    #[error("{operation} was refused: {code}: {message}{}", request_id_suffix(.request_id.as_ref()))]
    Service {
        /// Operation, such as `dynamodb:CreateTable`.
        operation: &'static str,
        /// The service's error code.
        code: String,
        /// The service's message.
        message: String,
        /// AWS's id of the request, for its support.
        request_id: Option<String>,
        /// HTTP status.
        status: u16,
    },
    /// The request may or may not have reached the service: no whole answer came.
    #[error("{operation} got no answer: {message}")]
    NoResponse {
        /// Operation that was called.
        operation: &'static str,
        /// What the transport said.
        message: String,
    },
    /// The answer does not have the form of an AWS answer.
    #[error("{operation} got an answer that is not AWS's: {what}")]
    InvalidResponse {
        /// Operation that was called.
        operation: &'static str,
        /// Description of the answer.
        what: String,
        /// HTTP status.
        status: u16,
    },
    /// The request was never sent.
    #[error("{operation} could not be sent: {message}")]
    NotSent {
        /// Operation that was called.
        operation: &'static str,
        /// Why it was not sent.
        message: String,
    },
    /// There are no usable credentials.
    #[error("no usable AWS credentials: {0}")]
    Credentials(String),
    /// AWS refuses the credentials that were found.
    #[error("{error}; the credentials are those of {origin}")]
    RefusedCredentials {
        /// Where they come from, such as a profile and its name.
        origin: String,
        /// The remedy, where it is not to sign in again.
        remedy: Option<String>,
        /// The refusal.
        error: Box<Error>,
    },
    /// A profile takes a code of an MFA device, and there is nobody to ask for it.
    #[error(
        "profile `{profile}` takes a code of the MFA device `{serial}`, and there is nobody to ask for it"
    )]
    MfaNeeded {
        /// Profile that is in use.
        profile: String,
        /// Serial number or ARN of the device.
        serial: String,
        /// Role that the code is for.
        role_arn: String,
    },
    /// A profile goes by a session of `aws login`, whose tokens the SDK is built without.
    #[error("profile `{0}` goes by a session of `aws login`, which this program cannot use itself")]
    LoginSession(String),
    /// The environment or a configuration file has a setting that cannot be used.
    #[error("{what}")]
    InvalidSetting {
        /// The setting, and its value.
        what: String,
        /// What it should look like.
        hint: String,
    },
    /// Nothing says which region to work in.
    #[error("no region is set")]
    NoRegion,
    /// A value was needed before the resource that makes it exists.
    #[error("`{0}` is not known yet")]
    UnknownValue(String),
    /// The live resource is not the one that was planned for: it was changed concurrently.
    #[error("it has changed since it was read: {0}")]
    ConcurrentModification(String),
    /// A wait was given up because the run was interrupted.
    #[error("interrupted while waiting for {0}")]
    Interrupted(String),
    /// The lease of the run covers no write any more.
    #[error("{operation} was {}: the lease of the stack is lost", if *.sent { "broken off" } else { "not sent" })]
    LeaseLost {
        /// Operation that was called.
        operation: &'static str,
        /// Whether the request was under way.
        sent: bool,
    },
    /// A wait used up its time budget.
    #[error("waited {}s for {what}, in vain{}", .budget.as_secs(), last_seen_suffix(.last.as_ref()))]
    TimedOut {
        /// What was waited for.
        what: String,
        /// The whole budget.
        budget: Duration,
        /// What was last seen.
        last: Option<String>,
    },
    /// A wait was given up on something that AWS goes on with by itself, however long it takes.
    #[error("{what}; AWS goes on with it by itself, and this run has waited {} minutes", .waited.as_secs() / 60)]
    StillRunning {
        /// What is not done yet.
        what: String,
        /// How long the run has waited.
        waited: Duration,
    },
    /// AWS reports that the resource itself failed or is in a state that only a person can mend.
    #[error("{0}")]
    InvalidState(String),
}

fn request_id_suffix(id: Option<&String>) -> String {
    id.map(|id| format!(" (request id {id})")).unwrap_or_default()
}

fn last_seen_suffix(last: Option<&String>) -> String {
    last.map(|last| format!("; last: {last}")).unwrap_or_default()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code =
            if matches!(error, Error::InvalidSetting { .. }) { ExitCode::Usage } else { ExitCode::Failed };
        Self::new(code, error.diagnostic())
    }
}

impl Error {
    /// Returns a diagnostic of what went wrong and the next step, about no resource in particular.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let refusal = match self {
            Self::RefusedCredentials { error, .. } => error,
            other => other,
        };
        let request = match refusal {
            Self::Service { operation, code, message, request_id, .. } => Some(RefusedRequest {
                operation: (*operation).to_owned(),
                code: code.clone(),
                message: message.clone(),
                request_id: request_id.clone(),
            }),
            _ => None,
        };
        let category = if self.is_credentials() { Category::Credentials } else { Category::Aws };
        Diagnostic { request, hint: self.hint(), ..Diagnostic::error(category, self.to_string()) }
    }

    /// Returns a diagnostic about the resource at `address` that the spec asks for at `span`; `context` says what was
    /// being done to it.
    ///
    /// Failures of credentials, or of getting any answer at all, are no matter of one line of the spec.
    #[must_use]
    pub fn diagnostic_about(&self, address: &str, span: Option<Span>, context: String) -> Diagnostic {
        let span = span.filter(|_| !self.is_credentials());
        Diagnostic { category: Category::Step, context: Some(context), ..self.diagnostic() }
            .about(address, span)
    }

    /// Converts an SDK error.
    pub fn from_sdk<E: OperationError>(error: &SdkError<E, HttpResponse>) -> Self {
        let operation = E::OPERATION.name();
        if let Some(words) = credentials_message(error) {
            return Self::Credentials(words);
        }
        match error {
            SdkError::ServiceError(inner) if is_not_from_aws(inner) => Self::InvalidResponse {
                operation,
                what: describe_response(inner.raw()),
                status: inner.raw().status().as_u16(),
            },
            SdkError::ServiceError(inner) => Self::Service {
                operation,
                code: inner.err().code().unwrap_or("Unknown").to_owned(),
                message: inner.err().message().unwrap_or("(no message)").to_owned(),
                request_id: error.request_id().map(str::to_owned),
                status: inner.raw().status().as_u16(),
            },
            SdkError::ConstructionFailure(_) => Self::NotSent { operation, message: join_causes(error) },
            SdkError::DispatchFailure(failure) if failure.is_user() => {
                Self::NotSent { operation, message: join_causes(error) }
            }
            _ => Self::NoResponse { operation, message: join_causes(error) },
        }
    }

    /// Converts an error of a provider of credentials.
    pub(super) fn of_credentials(error: &CredentialsError) -> Self {
        Self::Credentials(first_line(error))
    }

    /// Returns the same failure of credentials with the profile that they come from.
    #[must_use]
    pub(super) fn prefixed(self, profile: &str) -> Self {
        match self {
            Self::Credentials(words) => Self::Credentials(format!("profile `{profile}`: {words}")),
            other => other,
        }
    }

    /// Returns whether AWS does not know the key at all, as in a region that the account has not enabled.
    #[must_use]
    pub(super) fn is_unknown_key(&self) -> bool {
        matches!(self.code(), "UnrecognizedClientException" | "InvalidClientTokenId")
    }

    /// Returns the service's error code, if a service answered.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::RefusedCredentials { error, .. } => error.code(),
            Self::Service { code, .. } => code,
            _ => "",
        }
    }

    /// Returns whether the service answered `code` and said `text`.
    #[must_use]
    pub fn has_code_and_text(&self, wanted: &str, text: &str) -> bool {
        matches!(self, Self::Service { code, message, .. } if code == wanted && message.contains(text))
    }

    /// Returns whether the resource was not found, in any service's words.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(
            self.code(),
            "ResourceNotFoundException"
                | "NotFoundException"
                | "NoSuchEntity"
                | "NoSuchEntityException"
                | "TableNotFoundException"
                | "PolicyNotFoundException"
        )
    }

    /// Returns whether access was denied to the caller.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(
            self.code(),
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "ForbiddenException"
        )
    }

    /// Returns whether the endpoint does not know the operation: a region without the feature, or an emulator.
    #[must_use]
    pub fn is_unknown_operation(&self) -> bool {
        matches!(self.code(), "UnknownOperationException" | "InvalidAction")
    }

    /// Returns whether the credentials have expired or are not valid.
    #[must_use]
    pub fn is_credentials(&self) -> bool {
        matches!(self, Self::Credentials(_) | Self::MfaNeeded { .. } | Self::LoginSession(_))
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

    /// Returns whether the service throttled the request, which proves that nothing was done.
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

    /// Returns whether the request may have taken effect although no good answer came.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::NoResponse { .. } => true,
            Self::Service { status, .. } => *status >= 500,
            Self::InvalidResponse { status, .. } => !(400..500).contains(status),
            _ => false,
        }
    }

    /// Returns whether a call that failed with this error may have taken effect.
    #[must_use]
    pub(super) fn may_have_taken_effect(&self) -> bool {
        self.is_ambiguous() || matches!(self, Self::LeaseLost { sent: true, .. })
    }

    /// Returns whether the other error is the same failure, met by another request.
    #[must_use]
    pub fn is_same_failure(&self, other: &Self) -> bool {
        let unnumbered = |error: &Self| match error.clone() {
            Self::Service { operation, code, message, status, .. } => {
                Self::Service { operation, code, message, status, request_id: None }
            }
            other => other,
        };
        self.is_credentials() && other.is_credentials() || unnumbered(self) == unnumbered(other)
    }

    /// Returns whether the run was stopped rather than the work failing.
    #[must_use]
    pub fn is_interrupt(&self) -> bool {
        matches!(self, Self::Interrupted(_) | Self::LeaseLost { .. })
    }
}

/// Returns the message of a credentials failure, wherever in the chain of causes it hides.
fn credentials_message(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(cause) = cause.downcast_ref::<CredentialsError>() {
            return Some(first_line(cause));
        }
        next = cause.source();
    }
    None
}

/// Returns the first line of what a provider says: the SDK goes on to list the places where it looked, one a line.
fn first_line(error: &CredentialsError) -> String {
    let words = join_causes(error);
    let line = words.lines().next().unwrap_or_default();
    line.trim_end_matches("Attempted:").trim_end_matches(['.', ' ']).to_owned()
}

/// Returns whether an answer does not come from AWS, whose refusals all have a code or at least a message: a proxy's
/// page, for one.
fn is_not_from_aws<E: ProvideErrorMetadata>(error: &ServiceError<E, HttpResponse>) -> bool {
    error.raw().status().is_success() || error.err().code().is_none() && error.err().message().is_none()
}

/// Describes an answer without showing its body, which may hold anything.
fn describe_response(answer: &HttpResponse) -> String {
    let kind = answer.headers().get("content-type").map(|kind| format!(", {kind}"));
    format!("HTTP {}{}", answer.status().as_u16(), kind.unwrap_or_default())
}

/// Requires a member of an answer that AWS always sends.
///
/// # Errors
/// The member is missing; nothing may be taken for absent because of that.
pub fn require_field<T>(operation: Operation, name: &str, value: Option<T>) -> Result<T> {
    let operation = operation.name();
    value.ok_or_else(|| Error::InvalidResponse {
        operation,
        what: format!("it has no `{name}`"),
        status: 200,
    })
}

/// Joins the chain of causes on one line, without the debug dumps that the SDK puts into it.
pub(super) fn join_causes(error: &dyn std::error::Error) -> String {
    let mut words = vec![strip_request_dump(&error.to_string())];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = strip_request_dump(&cause.to_string());
        // The SDK's own part that met the error says nothing useful to anybody.
        if words.last() != Some(&text) && !text.contains("interceptor encountered an error") {
            words.push(text);
        }
        next = cause.source();
    }
    words.join(": ")
}

/// Strips the request that the SDK prints into some of its errors, headers and all.
fn strip_request_dump(text: &str) -> String {
    match (text.find(" to request `Request {"), text.rfind("}`")) {
        (Some(start), Some(end)) if start < end => format!("{}{}", &text[..start], &text[end + 2..]),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_kms::operation::create_key::CreateKeyError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::{
        body::SdkBody,
        error::{ErrorMetadata, metadata::Builder},
    };

    use super::*;

    type Sdk = SdkError<CreateKeyError, HttpResponse>;

    fn refusal(words: Builder) -> CreateKeyError {
        CreateKeyError::generic(words.build())
    }

    fn read(error: &Sdk) -> Error {
        Error::from_sdk(error)
    }

    fn answer(status: u16, code: &str, message: &str) -> Error {
        let mut raw = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        raw.headers_mut().insert("x-amzn-requestid", "r-1");
        read(&Sdk::service_error(refusal(ErrorMetadata::builder().code(code).message(message)), raw))
    }

    #[test]
    fn an_answer_is_told_in_the_words_of_aws_with_its_request_id() {
        let told = answer(400, "LimitExceededException", "no more keys").to_string();
        assert_eq!(told, "kms:CreateKey was refused: LimitExceededException: no more keys (request id r-1)");
        let raw = HttpResponse::new(500.try_into().unwrap(), SdkBody::empty());
        let told =
            read(&Sdk::service_error(refusal(ErrorMetadata::builder().message("no")), raw)).to_string();
        assert_eq!(told, "kms:CreateKey was refused: Unknown: no");
    }

    #[test]
    fn what_does_not_answer_as_aws_does_is_told_from_what_refuses() {
        for (status, ambiguous) in [(200, true), (403, false), (502, true)] {
            let mut raw = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
            raw.headers_mut().insert("content-type", "text/html");
            let error = read(&Sdk::service_error(refusal(ErrorMetadata::builder()), raw));
            let told = format!("kms:CreateKey got an answer that is not AWS's: HTTP {status}, text/html");
            assert_eq!((error.to_string(), error.is_ambiguous()), (told, ambiguous));
            assert!(error.hint().unwrap().contains("--endpoint-url"));
        }
        let missing =
            require_field::<()>(Operation::KmsDescribeKey, "KeyMetadata", None).unwrap_err().to_string();
        assert_eq!(missing, "kms:DescribeKey got an answer that is not AWS's: it has no `KeyMetadata`");
    }

    #[test]
    fn what_the_sdk_dumps_is_left_out() {
        #[derive(Debug, thiserror::Error)]
        #[error("XParamsInterceptor read_before_execution interceptor encountered an error")]
        struct Met(#[source] std::io::Error);
        let dump = "failed to apply endpoint `x` to request `Request { body: \"a`}`b\" }`: no scheme";
        assert_eq!(join_causes(&std::io::Error::other(dump)), "failed to apply endpoint `x`: no scheme");
        let unclosed = "`{x}` belongs to request `Request { cut off";
        assert_eq!(join_causes(&std::io::Error::other(unclosed)), unclosed);
        let error = Sdk::construction_failure(Met(std::io::Error::other("no label")));
        let told = read(&error).to_string();
        assert_eq!(told, "kms:CreateKey could not be sent: failed to construct request: no label");
    }

    #[test]
    fn what_may_have_taken_effect_is_told_from_what_has_not() {
        let io = || Sdk::dispatch_failure(ConnectorError::io("reset".into()));
        for ambiguous in [read(&io()), read(&Sdk::timeout_error("late")), answer(500, "Internal", "")] {
            assert!(ambiguous.is_ambiguous(), "{ambiguous}");
        }
        let user = Sdk::dispatch_failure(ConnectorError::user("no such scheme".into()));
        let unsent = [read(&user), read(&Sdk::construction_failure("no name"))];
        for certain in unsent.iter().chain([&answer(499, "Throttling", ""), &Error::NoRegion]) {
            assert!(!certain.is_ambiguous(), "{certain}");
        }
        assert!(unsent.iter().all(|error| matches!(error, Error::NotSent { .. })), "{unsent:?}");
    }

    #[test]
    fn causes_are_told_once_and_in_order() {
        #[derive(Debug, thiserror::Error)]
        #[error("reset")]
        struct Outer(#[source] Inner);
        #[derive(Debug, thiserror::Error)]
        #[error("reset")]
        struct Inner(#[source] std::io::Error);
        let error = Outer(Inner(std::io::Error::other("by peer")));
        assert_eq!(join_causes(&error), "reset: by peer");
    }

    #[test]
    fn missing_credentials_are_found_wherever_they_hide() {
        let cause = CredentialsError::provider_error("the token is from yesterday. Attempted:\n  ~/.aws");
        let error = Sdk::dispatch_failure(ConnectorError::other(cause.into(), None));
        let Error::Credentials(words) = read(&error) else { panic!("{error:?}") };
        assert!(words.ends_with("the token is from yesterday"), "{words}");
        assert!(Error::Credentials(words).is_credentials());
    }

    #[test]
    fn each_code_means_one_thing() {
        type Test = fn(&Error) -> bool;
        let tests: [(Test, &[&str]); 4] = [
            (Error::is_not_found, &["NotFoundException", "NoSuchEntity", "ResourceNotFoundException"]),
            (Error::is_denied, &["AccessDenied", "AccessDeniedException"]),
            (Error::is_credentials, &["ExpiredToken", "UnrecognizedClientException"]),
            (Error::is_throttle, &["Throttling", "ThrottlingException", "TooManyRequestsException"]),
        ];
        for (at, (test, _)) in tests.iter().enumerate() {
            for (other, (_, codes)) in tests.iter().enumerate() {
                for code in *codes {
                    assert_eq!(test(&answer(400, code, "")), at == other, "{code}");
                }
            }
            assert!(!test(&answer(400, "LimitExceededException", "")) && !test(&Error::NoRegion));
        }
    }

    #[test]
    fn the_same_trouble_is_known_again_by_all_but_the_request_id() {
        let unnumbered = |code: &str| Error::Service {
            operation: "kms:CreateKey",
            code: code.into(),
            message: "no".into(),
            request_id: None,
            status: 400,
        };
        assert!(answer(400, "Throttling", "no").is_same_failure(&unnumbered("Throttling")));
        assert!(!answer(400, "Throttling", "no").is_same_failure(&unnumbered("AccessDenied")));
        let expired = answer(400, "ExpiredToken", "");
        assert!(
            expired.is_same_failure(&Error::Credentials("none".into())),
            "either way there are no credentials"
        );
        assert!(!expired.is_same_failure(&unnumbered("AccessDenied")));
    }

    #[test]
    fn a_code_and_its_words_are_heard_together() {
        let error = answer(400, "InvalidParameterValueException", "The role cannot be assumed by Lambda.");
        assert!(error.has_code_and_text("InvalidParameterValueException", "cannot be assumed"));
        assert!(!error.has_code_and_text("InvalidParameterValueException", "cannot be found"));
        assert!(!error.has_code_and_text("ValidationException", "cannot be assumed"));
        assert!(!Error::InvalidState("cannot be assumed".into()).has_code_and_text("", "cannot be assumed"));
    }

    #[test]
    fn a_wait_in_vain_says_for_what_and_what_was_seen_last() {
        let waited = |last: Option<&str>| Error::TimedOut {
            what: "the table".into(),
            budget: Duration::from_mins(1),
            last: last.map(str::to_owned),
        };
        assert_eq!(waited(Some("CREATING")).to_string(), "waited 60s for the table, in vain; last: CREATING");
        assert_eq!(waited(None).to_string(), "waited 60s for the table, in vain");
        assert!(!waited(None).is_interrupt() && Error::Interrupted("the table".into()).is_interrupt());
    }
}
