//! Roles that are assumed with a code of an MFA device, which the SDK cannot ask for.
use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::SdkConfig;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_sdk_sts::{Client, operation::assume_role::AssumeRoleOutput};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures_util::future::LocalBoxFuture;

use super::{
    Error, Result, join_causes, named_provider, profile_provider,
    role_chain::{Base, RoleChain, RoleStep},
    with_provider,
};

/// Asks the user a question; none if no answer came.
pub type AskMfaCode<'a> = &'a dyn Fn(String) -> LocalBoxFuture<'a, Option<String>>;

/// Assumes the roles of a chain; the session is kept for this run only.
///
/// # Errors
/// There is nobody to ask for the code, or a role cannot be assumed.
pub(super) async fn assume_roles(
    config: &SdkConfig,
    chain: RoleChain,
    profile: &str,
    ask: Option<AskMfaCode<'_>>,
) -> Result<Credentials> {
    // Asked first: whoever runs this elsewhere need not wait for an answer of AWS.
    let coded = |role: &&RoleStep| role.mfa_serial.is_some();
    if let (Some(role), None) = (chain.roles.iter().find(coded), ask) {
        return Err(mfa_needed(profile, role));
    }
    let mut credentials = base_credentials(config, chain.base, profile).await?;
    for role in &chain.roles {
        let code = match (&role.mfa_serial, ask) {
            (Some(serial), Some(ask)) => {
                Some(ask_code(serial, profile, ask).await.ok_or_else(|| mfa_needed(profile, role))?)
            }
            _ => None,
        };
        credentials = assume_role(config, credentials, role, code, profile).await?;
    }
    Ok(credentials)
}

fn mfa_needed(profile: &str, role: &RoleStep) -> Error {
    let serial = role.mfa_serial.clone().unwrap_or_default();
    Error::MfaNeeded { profile: profile.to_owned(), serial, role_arn: role.role_arn.clone() }
}

async fn ask_code(serial: &str, profile: &str, ask: AskMfaCode<'_>) -> Option<String> {
    let code = ask(format!("Code of the MFA device `{serial}` for profile `{profile}`:")).await?;
    Some(code.trim().to_owned()).filter(|code| !code.is_empty())
}

async fn base_credentials(config: &SdkConfig, base: Base, profile: &str) -> Result<Credentials> {
    let provider = match base {
        Base::Keys(credentials) => return Ok(credentials),
        Base::Profile(name) => Some(SharedCredentialsProvider::new(profile_provider(config, &name))),
        Base::Source(name) => named_provider(config, &name),
    };
    let unknown = || Error::Credentials(format!("profile `{profile}` names no known `credential_source`"));
    let found = provider.ok_or_else(unknown)?.provide_credentials().await;
    found.map_err(|error| Error::of_credentials(&error).prefixed(profile))
}

async fn assume_role(
    config: &SdkConfig,
    credentials: Credentials,
    role: &RoleStep,
    code: Option<String>,
    profile: &str,
) -> Result<Credentials> {
    let client = Client::new(&with_provider(config, SharedCredentialsProvider::new(credentials)));
    let call = client
        .assume_role()
        .role_arn(&role.role_arn)
        .role_session_name(role.session_name.clone().unwrap_or_else(default_session_name))
        .set_external_id(role.external_id.clone())
        .set_duration_seconds(role.duration_seconds)
        .set_serial_number(code.as_ref().and(role.mfa_serial.clone()))
        .set_token_code(code);
    let refused = |why: &str| {
        Error::Credentials(format!(
            "profile `{profile}`: the role `{}` cannot be assumed: {why}",
            role.role_arn
        ))
    };
    match call.send().await {
        Ok(output) => session_credentials(output).ok_or_else(|| refused("the answer has no credentials")),
        Err(error) => match (error.code(), error.message()) {
            (Some(code), message) => Err(refused(&format!("{code}: {}", message.unwrap_or("(no message)")))),
            _ => Err(refused(&join_causes(&error))),
        },
    }
}

fn session_credentials(output: AssumeRoleOutput) -> Option<Credentials> {
    let session = output.credentials?;
    let expiry = SystemTime::try_from(session.expiration).ok();
    let (id, secret) = (session.access_key_id, session.secret_access_key);
    Some(Credentials::new(id, secret, Some(session.session_token), expiry, "AssumeRoleWithMfa"))
}

/// Names a session as the AWS CLI does: by the tool and the time.
fn default_session_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("copilot-infra-{}", now.as_secs())
}
