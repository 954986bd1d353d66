//! One open WebSocket.
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        error::ProtocolError,
        handshake::client::{Request, Response},
        http::{HeaderName, HeaderValue},
    },
};

use super::{
    Frame, WebSocketAddress,
    connect::{ByteStream, open_stream},
};
use crate::{
    aws::{Network, UNTRUSTED},
    diagnostic::{Category, Diagnostic, ExitCode, Failure},
};

/// Time for a connection to come up, its authorizer included: Lambda may have to start two functions.
const OPENING: Duration = Duration::from_secs(29);

/// Error of a WebSocket connection.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The gateway does not let the client in.
    #[error("the gateway refused the connection with status {status}{}", colon_suffix(.body))]
    Refused {
        /// HTTP status.
        status: u16,
        /// Body of the response.
        body: String,
    },
    /// No connection came up.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// The token is none that a header could carry.
    #[error("the token cannot stand in a header")]
    Token,
    /// The token would cross a network unencrypted.
    #[error("the token is not sent to `{0}`, which is neither encrypted nor on this machine")]
    Cleartext(String),
    /// The gateway took the token that came as a subprotocol, and chose no protocol.
    #[error(
        "the gateway let the client in but chose none of the subprotocols it offered, which ends the connection"
    )]
    NoSubprotocol,
    /// The connection was open and has been closed.
    #[error("the connection was closed{}", colon_suffix(.0))]
    Closed(String),
    /// Nothing came in time.
    #[error("nothing came for {} s", .0.as_secs())]
    Silent(Duration),
    /// Something came that is no frame.
    #[error("not a frame of the protocol: {0}")]
    Strange(String),
}

fn colon_suffix(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(ExitCode::Failed, error.diagnostic())
    }
}

impl Error {
    /// Returns the diagnostic: the error and the next step.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(Category::Other, self.to_string()).with_hint(self.hint())
    }

    /// Returns the next step for the user.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Refused { status: 401 | 403, .. } => {
                "`copilot-infra logs` shows what `$connect` or its authorizer says; an authorizer wants a valid token, by `--token` or COPILOT_TOKEN"
            }
            Self::Refused { .. } | Self::Closed(_) | Self::Silent(_) => {
                "`copilot-infra logs --since 5m` shows what the functions say"
            }
            Self::Unreachable(why) if why.contains(UNTRUSTED) => {
                "where the network inspects TLS, name the file of its certificate authority in AWS_CA_BUNDLE"
            }
            Self::Unreachable(_) => "check the network, and that the stack is applied: `copilot-infra plan`",
            Self::Token => "pass the token alone, without line ends or other control characters",
            Self::Cleartext(_) => {
                "use an endpoint that begins with `https://` (AWS_ENDPOINT_URL, `endpoint_url`), or leave the token out"
            }
            Self::NoSubprotocol => {
                "`$connect` must answer with the header `Sec-WebSocket-Protocol: copilot`, as the shipped handlers do; the local cloud does not pass that on: there, let the authorizer take the token from the query string"
            }
            Self::Strange(_) => "the functions speak another protocol than the template's: see its README.md",
        }
    }
}

/// Returns the refusal's text: its JSON's `message`, however the body was sent.
fn refusal_message(body: &str) -> String {
    let json = body.find('{').zip(body.rfind('}')).and_then(|(start, end)| body.get(start..=end));
    let message = json.and_then(|json| serde_json::from_str::<Value>(json).ok());
    let message = message.and_then(|value| Some(value.get("message")?.as_str()?.to_owned()));
    message.unwrap_or_else(|| body.trim().chars().take(200).collect())
}

/// An open connection.
pub struct Socket(Stream);

type Stream = WebSocketStream<MaybeTlsStream<Box<dyn ByteStream>>>;

/// Connects by the way that `network` sets, and shakes hands.
async fn connect(network: &Network, request: Request) -> Result<(Stream, Response), tungstenite::Error> {
    let stream = open_stream(network, request.uri()).await?;
    let connector = match request.uri().scheme_str() {
        Some("wss") => Connector::Rustls(network.tls_config()),
        _ => Connector::Plain,
    };
    client_async_tls_with_config(request, stream, None, Some(connector)).await
}

impl Socket {
    /// Connects.
    ///
    /// # Errors
    /// [`Error::Refused`] by the gateway or its authorizer, [`Error::Unreachable`], [`Error::Cleartext`].
    pub async fn open(address: &WebSocketAddress) -> Result<Self, Error> {
        if address.exposes_token() {
            return Err(Error::Cleartext(address.url.clone()));
        }
        let unreachable = |error: tungstenite::Error| Error::Unreachable(error.to_string());
        let mut request = address.request_url().into_client_request().map_err(unreachable)?;
        if let Some((name, value)) = address.token_header() {
            let name = HeaderName::try_from(name).map_err(|error| Error::Unreachable(error.to_string()))?;
            let value = HeaderValue::try_from(value).map_err(|_| Error::Token)?;
            request.headers_mut().insert(name, value);
        }
        match timeout(OPENING, connect(&address.network, request)).await {
            Ok(Ok((socket, _))) => Ok(Self(socket)),
            Ok(Err(tungstenite::Error::Http(response))) => {
                let body = response.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                Err(Error::Refused { status: response.status().as_u16(), body: refusal_message(&body) })
            }
            Ok(Err(tungstenite::Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)))) => {
                Err(Error::NoSubprotocol)
            }
            Ok(Err(error)) => Err(unreachable(error)),
            Err(_) => Err(Error::Silent(OPENING)),
        }
    }

    /// Sends one frame.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn send_frame(&mut self, frame: &Value) -> Result<(), Error> {
        self.0.send(Message::text(frame.to_string())).await.map_err(closed_error)
    }

    /// The next frame.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Strange`], or [`Error::Silent`] after `limit`.
    pub async fn receive_within(&mut self, limit: Duration) -> Result<Frame, Error> {
        timeout(limit, self.next_frame()).await.unwrap_or(Err(Error::Silent(limit)))
    }

    /// The next frame, whenever it comes.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Strange`].
    pub async fn next_frame(&mut self) -> Result<Frame, Error> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Frame::parse(&text)
                        .ok_or_else(|| Error::Strange(text.chars().take(200).collect()));
                }
                Some(Ok(Message::Close(frame))) => {
                    return Err(Error::Closed(
                        frame.map(|frame| frame.reason.to_string()).unwrap_or_default(),
                    ));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(closed_error(error)),
                None => return Err(Error::Closed(String::new())),
            }
        }
    }

    /// Says goodbye; that nobody answers is no error.
    pub async fn close(mut self) {
        let _ = self.0.close(None).await;
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is used as a mapping of errors")]
fn closed_error(error: tungstenite::Error) -> Error {
    Error::Closed(error.to_string())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::websocket::TokenCarrier;

    #[tokio::test]
    async fn a_token_that_cannot_be_sent_and_a_subprotocol_that_is_not_taken_are_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let open = async |token: &str| {
            let carrier = TokenCarrier::Header("Sec-WebSocket-Protocol".into());
            let address = WebSocketAddress {
                url: url.clone(),
                token: Some((carrier, token.to_owned())),
                network: Network::default(),
            };
            Socket::open(&address).await.err()
        };
        assert!(matches!(open("a\nb").await, Some(Error::Token)));
        let gateway = async {
            let (stream, _) = listener.accept().await.unwrap();
            tokio_tungstenite::accept_async(stream).await
        };
        let (refused, _) = tokio::join!(open("a.b.c"), gateway);
        let Some(error @ Error::NoSubprotocol) = refused else { panic!("{refused:?}") };
        assert!(error.hint().contains("`Sec-WebSocket-Protocol: copilot`"));
    }
}
