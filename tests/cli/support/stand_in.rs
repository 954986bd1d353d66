//! A stand-in for AWS that answers as each test wants, and the built program before it.
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::Arc,
};

/// Status, media type and body.
pub(crate) type Answer = (u16, &'static str, String);

/// The account that the caller is of, if the stand-in knows callers.
pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const JSON: &str = "application/x-amz-json-1.0";

/// A table, which is asked for by name.
pub(crate) const TABLES: &str = "tables:\n  items: { partition_key: { name: id, type: S } }\n  orders: { partition_key: { name: id, type: S } }\n";

/// Starts a stand-in that ends with the test process; returns its address.
pub(crate) fn standin(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> String {
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

fn serve(mut client: TcpStream, answer: &dyn Fn(&str) -> Answer) -> std::io::Result<()> {
    let request = request(&mut client)?;
    let (status, kind, body) = answer(&request);
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn request(client: &mut TcpStream) -> std::io::Result<String> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let count = client.read(&mut part)?;
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
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

/// A refusal by a service that speaks XML.
pub(crate) fn refusal(code: &str, words: &str) -> Answer {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error>");
    (400, "text/xml", format!("<ErrorResponse>{error}</ErrorResponse>"))
}

/// The program on one spec.
pub(crate) struct Program {
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

/// How it ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Program {
    /// With a spec of the stack `shop` that goes on with `rest`.
    pub(crate) fn on(rest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("copilot.yaml"), format!("version: 1\nstack: shop\n{rest}"))
            .unwrap();
        Self { folder, variables: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Writes a file beside the spec and returns its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_copilot-infra"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs([
                ("AWS_ACCESS_KEY_ID", "id"),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
                ("AWS_REGION", "us-east-1"),
                ("AWS_MAX_ATTEMPTS", "1"),
                ("AWS_CONFIG_FILE", "/dev/null"),
                ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
                ("AWS_EC2_METADATA_DISABLED", "true"),
            ])
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ended {
    /// Asserts the exit code and that stderr holds all of `words`, and nothing of the SDK's insides.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in:\n{}", self.err);
        }
        for inside in ["Request {", "SdkBody", "interceptor", "panicked", "Some("] {
            assert!(!self.err.contains(inside), "{}", self.err);
        }
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in\n{}\n{}", self.out, self.err))
    }
}
