//! A proxy between the program and the cloud: it writes down every call, and answers some of them itself.
use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use copilot_infra::lease::TABLE;
use serde_json::Value;

use super::local_cloud::cloud;

/// One call of the program.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    /// Service, as its signature names it.
    pub(crate) service: String,
    /// Operation; method and path where the protocol has no name for it.
    pub(crate) name: String,
    /// Whether it is about the table of leases, which is no stack's.
    pub(crate) of_lease: bool,
    /// The whole request.
    pub(crate) text: String,
}

impl Call {
    /// Whether it can change nothing.
    pub(crate) fn is_read(&self) -> bool {
        ["Get", "List", "Describe", "GET /"].iter().any(|start| self.name.starts_with(start))
    }

    /// Whether it may change something of a stack.
    pub(crate) fn is_write(&self) -> bool {
        !self.is_read() && !self.of_lease
    }
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    /// It reaches the cloud, and so does its answer the program.
    Passes,
    /// The service refuses it with this code.
    Refused(&'static str),
    /// It reaches the cloud, but its answer is lost.
    LosesAnswer,
}

type Judge = dyn Fn(&Call) -> Fate + Send + Sync;

/// The proxy; its thread ends with the tests.
pub(crate) struct Proxy {
    pub(crate) url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Proxy {
    /// Passes everything on.
    pub(crate) fn recording() -> Self {
        Self::judging(|_| Fate::Passes)
    }

    /// Asks `judge` about every call.
    pub(crate) fn judging(judge: impl Fn(&Call) -> Fate + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (judge, record): (Arc<Judge>, _) = (Arc::new(judge), Arc::clone(&calls));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (judge, record) = (Arc::clone(&judge), Arc::clone(&record));
                // A broken connection is the program's to deal with.
                thread::spawn(move || serve(stream, &*judge, &record).ok());
            }
        });
        Self { url, calls }
    }

    /// The calls since the last time this was asked.
    pub(crate) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The calls since the last time that may have changed something of a stack.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.take().into_iter().filter(Call::is_write).map(|call| call.name).collect()
    }
}

fn serve(mut stream: TcpStream, judge: &Judge, record: &Mutex<Vec<Call>>) -> std::io::Result<()> {
    let (head, body) = request(&mut stream)?;
    let call = call(&head, &body);
    record.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
    match judge(&call) {
        Fate::Passes => stream.write_all(&forward(&head, &body)?)?,
        Fate::Refused(code) => stream.write_all(refusal(&call, &head, code).as_bytes())?,
        Fate::LosesAnswer => drop(forward(&head, &body)?),
    }
    stream.shutdown(Shutdown::Both)
}

/// Head and body of a request.
fn request(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let (mut read, mut chunk) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let count = stream.read(&mut chunk)?;
        read.extend_from_slice(&chunk[..count]);
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
            if read.len() >= end + 4 + length {
                return Ok((head, read.split_off(end + 4)));
            }
        }
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Reads the service off the signature, and the operation off target, body or path.
fn call(head: &str, body: &[u8]) -> Call {
    let scope = header(head, "authorization").and_then(|text| text.split("Credential=").nth(1));
    let service = scope.and_then(|text| text.split('/').nth(3)).unwrap_or_default().to_owned();
    let body = String::from_utf8_lossy(body);
    let target = header(head, "x-amz-target").and_then(|target| target.rsplit('.').next());
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let path = || head.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let table = serde_json::from_str::<Value>(&body).map_or(Value::Null, |mut body| body["TableName"].take());
    let name = target.or(action).map_or_else(path, str::to_owned);
    Call { service, name, of_lease: table == TABLE, text: format!("{head}\r\n\r\n{body}") }
}

fn forward(head: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let address = cloud().url.trim_start_matches("http://");
    let mut upstream = TcpStream::connect(address)?;
    let kept = head.lines().filter(|line| !line.to_lowercase().starts_with("connection:"));
    let head: Vec<_> = kept.chain(["Connection: close", "", ""]).collect();
    upstream.write_all(head.join("\r\n").as_bytes())?;
    upstream.write_all(body)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// A refusal in the words of the service's protocol.
fn refusal(call: &Call, head: &str, code: &str) -> String {
    let words = format!("refused by the tests: {}", call.name);
    let (status, body) = if header(head, "x-amz-target").is_some() {
        ("400 Bad Request", format!(r#"{{"__type":"{code}","message":"{words}"}}"#))
    } else if header(head, "content-type").is_some_and(|kind| kind.contains("form-urlencoded")) {
        let error =
            format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error>");
        ("403 Forbidden", format!("<ErrorResponse>{error}<RequestId>r-17</RequestId></ErrorResponse>"))
    } else {
        ("403 Forbidden", format!(r#"{{"message":"{words}"}}"#))
    };
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nx-amzn-requestid: r-17\r\nx-amzn-errortype: {code}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}
