//! An HTTP proxy behind which every host is a stand-in for AWS, with certificates of a private authority.
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use tokio_rustls::rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::stand_in::{Answer, serve};

/// The certificate of the authority.
pub(crate) const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/authority.pem");

/// The proxy; it ends with the test process.
pub(crate) struct TlsProxy {
    /// Host and port.
    pub(crate) address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl TlsProxy {
    /// Starts a proxy that tunnels to what answers so.
    pub(crate) fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self::listen(true, answer)
    }

    /// Starts a host without a proxy before it.
    pub(crate) fn bare(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self::listen(false, answer)
    }

    fn listen(tunnels: bool, answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (heads, answer, tls) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(answer), server_config());
        let kept = Arc::clone(&heads);
        std::thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let (answer, tls, kept) = (Arc::clone(&answer), Arc::clone(&tls), Arc::clone(&kept));
                std::thread::spawn(move || {
                    if tunnels {
                        kept.lock().unwrap().push(accept_tunnel(&mut client)?);
                    }
                    let connection = ServerConnection::new(tls).map_err(std::io::Error::other)?;
                    serve(StreamOwned::new(connection, client), &*answer)
                });
            }
        });
        Self { address, heads }
    }

    /// The heads of the requests for tunnels so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn accept_tunnel(client: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn server_config() -> Arc<ServerConfig> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates");
    let chain = vec![CertificateDer::from_pem_file(format!("{folder}/server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(format!("{folder}/server.key")).unwrap();
    Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap())
}
