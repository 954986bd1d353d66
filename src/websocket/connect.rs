//! The way to a WebSocket: straight, or through a proxy.
use std::io;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use tokio_tungstenite::tungstenite::http::{HeaderValue, Uri};

use crate::aws::Network;

/// A stream of bytes, whatever carries it.
pub(super) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// Longest head of a proxy's answer.
const HEAD: usize = 16 * 1024;

/// Opens a stream to the host of `target`.
///
/// # Errors
/// The host or the proxy is out of reach, or the proxy refuses.
pub(super) async fn open_stream(network: &Network, target: &Uri) -> io::Result<Box<dyn ByteStream>> {
    let authority = authority_with_port(target)?;
    let Some(proxy) = network.proxy_for(target) else {
        return Ok(Box::new(TcpStream::connect(&authority).await?));
    };
    let by = authority_with_port(proxy.uri())?;
    let refused = |why: String| io::Error::other(format!("the proxy `{by}` {why}"));
    let stream =
        TcpStream::connect(&by).await.map_err(|error| refused(format!("is out of reach: {error}")))?;
    let mut stream: Box<dyn ByteStream> = if proxy.uri().scheme_str() == Some("https") {
        let host = proxy.uri().host().unwrap_or_default().to_owned();
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        Box::new(TlsConnector::from(network.tls_config()).connect(name, stream).await?)
    } else {
        Box::new(stream)
    };
    let answer = request_tunnel(&mut stream, &authority, proxy.basic_auth()).await?;
    match answer.split(' ').nth(1) {
        Some(status) if status.starts_with('2') => Ok(stream),
        _ => Err(refused(format!("refuses to connect to `{authority}`: {answer}"))),
    }
}

fn authority_with_port(url: &Uri) -> io::Result<String> {
    let host = url.host().ok_or_else(|| io::Error::other("the address names no host"))?;
    let usual = if matches!(url.scheme_str(), Some("https" | "wss")) { 443 } else { 80 };
    Ok(format!("{host}:{}", url.port_u16().unwrap_or(usual)))
}

/// Asks a proxy to connect to `authority`; returns the first line of its answer (RFC 9110, section 9.3.6).
async fn request_tunnel(
    stream: &mut dyn ByteStream,
    authority: &str,
    credentials: Option<&HeaderValue>,
) -> io::Result<String> {
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(value) = credentials {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await?;
    // Byte by byte: what comes after the head is the server's.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned())
}
