//! A tiny HTTP server on the loopback interface.
use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::{Page, request};

/// Longest head of a request, in bytes.
const HEAD: usize = 16 * 1024;
/// Time for one request and its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the page on a port of this machine that the system chooses.
pub struct Server {
    listener: TcpListener,
    port: u16,
    page: Arc<Page>,
}

impl Server {
    /// Listens on the loopback interface.
    ///
    /// # Errors
    /// The error of the operating system.
    pub async fn bind(page: Page) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port, page: Arc::new(page) })
    }

    /// Returns the address of the page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Serves until it can take no more connections; returns why.
    pub async fn serve(&self) -> io::Error {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let (page, port) = (Arc::clone(&self.page), self.port);
                    // A client that is slow or gone is nobody's concern.
                    tokio::spawn(async move { drop(timeout(PATIENCE, respond(stream, &page, port)).await) });
                }
                Err(error) => return error,
            }
        }
    }
}

async fn respond(mut stream: TcpStream, page: &Page, port: u16) -> io::Result<()> {
    let answer = match read_head(&mut stream).await? {
        Some(head) => request::answer(page, port, &head),
        None => {
            request::refusal("431 Request Header Fields Too Large", "the head of this request is too long")
        }
    };
    stream.write_all(&answer).await?;
    stream.shutdown().await?;
    // What the client still sends is read: a connection that is closed on unread bytes is reset, and its answer lost.
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(drop)
}

/// Reads up to the end of the head; none if it is too long.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > HEAD {
            return Ok(None);
        }
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    Ok(Some(head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{aws::Network, websocket::WebSocketAddress};

    async fn server() -> Arc<Server> {
        let address =
            WebSocketAddress { url: "ws://127.0.0.1:1/x".into(), token: None, network: Network::default() };
        let server = Arc::new(Server::bind(Page::new("shop", &address).unwrap()).await.unwrap());
        let serving = Arc::clone(&server);
        tokio::spawn(async move { serving.serve().await });
        server
    }

    async fn request(server: &Server, text: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        stream.write_all(text.replace("PORT", &server.port.to_string()).as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn the_page_is_served_under_names_of_this_machine_only() {
        let server = server().await;
        for host in ["127.0.0.1:PORT", "localhost:PORT"] {
            let answer = request(&server, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html"), "{head}");
            assert!(head.contains("Content-Security-Policy: default-src 'none'; "), "{head}");
            assert!(head.contains("connect-src ws://127.0.0.1:1/x;"), "{head}");
            assert!(body.starts_with("<!doctype html>") && body.ends_with("</html>\n"), "{body}");
        }
        for host in
            ["Host: evil.test:PORT", "Host: 127.0.0.1", "Host: 127.0.0.1:PORT\r\nHost: evil.test", "X: y"]
        {
            let answer = request(&server, &format!("GET /config.mjs HTTP/1.1\r\n{host}\r\n\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 421 ") && !answer.contains("ws://"), "{host}: {answer}");
        }
    }

    #[tokio::test]
    async fn whatever_else_is_asked_is_refused_in_words() {
        let server = server().await;
        for (asked, status) in [
            ("POST / HTTP/1.1", 405),
            ("GET /../Cargo.toml HTTP/1.1", 404),
            ("GET http://127.0.0.1/ HTTP/1.1", 404),
            ("no request", 400),
        ] {
            let answer = request(&server, &format!("{asked}\r\nHost: localhost:PORT\r\n\r\n")).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{asked}: {answer}");
        }
        let long = format!("GET / HTTP/1.1\r\nHost: localhost:PORT\r\nX: {}\r\n\r\n", "x".repeat(2 * HEAD));
        assert!(request(&server, &long).await.starts_with("HTTP/1.1 431 "));
        let head = request(&server, "HEAD /icon.svg HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n").await;
        assert!(head.contains("image/svg+xml") && head.ends_with("\r\n\r\n"), "{head}");
    }
}
