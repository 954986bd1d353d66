//! How connections leave this machine: by which proxy, and whom they trust.
mod ca_bundle;
mod http_client;
mod proxies;

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use hyper_util::client::proxy::matcher::Intercept;
use tokio_rustls::rustls::ClientConfig;
use tokio_tungstenite::tungstenite::http::Uri;

use super::{Result, endpoint::env_variable, profiles::Profiles};
use ca_bundle::CaBundle;
use proxies::Proxies;

/// The proxies and certificate authorities that the environment and the profile set.
#[derive(Clone, Default)]
pub struct Network {
    proxies: Proxies,
    authorities: Option<CaBundle>,
}

impl Network {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, and `AWS_CA_BUNDLE` or the profile's `ca_bundle`.
    ///
    /// # Errors
    /// A proxy that is no URL, or a bundle without certificates.
    pub(super) fn from_settings(profiles: &Profiles) -> Result<Self> {
        let authorities = match (env_variable("AWS_CA_BUNDLE"), profiles.setting("ca_bundle")) {
            (Some(path), _) => Some(CaBundle::read("AWS_CA_BUNDLE", &path)?),
            (None, Some(path)) => Some(CaBundle::read("ca_bundle", path)?),
            (None, None) => None,
        };
        Ok(Self { proxies: Proxies::from_variables(env_variable)?, authorities })
    }

    /// Returns the client for the SDK.
    pub(super) fn http_client(&self) -> SharedHttpClient {
        http_client::build(&self.proxies, self.authorities.as_ref())
    }

    /// Returns the proxy that a connection to `target` goes through, if any.
    #[must_use]
    pub fn proxy_for(&self, target: &Uri) -> Option<Intercept> {
        self.proxies.proxy_for(target)
    }

    /// Returns the settings of TLS with the system's certificate authorities and those that were added.
    #[must_use]
    pub fn tls_config(&self) -> Arc<ClientConfig> {
        Arc::new(ca_bundle::client_config(self.authorities.as_ref()))
    }
}
