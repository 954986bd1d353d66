//! The address that a client connects to, and the place of its token.
use std::net::IpAddr;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_tungstenite::tungstenite::http::Uri;

use crate::{
    aws::{Aws, AwsScope, Network},
    local,
    manifest::{defaults, types::Spec},
};

/// The place of the token in the request, where the API's authorizer reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenCarrier {
    /// A parameter of the query string.
    Query(String),
    /// A header.
    Header(String),
}

/// A WebSocket to connect to.
#[derive(Clone)]
pub struct WebSocketAddress {
    /// The URL, without a token.
    pub url: String,
    /// The token and where it goes.
    pub token: Option<(TokenCarrier, String)>,
    /// The way there.
    pub network: Network,
}

impl WebSocketAddress {
    /// The stage of the stack's API `api`, on AWS or on the emulator at `emulator`.
    #[must_use]
    pub fn of(spec: &Spec, aws: &Aws, emulator: Option<&str>, api: &str, token: Option<String>) -> Self {
        let stage = spec.stage_name();
        let url = match emulator {
            Some(endpoint) => local::websocket_url(endpoint, api, stage),
            None => format!("wss://{api}.{}/{stage}", AwsScope::of(aws).service("execute-api")),
        };
        let token = token.map(|token| (token_carrier(spec), token));
        Self { url, token, network: aws.network.clone() }
    }

    /// Whether the token would cross a network unencrypted.
    #[must_use]
    pub fn exposes_token(&self) -> bool {
        self.token.is_some() && !self.url.starts_with("wss://") && !is_on_this_machine(&self.url)
    }

    /// The URL as it is requested, with a token that goes into the query.
    pub(super) fn request_url(&self) -> String {
        match &self.token {
            Some((TokenCarrier::Query(name), token)) => {
                format!("{}?{name}={}", self.url, utf8_percent_encode(token, NON_ALPHANUMERIC))
            }
            _ => self.url.clone(),
        }
    }

    /// The header that carries the token, if one does.
    pub(super) fn token_header(&self) -> Option<(String, String)> {
        let Some((TokenCarrier::Header(name), token)) = &self.token else { return None };
        let value = match name.to_ascii_lowercase().as_str() {
            // As a browser sends it: the token besides a protocol that the server can choose.
            "sec-websocket-protocol" => format!("copilot, {token}"),
            "authorization" => format!("Bearer {token}"),
            _ => token.clone(),
        };
        Some((name.clone(), value))
    }
}

fn is_on_this_machine(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn token_carrier(spec: &Spec) -> TokenCarrier {
    let authorizer = spec.api.as_ref().and_then(|api| api.function_authorizer());
    let written = authorizer.and_then(|authorizer| authorizer.identity.first());
    let source = written.map_or(defaults::IDENTITY, |source| source.as_str());
    match source.rsplit_once('.') {
        Some((kind, name)) if kind.ends_with("header") => TokenCarrier::Header(name.to_owned()),
        Some((_, name)) => TokenCarrier::Query(name.to_owned()),
        None => TokenCarrier::Query("token".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(carrier: TokenCarrier) -> WebSocketAddress {
        let token = Some((carrier, "a.b+c".into()));
        WebSocketAddress { url: "wss://x.test/prod".into(), token, network: Network::default() }
    }

    #[test]
    fn a_token_goes_unencrypted_to_this_machine_only() {
        let exposed =
            |url: &str| WebSocketAddress { url: url.into(), ..with(TokenCarrier::Query("t".into())) };
        for url in [
            "ws://gateway.test/prod",
            "ws://192.0.2.1:4566/prod",
            "ws://localhost.evil.test/",
            "ws://[2001:db8::1]/",
        ] {
            assert!(exposed(url).exposes_token(), "{url}");
            assert!(!WebSocketAddress { token: None, ..exposed(url) }.exposes_token(), "{url}");
        }
        for url in
            ["wss://gateway.test/prod", "ws://127.0.0.1:4566/", "ws://localhost:4566/", "ws://[::1]:4566/"]
        {
            assert!(!exposed(url).exposes_token(), "{url}");
        }
    }

    #[test]
    fn a_token_goes_where_the_authorizer_looks() {
        let query = with(TokenCarrier::Query("token".into()));
        assert_eq!(query.request_url(), "wss://x.test/prod?token=a%2Eb%2Bc");
        assert_eq!(query.token_header(), None);
        let offered = with(TokenCarrier::Header("Sec-WebSocket-Protocol".into()));
        assert_eq!(offered.request_url(), "wss://x.test/prod");
        assert_eq!(offered.token_header().unwrap().1, "copilot, a.b+c");
        assert_eq!(
            with(TokenCarrier::Header("Authorization".into())).token_header().unwrap().1,
            "Bearer a.b+c"
        );
        assert_eq!(with(TokenCarrier::Header("X-Auth".into())).token_header().unwrap().1, "a.b+c");
    }
}
