//! The HTTP client of the SDK.
use std::fmt;

use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::HttpRequest,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared,
};
use tokio_tungstenite::tungstenite::http::Uri;

use super::{CaBundle, Proxies};

const TLS: Provider = Provider::Rustls(CryptoMode::Ring);

/// Builds the client; it routes each request on its own, because one configuration serves endpoints near and far.
pub(super) fn build(proxies: &Proxies, authorities: Option<&CaBundle>) -> SharedHttpClient {
    let context = tls_context(authorities);
    let direct = Builder::new().tls_provider(TLS).tls_context(context.clone()).build_https();
    let through = |proxy: Option<ProxyConfig>| proxy.map(|proxy| through_proxy(proxy, context.clone()));
    let http = through(proxies.http.as_deref().and_then(|url| ProxyConfig::http(url).ok()));
    let https = through(proxies.https.as_deref().and_then(|url| ProxyConfig::https(url).ok()));
    match (&http, &https) {
        (None, None) => direct,
        _ => RoutingClient { proxies: proxies.clone(), direct, http, https }.into_shared(),
    }
}

fn tls_context(authorities: Option<&CaBundle>) -> TlsContext {
    let trusted = authorities.map(|bundle| TrustStore::default().with_pem_certificate(bundle.pem()));
    let context = trusted.map(|store| TlsContext::builder().with_trust_store(store).build());
    context.and_then(Result::ok).unwrap_or_default()
}

fn through_proxy(proxy: ProxyConfig, context: TlsContext) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.tls_provider(TLS).tls_context(context.clone()).build()
    })
}

/// A client, or a connector of it, for each way out.
struct Routing<T> {
    proxies: Proxies,
    direct: T,
    http: Option<T>,
    https: Option<T>,
}

type RoutingClient = Routing<SharedHttpClient>;
type RoutingConnector = Routing<SharedHttpConnector>;

impl<T> fmt::Debug for Routing<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Routing")
    }
}

impl<T> Routing<T> {
    fn map<U>(&self, map: impl Fn(&T) -> U) -> Routing<U> {
        Routing {
            proxies: self.proxies.clone(),
            direct: map(&self.direct),
            http: self.http.as_ref().map(&map),
            https: self.https.as_ref().map(&map),
        }
    }

    fn route(&self, target: &str) -> &T {
        let Ok(target) = target.parse::<Uri>() else { return &self.direct };
        let proxied = if target.scheme_str() == Some("http") { &self.http } else { &self.https };
        proxied.as_ref().filter(|_| self.proxies.proxy_for(&target).is_some()).unwrap_or(&self.direct)
    }
}

impl HttpClient for RoutingClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.map(|client| client.http_connector(settings, components)))
    }
}

impl HttpConnector for RoutingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.route(request.uri()).call(request)
    }
}
