//! A stand-in for AWS that answers as each test wants.
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
};

/// Status, media type and body.
pub(crate) type Answer = (u16, &'static str, String);

/// The account that the caller is of, if the stand-in knows callers.
pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const JSON: &str = "application/x-amz-json-1.0";

/// Starts a stand-in that ends with the test process; returns its address.
pub(crate) fn stand_in(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || serve(client, &*answer).ok());
        }
    });
    url
}

/// Reads a request and answers it.
pub(crate) fn serve(mut client: impl Read + Write, answer: &dyn Fn(&str) -> Answer) -> std::io::Result<()> {
    let request = request(&mut client)?;
    let (status, kind, body) = answer(&request);
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    client.flush()
}

fn request(client: &mut impl Read) -> std::io::Result<String> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let count = client.read(&mut part)?;
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            // Whoever has left without a word says no more.
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            continue;
        };
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if count == 0 || body.len() >= length.unwrap_or(0) {
            return Ok(text);
        }
    }
}

/// What STS says of the caller, if that is what was asked.
pub(crate) fn caller(request: &str) -> Option<Answer> {
    let who = format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/me</Arn>\
         <UserId>U</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    request.contains("Action=GetCallerIdentity").then_some((200, "text/xml", who))
}

/// A refusal by a service that speaks JSON.
pub(crate) fn json_refusal(code: &str, words: &str) -> Answer {
    (400, JSON, serde_json::json!({ "__type": code, "message": words }).to_string())
}

/// A refusal by a service that speaks XML.
pub(crate) fn refusal(code: &str, words: &str) -> Answer {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error>");
    (400, "text/xml", format!("<ErrorResponse>{error}</ErrorResponse>"))
}
