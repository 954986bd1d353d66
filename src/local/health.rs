//! Checks the health of the emulator, and finds a free port for it.
use std::{io, net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// An answer takes milliseconds; this limit is for a machine that is very busy.
const LIMIT: Duration = Duration::from_secs(3);

/// Returns whether MiniStack answers its health check at this port of 127.0.0.1.
pub(super) async fn is_healthy(port: u16) -> bool {
    tokio::time::timeout(LIMIT, request_health(port))
        .await
        .is_ok_and(|answer| answer.is_ok_and(|text| is_healthy_answer(&text)))
}

fn is_healthy_answer(answer: &[u8]) -> bool {
    let status = answer.splitn(3, |byte| *byte == b' ').nth(1);
    status == Some(b"200") && String::from_utf8_lossy(answer).contains("\"services\"")
}

async fn request_health(port: u16) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream
        .write_all(b"GET /_ministack/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Finds a port that is free now; another program may still take it before the emulator does.
pub(super) async fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn server(answer: &'static [u8]) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer).await;
        });
        port
    }

    #[tokio::test]
    async fn only_ministack_is_well() {
        let good = b"HTTP/1.1 200 \r\ncontent-type: application/json\r\n\r\n{\"services\": {}}";
        assert!(is_healthy(server(good).await).await);
        assert!(!is_healthy(server(b"HTTP/1.1 500 \r\n\r\n{\"services\": {}}").await).await);
        assert!(!is_healthy(server(b"HTTP/1.1 200 OK\r\n\r\n<html>").await).await);
        assert!(!is_healthy(server(b"").await).await);
    }

    #[tokio::test]
    async fn a_free_port_can_be_opened_and_is_silent() {
        let port = free_port().await.unwrap();
        assert!(!is_healthy(port).await);
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    }
}
