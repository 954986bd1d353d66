//! What regions and endpoints look like, and which world a region is in.
use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use tokio_tungstenite::tungstenite::http::Uri;

use super::{Error, Result};

/// What a region looks like, as a regular expression.
pub const REGION: &str = "^[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}$";
/// The same in words.
pub const REGION_WORDS: &str = "a region looks like `us-east-1`";
/// What an endpoint looks like, in words.
pub const ENDPOINT_WORDS: &str = "an endpoint looks like `http://localhost:4566`";

/// The variable that names the endpoint of every service; with `_` and a service's name after it, that of one.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// Whether `text` may be a region.
#[must_use]
pub fn is_region(text: &str) -> bool {
    regex_lite::Regex::new(REGION).is_ok_and(|shape| shape.is_match(text))
}

/// Whether requests can be sent to `url`.
#[must_use]
pub fn is_endpoint(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    matches!(url.scheme_str(), Some("http" | "https"))
        && url.host().is_some_and(|host| !host.is_empty())
        && url.query().is_none()
}

/// The value of a variable; one that is empty is not set.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where an empty variable is passed over")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Refuses endpoints that the environment or the configuration files set and nothing can be sent to: the SDK
/// passes over some of them, so that AWS itself would be asked, and panics at an empty one.
///
/// # Errors
/// The first of them.
pub(super) fn endpoints(config: &SdkConfig) -> Result<()> {
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
            Err(Error::Setting { what, hint: format!("{ENDPOINT_WORDS}; for AWS itself none is set") })
        }
        None => Ok(()),
    }
}

/// The partition of a region, by its prefix (AWS general reference, "AWS partitions").
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_and_endpoints_are_known_by_their_looks() {
        for region in ["us-east-1", "us-gov-west-1", "eusc-de-east-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["", "us-east", "US-EAST-1", "us-east-1 ", "us-east-1\n", "us_east_1"] {
            assert!(!is_region(other), "{other:?}");
        }
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
