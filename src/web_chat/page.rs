//! The files of the page, embedded in the binary, and what it is told of the stack.
use std::borrow::Cow;

use serde_json::json;

use crate::websocket::{TokenCarrier, WebSocketAddress};

macro_rules! files {
    ($($path:literal: $kind:literal),+ $(,)?) => {
        &[$(($path, $kind, include_str!(concat!("../../templates/web-chat/", $path)))),+]
    };
}

/// Path, media type and text of each file; a test compares the list with the folder.
const FILES: &[(&str, &str, &str)] = files!(
    "client.mjs": "text/javascript; charset=utf-8",
    "history.mjs": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "index.html": "text/html; charset=utf-8",
    "markdown.mjs": "text/javascript; charset=utf-8",
    "page.mjs": "text/javascript; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
);

/// The page that talks with one stack.
pub struct Page {
    /// The module that tells the page of the stack.
    config: String,
    /// The one address that the page may connect to.
    websocket: String,
}

/// The authorizer reads the token where no page can put it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the authorizer reads the token from the header `{0}`, which a browser does not let a page send")]
pub struct UnfitCarrier(pub String);

/// A file as it is served.
pub(super) struct Served<'a> {
    pub(super) media_type: &'static str,
    pub(super) text: Cow<'a, str>,
}

impl Page {
    /// Makes the page of the stack called `name`, whose WebSocket is at `address`. With an authorizer the address says where
    /// it looks for the token, which itself is of no interest.
    ///
    /// # Errors
    /// A page cannot bring a token there.
    pub fn new(name: &str, address: &WebSocketAddress) -> Result<Self, UnfitCarrier> {
        let mut config = json!({ "name": name, "url": address.url });
        match &address.token {
            None => {}
            Some((TokenCarrier::Query(parameter), _)) => {
                config["carrier"] = json!("query");
                config["parameter"] = json!(parameter);
            }
            Some((TokenCarrier::Header(name), _)) if name.eq_ignore_ascii_case("Sec-WebSocket-Protocol") => {
                config["carrier"] = json!("subprotocol");
            }
            Some((TokenCarrier::Header(name), _)) => return Err(UnfitCarrier(name.clone())),
        }
        // JSON is an expression of JavaScript (ECMA-262 since 2019).
        let config = format!("export const config = {config};\n");
        Ok(Self { config, websocket: address.url.clone() })
    }

    /// Returns the file at a path of the page.
    pub(super) fn file(&self, path: &str) -> Option<Served<'_>> {
        let name = if path == "/" { "index.html" } else { path.strip_prefix('/')? };
        if name == "config.mjs" {
            let text = Cow::Borrowed(self.config.as_str());
            return Some(Served { media_type: "text/javascript; charset=utf-8", text });
        }
        let (_, media_type, text) = FILES.iter().find(|(known, ..)| *known == name)?;
        Some(Served { media_type, text: Cow::Borrowed(text) })
    }

    /// Returns what the browser lets the page do (Content Security Policy Level 3): run its own modules, connect to the
    /// stack, and nothing else.
    pub(super) fn content_security_policy(&self) -> String {
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {}; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            self.websocket
        )
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::aws::Network;

    fn page(carrier: Option<TokenCarrier>) -> Result<Page, UnfitCarrier> {
        let token = carrier.map(|carrier| (carrier, String::new()));
        let address =
            WebSocketAddress { url: "wss://a1.test/prod".into(), token, network: Network::default() };
        Page::new("shop", &address)
    }

    fn config(carrier: Option<TokenCarrier>) -> String {
        page(carrier).unwrap().file("/config.mjs").unwrap().text.into_owned()
    }

    #[test]
    fn all_files_of_the_template_are_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/web-chat");
        let names =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // The one is for readers, the other is made for the stack.
        let there: BTreeSet<String> =
            names.filter(|name| !["README.md", "config.mjs"].contains(&name.as_str())).collect();
        let embedded = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(there, embedded);
    }

    #[test]
    fn the_page_knows_where_the_token_goes() {
        assert_eq!(
            config(None),
            "export const config = {\"name\":\"shop\",\"url\":\"wss://a1.test/prod\"};\n"
        );
        let query = config(Some(TokenCarrier::Query("auth".into())));
        assert!(query.contains(r#""carrier":"query","parameter":"auth""#), "{query}");
        let offered = config(Some(TokenCarrier::Header("sec-websocket-protocol".into())));
        assert!(offered.contains(r#""carrier":"subprotocol""#), "{offered}");
        let unfit = page(Some(TokenCarrier::Header("Authorization".into()))).err();
        assert_eq!(unfit, Some(UnfitCarrier("Authorization".into())));
    }

    #[test]
    fn the_page_may_connect_to_the_stack_alone() {
        let policy = page(None).unwrap().content_security_policy();
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains("; connect-src wss://a1.test/prod; "), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
