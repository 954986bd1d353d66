//! Hints at the remedy for an error.
use super::error::Error;

/// What the TLS library says of a certificate that it does not trust (rustls, `Error::InvalidCertificate`).
pub const UNTRUSTED: &str = "invalid peer certificate";

impl Error {
    /// Returns a hint at what the reader can do about the error; none if nothing general can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoRegion => "write `region:` in the spec, pass `--region`, or set AWS_REGION",
            Self::NoResponse { message, .. } if message.contains(UNTRUSTED) => {
                "where the network inspects TLS, name the file of its certificate authority in AWS_CA_BUNDLE, or as \
                 `ca_bundle` of the profile"
            }
            Self::NoResponse { .. } => {
                "check the network, the proxy (HTTPS_PROXY, NO_PROXY), the region and `--endpoint-url`; then run the \
                 same command again"
            }
            Self::InvalidResponse { .. } => {
                "see that `--endpoint-url` or AWS_ENDPOINT_URL names an AWS endpoint, and that no proxy (HTTPS_PROXY) \
                 and no sign-in page of the network answers in its place"
            }
            Self::InvalidSetting { hint, .. } => hint.as_str(),
            Self::ConcurrentModification(_) => {
                "someone else is changing it: run the same command again for a fresh plan"
            }
            Self::Interrupted(_) | Self::LeaseLost { .. } | Self::TimedOut { .. } => {
                "the same command again carries on from here"
            }
            Self::StillRunning { .. } => {
                "nothing is wrong and nothing more can be done for it now: run the same command again later, it carries on from here; `apply --index-wait MINUTES` says how long to wait"
            }
            Self::Service { code, message, .. } if is_clock_skew(code, message) => {
                "set this machine's clock: AWS refuses requests that are five minutes off"
            }
            Self::RefusedCredentials { remedy: Some(remedy), .. } => remedy.as_str(),
            Self::RefusedCredentials { error, .. } => return error.hint(),
            Self::LoginSession(profile) => return Some(login_hint(profile)),
            Self::MfaNeeded { serial, role_arn, .. } => return Some(mfa_hint(serial, role_arn)),
            _ if self.is_credentials() => {
                "sign in again (`aws sso login`, `aws configure`) or choose a profile with `--profile`"
            }
            _ if self.is_denied() => self.denied_hint(),
            _ if self.is_throttle() => "the account's request rate is used up: wait a moment and run again",
            Self::Service { code, message, status, operation, .. } => {
                hint_by_code(operation, code, message, *status)?
            }
            _ => return None,
        };
        Some(text.to_owned())
    }

    /// Returns the hint for a denied request, by the policy that AWS says denied it: "Troubleshoot access denied error
    /// messages" in the IAM User Guide,
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.
    fn denied_hint(&self) -> &'static str {
        let Self::Service { message, .. } = self else { return GRANT };
        let says = |words: &str| message.contains(words);
        if says("service control policy") || says("resource control policy") {
            "a policy of the organization forbids it: ask whoever runs the organization, or use another account"
        } else if says("permissions boundary") {
            "the permissions boundary of the principal that runs this forbids it: widen the boundary, then run again"
        } else if says("kms:") || says("KMS key") {
            USE_KEY
        } else {
            GRANT
        }
    }
}

const GRANT: &str = "grant the action named above to the principal that runs this, then run again; \
                     `copilot-infra policy deployer` prints all that this spec takes; rights given a minute ago may \
                     count late";

/// The lag is that of the KMS guide, "ABAC for AWS KMS".
const USE_KEY: &str = "let the principal that runs this use the key: in the key's policy, and in its own \
                       (`copilot-infra policy deployer`); KMS sees a new key's tags up to 5 minutes late, so wait and \
                       run again if the key is new";

/// Returns whether the signature is of another time, as IAM's "Signature Version 4 troubleshooting" has it.
fn is_clock_skew(code: &str, message: &str) -> bool {
    code == "RequestTimeTooSkewed"
        || (message.contains("Signature expired") || message.contains("Signature not yet current"))
}

/// Returns the hint for an error code; the codes are those of the services' API references, under "Errors" of each
/// operation.
fn hint_by_code(operation: &str, code: &str, message: &str, status: u16) -> Option<&'static str> {
    Some(match code {
        "KMSAccessDeniedException" => USE_KEY,
        "KMSInvalidStateException" | "KMSDisabledException" | "DisabledException" => {
            "the key cannot be used as it is: enable it (`aws kms enable-key`) or take its deletion back (`aws kms cancel-key-deletion`)"
        }
        "KMSNotFoundException" => "the key is gone, or in another region: name one that is there",
        "LimitExceededException" if table_change_quota(message).is_some() => table_change_quota(message)?,
        "LimitExceededException"
        | "LimitExceeded"
        | "ServiceQuotaExceededException"
        | "CodeStorageExceededException"
        | "AccountLimitExceededException" => {
            "a quota of the account is used up: remove what nobody needs any more, or ask for more in Service Quotas, then run again"
        }
        "DeleteConflict" | "DeleteConflictException" => {
            "something outside the spec is still attached to it: detach that, then run again"
        }
        "ConflictException"
        | "ResourceConflictException"
        | "ResourceInUseException"
        | "OperationAbortedException"
        | "ConcurrentModification"
        | "ConcurrentModificationException"
        | "PreconditionFailedException" => {
            "something else is changing it at this moment: wait until that is done and run the same command again"
        }
        "EntityAlreadyExists"
        | "EntityAlreadyExistsException"
        | "AlreadyExistsException"
        | "ResourceAlreadyExistsException" => {
            "someone made it since it was read: run the same command again for a fresh plan"
        }
        // Sources differ on whether KMS looks at the caller's own policies as well.
        "MalformedPolicyDocumentException" if message.contains("will not allow you to update") => {
            "grant `kms:PutKeyPolicy` on the key to the principal that runs this, then run again"
        }
        "ValidationException"
        | "InvalidParameterValueException"
        | "InvalidParameterException"
        | "InvalidInput"
        | "InvalidInputException"
        | "BadRequestException"
        | "MalformedPolicyDocument"
        | "MalformedPolicyDocumentException" => {
            if operation.contains(":Delete") {
                return None; // no value of the spec is in it
            } else if message.contains("update the key policy in the future") {
                // Sources differ on whether KMS looks at the caller's own policies as well (KMS API reference,
                // `CreateKey`; github.com/aws-samples/rds-snapshot-export-to-s3-pipeline, issue 8).
                "KMS takes no key policy that would lock its caller out: grant kms:PutKeyPolicy, for keys without tags as well, to the principal that runs this, then run again"
            } else if message.contains("KMS") || message.contains("kms") {
                "see that the key is enabled, in this region, and that its policy lets the service use it; then run again"
            } else {
                "AWS does not take a value that the spec asks for: mend it there, then run again"
            }
        }
        "OptInRequired" | "SubscriptionRequiredException" => {
            "the account is not signed up for this service or region: do that in the console, or work in another region"
        }
        _ if status >= 500 => "this is trouble on AWS's side: run the same command again in a while",
        _ => return None,
    })
}

/// Returns how to use a session of `aws login`: the AWS CLI hands out its credentials (AWS CLI user guide, "Sign in for
/// AWS local development using console credentials").
fn login_hint(profile: &str) -> String {
    let export = format!("aws configure export-credentials --profile {profile}");
    format!(
        "`eval \"$({export} --format env)\"` puts its credentials into the environment, then leave `--profile` out; or name \
         another profile that says `credential_process = {export} --format process`"
    )
}

/// Returns how to bring a session to where nobody can be asked for a code.
fn mfa_hint(serial: &str, role_arn: &str) -> String {
    format!(
        "run this on a terminal without `--no-input`, or bring the session: `aws sts assume-role --role-arn {role_arn} \
         --role-session-name NAME --serial-number {serial} --token-code CODE` prints what AWS_ACCESS_KEY_ID, \
         AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN take; `credential_process` in a profile does it by a program"
    )
}

/// Returns the hint for a change that a table takes only so often: DynamoDB guide, "Quotas", and "Considerations when
/// switching capacity modes"; the first text is the one of aws-amplify/amplify-cli issue 1054.
fn table_change_quota(message: &str) -> Option<&'static str> {
    let says = |words: &str| message.contains(words);
    Some(if says("PayPerRequest mode") {
        "a table goes to on-demand billing four times in 24 hours at most: leave `billing` as it is until then, or run again tomorrow"
    } else if says("decreases are limited") {
        "capacity is lowered four times in a UTC day, and then once an hour: run again in an hour, or leave the units until tomorrow"
    } else if says("Encryption mode changes") {
        "a table takes another key four times in 24 hours, and then once in six hours: run again after the time named"
    } else if says("TableClass") {
        "a table changes its class twice in 30 days at most"
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(code: &str, message: &str) -> String {
        of("iam:CreateRole", code, message)
    }

    fn of(operation: &'static str, code: &str, message: &str) -> String {
        let (code, message) = (code.to_owned(), message.to_owned());
        let error = Error::Service { operation, code, message, request_id: None, status: 400 };
        error.hint().unwrap_or_default()
    }

    #[test]
    fn a_change_that_a_table_takes_only_so_often_says_how_often() {
        let quota = |message: &str| of("dynamodb:UpdateTable", "LimitExceededException", message);
        let mode = "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in 1 day(s).";
        assert!(quota(mode).contains("four times in 24 hours"), "{}", quota(mode));
        let fewer =
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day.";
        assert!(quota(fewer).contains("once an hour"), "{}", quota(fewer));
        assert!(
            quota("Subscriber limit exceeded: There is a limit of 256 tables").contains("Service Quotas")
        );
    }

    #[test]
    fn common_refusals_have_a_remedy_of_their_own() {
        for (code, message, words) in [
            ("AccessDenied", "not authorized to perform: iam:DeleteRole", "policy deployer"),
            ("AccessDeniedException", "with an explicit deny in a service control policy", "organization"),
            ("AccessDenied", "because no permissions boundary allows it", "boundary"),
            ("AccessDeniedException", "not authorized to perform: kms:CreateGrant", "key's policy"),
            ("ThrottlingException", "Rate exceeded", "request rate"),
            ("ExpiredTokenException", "the token has expired", "sign in again"),
            ("InvalidSignatureException", "Signature expired: 1 is now earlier than 2", "clock"),
            ("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", "Service Quotas"),
            ("DeleteConflict", "Cannot delete entity, must detach all policies first.", "detach"),
            ("ConflictException", "", "at this moment"),
            ("ResourceInUseException", "", "at this moment"),
            ("EntityAlreadyExists", "", "fresh plan"),
            ("ValidationException", "1 validation error detected", "mend it"),
            ("InvalidParameterException", "The specified KMS key does not exist", "its policy lets"),
            ("KMSInvalidStateException", "", "cancel-key-deletion"),
            (
                "MalformedPolicyDocumentException",
                "The new key policy will not allow you to update the key policy in the future.",
                "kms:PutKeyPolicy",
            ),
            ("AccessDeniedException", "not authorized to perform: kms:CreateAlias", "up to 5 minutes late"),
            ("AccessDenied", "not authorized to perform: iam:CreateRole", "a minute ago"),
        ] {
            let hint = hint(code, message);
            assert!(hint.contains(words), "{code}: {hint}");
        }
        assert_eq!(hint("SomethingElse", ""), "");
        assert_eq!(of("iam:DeleteRole", "ValidationException", ""), "");
    }
}
