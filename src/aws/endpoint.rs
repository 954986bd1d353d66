//! The form of endpoint URLs, and checks of the endpoints that the environment and configuration files set.
use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use tokio_tungstenite::tungstenite::http::Uri;

use super::{Error, Result};

/// Description of a valid endpoint.
pub const ENDPOINT_WORDS: &str = "an endpoint looks like `http://localhost:4566`";

/// Environment variable of every service's endpoint; with `_` and a service's name after it, that of one service.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// Returns whether requests can be sent to `url`.
#[must_use]
pub fn is_endpoint(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    matches!(url.scheme_str(), Some("http" | "https"))
        && url.host().is_some_and(|host| !host.is_empty())
        && url.query().is_none()
}

/// Returns the value of an environment variable; one that is empty counts as not set.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where an empty variable is passed over")]
pub fn env_variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Checks the endpoints that the environment or the configuration files set, and refuses those that nothing can be
/// sent to: the SDK passes over some of them, so that AWS itself would be asked, and panics at an empty one.
///
/// # Errors
/// The first endpoint that nothing can be sent to.
pub(super) fn check_endpoint_settings(config: &SdkConfig) -> Result<()> {
    if config.get_origin("endpoint_url").is_client_config() {
        return Ok(()); // it wins over all others
    }
    let of_one = |name: &str| name.strip_prefix(ENDPOINT).is_some_and(|rest| rest.starts_with('_'));
    let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let single = variables.filter(|(name, _)| of_one(name)).map(|(name, value)| {
        let told = value.to_string_lossy().into_owned();
        (format!("`{name}`"), told)
    });
    // The SDK looks for the endpoint of every service as for this one's.
    let key = ServiceConfigKey::builder().service_id("STS").env(ENDPOINT).profile("endpoint_url").build();
    let sts = key.ok().and_then(|key| config.service_config()?.load_config(key));
    let general = sts.map(|url| (format!("`{ENDPOINT}`, or `endpoint_url` in the AWS configuration,"), url));
    match general.into_iter().chain(single).find(|(_, url)| !is_endpoint(url)) {
        Some((name, url)) => {
            let what = if url.is_empty() { format!("{name} is empty") } else { format!("{name} is `{url}`") };
            Err(Error::InvalidSetting { what, hint: format!("{ENDPOINT_WORDS}; for AWS itself none is set") })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_known_by_their_looks() {
        for url in [
            "http://localhost:4566",
            "https://vpce-1.dynamodb.us-east-1.vpce.amazonaws.com/",
            "http://[::1]:1/x",
        ] {
            assert!(is_endpoint(url), "{url}");
        }
        for other in
            ["", "nonsense", "localhost:4566", "http://", "ftp://host", "http://a b", "/path", "http://a?b"]
        {
            assert!(!is_endpoint(other), "{other:?}");
        }
    }
}
