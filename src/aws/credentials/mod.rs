//! Where credentials come from: the chain of the AWS CLI.
mod mfa;
mod origin;
mod role_chain;

use aws_config::{
    SdkConfig, ecs::EcsCredentialsProvider, environment::EnvironmentVariableCredentialsProvider,
    imds::credentials::ImdsCredentialsProvider, meta::credentials::CredentialsProviderChain,
    profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;

use super::{Error, Result, endpoint::env_variable, error::join_causes, profiles::Profiles};
pub use mfa::AskMfaCode;
pub(super) use origin::CredentialsOrigin;

/// Chooses the provider of credentials, as the AWS CLI does.
///
/// A profile that is named on the command line goes before credentials of the environment, and one that `AWS_PROFILE`
/// names comes after them (botocore, `credentials.create_credential_resolver`). The SDK's own chain asks the environment
/// first in both cases, and knows no MFA.
///
/// # Errors
/// A profile that takes a code of an MFA device which is not to be had or is refused.
pub(super) async fn with_credentials(
    config: SdkConfig,
    profiles: &Profiles,
    ask: Option<AskMfaCode<'_>>,
) -> Result<SdkConfig> {
    let is_explicit = profiles.explicit.is_some();
    if !is_explicit && has_environment_credentials() {
        return Ok(config);
    }
    if let Some(profile) = role_chain::login_profile(profiles) {
        return Err(Error::LoginSession(profile.to_owned()));
    }
    if let Some(chain) = role_chain::with_mfa(profiles)? {
        let credentials = mfa::assume_roles(&config, chain, profiles.selected(), ask).await?;
        return Ok(with_provider(&config, SharedCredentialsProvider::new(credentials)));
    }
    if !is_explicit {
        return Ok(config);
    }
    let chain =
        CredentialsProviderChain::first_try("Profile", profile_provider(&config, profiles.selected()))
            .or_else("EcsContainer", ecs_provider(&config))
            .or_else("Ec2InstanceMetadata", imds_provider(&config));
    Ok(with_provider(&config, SharedCredentialsProvider::new(chain)))
}

/// Returns whether the environment holds credentials, which it does with both variables.
fn has_environment_credentials() -> bool {
    env_variable("AWS_ACCESS_KEY_ID").is_some() && env_variable("AWS_SECRET_ACCESS_KEY").is_some()
}

fn with_provider(config: &SdkConfig, provider: SharedCredentialsProvider) -> SdkConfig {
    config.to_builder().credentials_provider(provider).build()
}

fn provider_config(config: &SdkConfig) -> ProviderConfig {
    let own = ProviderConfig::without_region().with_region(config.region().cloned());
    match config.http_client() {
        Some(client) => own.with_http_client(client),
        None => own,
    }
}

fn profile_provider(config: &SdkConfig, name: &str) -> ProfileFileCredentialsProvider {
    ProfileFileCredentialsProvider::builder().configure(&provider_config(config)).profile_name(name).build()
}

fn ecs_provider(config: &SdkConfig) -> EcsCredentialsProvider {
    EcsCredentialsProvider::builder().configure(&provider_config(config)).build()
}

fn imds_provider(config: &SdkConfig) -> ImdsCredentialsProvider {
    ImdsCredentialsProvider::builder().configure(&provider_config(config)).build()
}

/// Returns the provider that a profile names by `credential_source`.
fn named_provider(config: &SdkConfig, name: &str) -> Option<SharedCredentialsProvider> {
    Some(match name.to_ascii_lowercase().as_str() {
        "environment" => SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()),
        "ecscontainer" => SharedCredentialsProvider::new(ecs_provider(config)),
        "ec2instancemetadata" => SharedCredentialsProvider::new(imds_provider(config)),
        _ => return None,
    })
}
