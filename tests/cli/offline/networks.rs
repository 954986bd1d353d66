//! Proxies and private certificate authorities, for the calls to AWS and for the WebSocket.
use serde_json::json;

use crate::support::{
    project::{Project, TABLES},
    stand_in::{Answer, caller, json_refusal},
    tls_proxy::{AUTHORITY, TlsProxy},
};

fn denied(request: &str) -> Answer {
    caller(request).unwrap_or_else(|| json_refusal("AccessDeniedException", "told behind the proxy"))
}

/// A project that AWS itself is asked for, with nothing of this machine's network settings.
fn project(rest: &str) -> Project {
    let names = [
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "NO_PROXY",
        "no_proxy",
        "AWS_ENDPOINT_URL",
    ];
    names.into_iter().fold(Project::on(rest), super::super::support::project::Project::without)
}

#[test]
fn calls_go_through_the_proxy_with_its_credentials() {
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let proxy = TlsProxy::start(denied);
        let url = format!("http://ann:s%40cret@{}", proxy.address);
        let project = project(TABLES).with(name, &url).with("AWS_CA_BUNDLE", AUTHORITY);
        let told = project.run(&["plan"]).exits(1).says(&["told behind the proxy"]);
        assert!(!told.err.contains("cret"), "{told}");
        let heads = proxy.heads();
        for host in ["sts", "dynamodb"] {
            let line = format!("CONNECT {host}.us-east-1.amazonaws.com:443 HTTP/1.1\r\n");
            let head =
                heads.iter().find(|head| head.starts_with(&line)).unwrap_or_else(|| panic!("{heads:?}"));
            assert!(head.contains("Basic YW5uOnNAY3JldA=="), "{head}");
        }
    }
}

#[test]
fn this_machine_is_reached_without_a_proxy() {
    let (proxy, endpoint) = (TlsProxy::start(denied), TlsProxy::bare(denied));
    let project = project(TABLES)
        .with("HTTPS_PROXY", &format!("http://{}", proxy.address))
        .with("AWS_CA_BUNDLE", AUTHORITY)
        .with("AWS_ENDPOINT_URL", &format!("https://{}", endpoint.address));
    project.run(&["plan"]).exits(1).says(&["told behind the proxy"]);
    assert_eq!(proxy.heads(), [""; 0]);
}

#[test]
fn an_authority_is_trusted_that_the_variable_or_the_profile_names() {
    let endpoint = TlsProxy::bare(denied);
    let project = || project(TABLES).with("AWS_ENDPOINT_URL", &format!("https://{}", endpoint.address));
    project().run(&["plan"]).exits(1).says(&[
        "sts:GetCallerIdentity",
        "invalid peer certificate",
        "AWS_CA_BUNDLE",
    ]);
    let with = project();
    let config = with.file("config", format!("[profile inspected]\nca_bundle = {AUTHORITY}\n"));
    let with = with.with("AWS_CONFIG_FILE", &config).with("AWS_PROFILE", "inspected");
    with.run(&["plan"]).exits(1).says(&["told behind the proxy"]);
}

#[test]
fn a_bundle_or_a_proxy_that_is_none_is_wrong_usage() {
    let hint = "name a file that holds the certificates of authorities in PEM form";
    project(TABLES)
        .with("AWS_CA_BUNDLE", "nowhere.pem")
        .run(&["plan"])
        .exits(64)
        .says(&["`AWS_CA_BUNDLE` names `nowhere.pem`, which cannot be read", hint]);
    project(TABLES)
        .with("AWS_CA_BUNDLE", "copilot.yaml")
        .run(&["plan"])
        .exits(64)
        .says(&["which holds no certificate", hint]);
    let told = project(TABLES).with("HTTPS_PROXY", "socks5://ann:s3cret@x:1").run(&["plan"]).exits(64);
    told.says(&["`HTTPS_PROXY` is not the URL of an HTTP proxy", "hint: a proxy looks like"]);
    // The local cloud goes by none of them.
    let status = project(TABLES).with("AWS_CA_BUNDLE", "nowhere.pem").run(&["local", "status"]);
    assert!(!status.err.contains("AWS_CA_BUNDLE"), "{status}");
}

#[test]
fn a_websocket_goes_through_the_proxy_too() {
    let api = json!({ "items": [{
        "apiId": "abc123", "name": "shop-api", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action",
        "apiKeySelectionExpression": "x", "tags": { "copilot-infra:stack": "shop" },
    }] });
    let proxy = TlsProxy::start(move |request| match caller(request) {
        Some(answer) => answer,
        None if request.starts_with("GET /v2/apis") => (200, "application/json", api.to_string()),
        None if request.to_lowercase().contains("upgrade: websocket") => {
            (403, "application/json", json!({ "message": "told behind the proxy" }).to_string())
        }
        None => json_refusal("AccessDeniedException", "no"),
    });
    let spec = "functions:\n  talk: { handler: websocket-handler.handler }\n\
                api: { routes: { $connect: talk, $disconnect: talk, $default: talk } }\n";
    let project = project(spec)
        .with("https_proxy", &format!("http://ann:me@{}", proxy.address))
        .with("AWS_CA_BUNDLE", AUTHORITY);
    for command in ["chat", "smoke"] {
        let told = project.run(&[command]).exits(1);
        assert!(told.text().contains("status 403: told behind the proxy"), "{told}");
        let heads = proxy.heads();
        let last = heads.last().unwrap();
        assert!(
            last.starts_with("CONNECT abc123.execute-api.us-east-1.amazonaws.com:443 HTTP/1.1\r\n"),
            "{last}"
        );
        assert!(last.contains("Proxy-Authorization: Basic YW5uOm1l\r\n"), "{last}");
    }
}
