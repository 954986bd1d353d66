//! Which source credentials came from, for the words of an error.
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_credential_types::{
    Credentials,
    credential_feature::AwsCredentialFeature as Feature,
    provider::{self, ProvideCredentials, SharedCredentialsProvider, future},
};

use super::{Profiles, with_provider};

/// The source of the credentials that were used last.
#[derive(Clone, Debug, Default)]
pub(crate) struct CredentialsOrigin(Arc<Mutex<Option<Vec<Feature>>>>);

impl CredentialsOrigin {
    /// Returns the configuration with a provider that records the source.
    pub(crate) fn record(config: SdkConfig) -> (SdkConfig, Self) {
        let origin = Self::default();
        let Some(inner) = config.credentials_provider() else { return (config, origin) };
        let recorder = OriginRecorder { inner, origin: origin.clone() };
        (with_provider(&config, SharedCredentialsProvider::new(recorder)), origin)
    }

    /// Describes the source, such as a profile and its name; none if it is not known.
    pub(crate) fn describe(&self, profiles: &Profiles) -> Option<String> {
        let features = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(describe_features(&features, profiles.selected()))
    }
}

/// Names the source by the marks that the SDK's providers leave on credentials; those without any come from the tool's
/// own sessions, which profiles ask for.
fn describe_features(features: &[Feature], profile: &str) -> String {
    let has = |feature: Feature| features.contains(&feature);
    let by = |what: &str| format!("profile `{profile}`{what}");
    if has(Feature::CredentialsSso) {
        by(" (SSO)")
    } else if has(Feature::CredentialsProcess) {
        by(" (its credential_process)")
    } else if has(Feature::CredentialsProfile) || features.is_empty() {
        by("")
    } else if has(Feature::CredentialsEnvVars) {
        "the environment (AWS_ACCESS_KEY_ID)".to_owned()
    } else if has(Feature::CredentialsProfileStsWebIdToken) {
        "the role that AWS_ROLE_ARN names (web identity)".to_owned()
    } else if has(Feature::CredentialsHttp) {
        "the container".to_owned()
    } else if has(Feature::CredentialsImds) {
        "the instance's metadata".to_owned()
    } else {
        "an unknown source".to_owned()
    }
}

/// A provider that records which source answered.
#[derive(Debug)]
struct OriginRecorder {
    inner: SharedCredentialsProvider,
    origin: CredentialsOrigin,
}

impl OriginRecorder {
    async fn load(&self) -> provider::Result {
        let credentials = self.inner.provide_credentials().await?;
        let features = credentials.get_property::<Vec<Feature>>().cloned().unwrap_or_default();
        *self.origin.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(features);
        Ok(credentials)
    }
}

impl ProvideCredentials for OriginRecorder {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.inner.fallback_on_interrupt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_goes_before_what_it_takes_its_credentials_from() {
        for (features, words) in [
            (&[Feature::CredentialsSso, Feature::CredentialsProfile][..], "profile `p` (SSO)"),
            (&[Feature::CredentialsProfile], "profile `p`"),
            (&[Feature::CredentialsEnvVars, Feature::CredentialsProfile], "profile `p`"),
            (&[], "profile `p`"),
            (&[Feature::CredentialsEnvVars], "the environment (AWS_ACCESS_KEY_ID)"),
            (&[Feature::CredentialsImds], "the instance's metadata"),
            (&[Feature::CredentialsHttp], "the container"),
        ] {
            assert_eq!(describe_features(features, "p"), words);
        }
    }
}
