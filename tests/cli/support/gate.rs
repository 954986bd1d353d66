//! A proxy before the local cloud that holds requests up, refuses them or loses their answers.
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    /// It waits until the rule is released or the gate opens.
    Hold,
    /// The service refuses it with this code and does nothing.
    Refuse(&'static str),
    /// The service does it, but its answer never comes; once.
    LoseAnswer,
}

struct Rule {
    /// All of these stand in the request.
    words: &'static [&'static str],
    act: Act,
    met: usize,
}

struct State {
    rules: Mutex<Vec<Rule>>,
    changed: Condvar,
}

/// The proxy; it ends with the test process.
pub(crate) struct Gate {
    pub(crate) url: String,
    state: Arc<State>,
}

const PATIENCE: Duration = Duration::from_mins(2);

impl Gate {
    pub(crate) fn before(url: &str, rules: &[(&'static [&'static str], Act)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let rules = rules.iter().map(|(words, act)| Rule { words, act: *act, met: 0 }).collect();
        let state = Arc::new(State { rules: Mutex::new(rules), changed: Condvar::new() });
        let (shared, upstream) = (Arc::clone(&state), url.trim_start_matches("http://").to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (state, upstream) = (Arc::clone(&shared), upstream.clone());
                // A client that was killed leaves a broken pipe: no matter.
                std::thread::spawn(move || state.serve(client, &upstream).ok());
            }
        });
        Self { url: own, state }
    }

    /// Waits until a rule has met a request.
    pub(crate) fn met(&self) {
        let rules = self.state.rules.lock().unwrap();
        let none = |rules: &mut Vec<Rule>| rules.iter().all(|rule| rule.met == 0);
        let (_rules, timeout) = self.state.changed.wait_timeout_while(rules, PATIENCE, none).unwrap();
        assert!(!timeout.timed_out(), "no request met a rule");
    }

    /// Lets what one rule holds pass from now on.
    pub(crate) fn release(&self, words: &[&str]) {
        self.state.rules.lock().unwrap().retain(|rule| rule.words != words);
        self.state.changed.notify_all();
    }

    /// Lets everything pass from now on.
    pub(crate) fn open(&self) {
        self.state.rules.lock().unwrap().clear();
        self.state.changed.notify_all();
    }
}

impl State {
    /// The rule for a request; returns after the gate has opened for one that is held.
    fn judge(&self, request: &str) -> Option<Act> {
        let mut rules = self.rules.lock().unwrap();
        let fits = |rule: &&mut Rule| rule.words.iter().all(|word| request.contains(word));
        let rule = rules.iter_mut().find(fits)?;
        rule.met += 1;
        let (act, first, words) = (rule.act, rule.met == 1, rule.words);
        self.changed.notify_all();
        match act {
            Act::Hold => {
                let closed = |rules: &mut Vec<Rule>| rules.iter().any(|rule| rule.words == words);
                drop(self.changed.wait_while(rules, closed).unwrap());
                None
            }
            Act::LoseAnswer if !first => None,
            act => Some(act),
        }
    }

    /// One request for each connection.
    fn serve(&self, mut client: TcpStream, upstream: &str) -> std::io::Result<()> {
        let request = read(&mut client)?;
        let act = self.judge(&String::from_utf8_lossy(&request));
        if let Some(Act::Refuse(code)) = act {
            let body = format!("{{\"__type\":\"{code}\",\"message\":\"the gate says so\"}}");
            let length = body.len();
            write!(
                client,
                "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-ErrorType: {code}\r\nx-amzn-RequestId: gate-17\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )?;
            return Ok(());
        }
        let mut server = TcpStream::connect(upstream)?;
        let end = request.windows(2).position(|pair| pair == b"\r\n").unwrap_or_default();
        server.write_all(&request[..end])?;
        server.write_all(b"\r\nConnection: close")?;
        server.write_all(&request[end..])?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        if act != Some(Act::LoseAnswer) {
            client.write_all(&answer)?;
        }
        client.shutdown(Shutdown::Both)
    }
}

/// A request with its body, whose length its head tells.
fn read(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let (mut request, mut part) = (Vec::new(), [0; 8192]);
    loop {
        let count = client.read(&mut part)?;
        request.extend(&part[..count]);
        let head = request.windows(4).position(|four| four == b"\r\n\r\n");
        let whole = head.is_some_and(|head| {
            let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
            let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            request.len() >= head + 4 + length.map_or(0, |length| length.trim().parse().unwrap())
        });
        if whole || count == 0 {
            return Ok(request);
        }
    }
}
