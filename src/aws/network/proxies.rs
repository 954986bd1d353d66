//! The proxies that the environment sets.
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio_tungstenite::tungstenite::http::Uri;

use crate::aws::{Error, Result};

/// What to do about a variable that is no proxy.
const HINT: &str = "a proxy looks like `http://proxy.example.com:8080`; special characters in its user and password are \
                    percent-encoded";

/// Address of the instance metadata service over IPv6 (EC2 user guide, "Access instance metadata for an EC2 instance").
const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// The proxies by the scheme of what they are for, and what is reached without one.
#[derive(Clone, Default)]
pub(super) struct Proxies {
    /// URL of the proxy for `http`, credentials included.
    pub(super) http: Option<String>,
    /// URL of the proxy for `https`, credentials included.
    pub(super) https: Option<String>,
    matcher: Option<Arc<Matcher>>,
}

impl Proxies {
    /// Reads the variables that the AWS CLI reads, of which the one in lower case wins (AWS CLI user guide, "Using an HTTP
    /// proxy for the AWS CLI").
    ///
    /// # Errors
    /// A variable that is not the URL of a proxy; its value is not told, for it may hold a password.
    pub(super) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let either = |name: &'static str| {
            let (lower, of_lower) = (name.to_lowercase(), variable(&name.to_lowercase()));
            of_lower.map(|value| (lower, value)).or_else(|| Some((name.to_owned(), variable(name)?)))
        };
        let proxy = |name| either(name).map(|(name, value)| proxy_url(&name, &value)).transpose();
        let (http, https) = (proxy("HTTP_PROXY")?, proxy("HTTPS_PROXY")?);
        if http.is_none() && https.is_none() {
            return Ok(Self::default());
        }
        let matcher = Matcher::builder()
            .http(http.clone().unwrap_or_default())
            .https(https.clone().unwrap_or_default())
            .no(either("NO_PROXY").map(|(_, value)| value).unwrap_or_default());
        Ok(Self { http, https, matcher: Some(Arc::new(matcher.build())) })
    }

    /// Returns the proxy that a connection to `target` goes through; none for this machine and its metadata services.
    pub(super) fn proxy_for(&self, target: &Uri) -> Option<Intercept> {
        let matcher = self.matcher.as_deref().filter(|_| !target.host().is_none_or(is_local))?;
        let scheme = match target.scheme_str() {
            Some("http" | "ws") => "http",
            _ => "https",
        };
        let target = Uri::builder().scheme(scheme).authority(target.authority()?.clone()).path_and_query("/");
        matcher.intercept(&target.build().ok()?)
    }
}

/// Returns the URL of a proxy; without a scheme it is `http`.
fn proxy_url(name: &str, value: &str) -> Result<String> {
    let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let parsed = url.parse::<Uri>().ok();
    let is_proxy = parsed.is_some_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some_and(|host| !host.is_empty())
    });
    if is_proxy {
        return Ok(url);
    }
    Err(Error::InvalidSetting {
        what: format!("`{name}` is not the URL of an HTTP proxy"),
        hint: HINT.to_owned(),
    })
}

/// Returns whether a host is this machine, or a service that answers only this machine: no proxy reaches it.
fn is_local(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address == METADATA,
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(set: &[(&str, &str)]) -> Result<Proxies> {
        Proxies::from_variables(|name| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn way(set: &[(&str, &str)], target: &str) -> Option<String> {
        let found = proxies(set).unwrap().proxy_for(&target.parse().unwrap())?;
        Some(found.uri().authority().unwrap().to_string())
    }

    #[test]
    fn a_proxy_goes_by_the_scheme_and_the_variable_in_lower_case_wins() {
        let both = [("HTTPS_PROXY", "http://a:1"), ("http_proxy", "b:2")];
        for (target, through) in [
            ("https://sts.us-east-1.amazonaws.com/", Some("a:1")),
            ("wss://x.execute-api.us-east-1.amazonaws.com/prod", Some("a:1")),
            ("http://emulator.test:4566/", Some("b:2")),
            ("ws://emulator.test:4566/", Some("b:2")),
        ] {
            assert_eq!(way(&both, target).as_deref(), through, "{target}");
        }
        let cases = [("HTTPS_PROXY", "http://upper:1"), ("https_proxy", "http://lower:1")];
        assert_eq!(way(&cases, "https://aws.test/").as_deref(), Some("lower:1"));
        assert_eq!(way(&[("ALL_PROXY", "socks5://a:1")], "https://aws.test/"), None);
    }

    #[test]
    fn credentials_of_a_proxy_are_sent_and_never_shown() {
        let found = proxies(&[("HTTPS_PROXY", "http://ann:s%40me@proxy.test:8080")]).unwrap();
        let found = found.proxy_for(&"https://aws.test/".parse().unwrap()).unwrap();
        assert_eq!(found.basic_auth().unwrap(), "Basic YW5uOnNAbWU=");
        assert_eq!(found.uri().to_string(), "http://proxy.test:8080/");
        for wrong in ["http://ann:s@me@:1", "socks5://ann:s@me:1", "http://", "ann s@me"] {
            let Err(Error::InvalidSetting { what, .. }) = proxies(&[("https_proxy", wrong)]) else {
                panic!("{wrong} is taken")
            };
            assert_eq!(what, "`https_proxy` is not the URL of an HTTP proxy");
        }
    }

    #[test]
    fn what_is_near_or_excepted_is_reached_without_a_proxy() {
        let all = [
            ("HTTPS_PROXY", "http://a:1"),
            ("HTTP_PROXY", "http://a:1"),
            ("no_proxy", "amazonaws.com, 10.0.0.0/8"),
        ];
        for target in [
            "http://localhost:4566/",
            "http://api.localhost/",
            "http://127.0.0.1:1/",
            "ws://[::1]:1/",
            "http://169.254.169.254/latest/",
            "http://[fd00:ec2::254]/latest/",
            "https://sts.us-east-1.amazonaws.com/",
            "https://10.1.2.3/",
        ] {
            assert_eq!(way(&all, target), None, "{target}");
        }
        assert!(way(&all, "https://sts.cn-north-1.amazonaws.com.cn/").is_some());
        assert!(way(&all, "https://11.1.2.3/").is_some());
        assert_eq!(way(&[("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", "*")], "https://aws.test/"), None);
    }
}
