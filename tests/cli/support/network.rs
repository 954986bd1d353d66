//! A network that can be cut: every connection goes through it.
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// The network; it ends with the test process.
pub(crate) struct Network {
    pub(crate) url: String,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Network {
    pub(crate) fn before(endpoint: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let open = Arc::<Mutex<Vec<TcpStream>>>::default();
        let (shared, upstream) = (Arc::clone(&open), endpoint.trim_start_matches("http://").to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // The cloud ends before the program that uses it, when a test fails.
                let Ok(server) = TcpStream::connect(&upstream) else { continue };
                let ends = [&client, &server].map(|end| end.try_clone().unwrap());
                shared.lock().unwrap().extend(ends);
                forward(client.try_clone().unwrap(), server.try_clone().unwrap());
                forward(server, client);
            }
        });
        Self { url, open }
    }

    /// Drops everything that is connected now.
    pub(crate) fn cut(&self) {
        for end in self.open.lock().unwrap().drain(..) {
            // One that is closed already cannot be closed again.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream) {
    std::thread::spawn(move || {
        let mut part = [0; 8192];
        while let Ok(count @ 1..) = from.read(&mut part) {
            if to.write_all(&part[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}
