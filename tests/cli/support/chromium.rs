//! A Chromium without a window, driven through the `DevTools` protocol: what a person does, and what they see.
use std::{
    env, fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// What a Chromium is called.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| find().unwrap_or_else(install));

fn find() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    let places = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|path| path.is_file())
}

/// Installs it where that is possible: the browser needs libraries of the system, and so cannot live in a cache.
fn install() -> PathBuf {
    let is_root = rustix::process::geteuid().is_root();
    let install = "apt-get update -q && apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 chromium";
    let mut command = Command::new("sh");
    command.args(["-c", install]).env("DEBIAN_FRONTEND", "noninteractive");
    let output = is_root.then(|| command.output().unwrap());
    let said = output.map_or_else(
        || "only root may install it here".to_owned(),
        |output| String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    find().unwrap_or_else(|| {
        panic!("the tests of the page in a browser need Chromium, which could not be installed: install the package `chromium`, or Google Chrome, and put it on the PATH\n{said}")
    })
}

/// A browser with a profile of its own.
pub(crate) struct Chromium {
    child: Child,
    profile: TempDir,
}

impl Chromium {
    pub(crate) async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new(&*PROGRAM);
        command.args(["--headless", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu"]);
        // Containers of a CI have neither user namespaces nor much shared memory.
        command.args(["--no-sandbox", "--disable-dev-shm-usage"]);
        command.args(["--disable-background-timer-throttling", "--disable-renderer-backgrounding"]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        let log = fs::File::create(profile.path().join("log")).unwrap();
        command.env("HOME", profile.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let browser = Self { child: command.spawn().unwrap(), profile };
        let end = Instant::now() + Duration::from_mins(1);
        while browser.endpoint().is_none() {
            let log = fs::read_to_string(browser.profile.path().join("log")).unwrap();
            assert!(Instant::now() < end, "Chromium does not start:\n{log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        browser
    }

    /// The port that it is driven by, and the path of the browser itself there.
    fn endpoint(&self) -> Option<(String, String)> {
        let text = fs::read_to_string(self.profile.path().join("DevToolsActivePort")).ok()?;
        let (port, path) = text.split_once('\n')?;
        Some((port.to_owned(), path.to_owned()))
    }

    /// Opens an address in a new tab.
    pub(crate) async fn open(&self, address: &str) -> Tab {
        let (port, path) = self.endpoint().unwrap();
        let mut browser = Tab::connect(&format!("ws://127.0.0.1:{port}{path}")).await;
        let made =
            browser.call("Target.createTarget", json!({ "url": "about:blank", "newWindow": true })).await;
        let target = made["targetId"].as_str().unwrap();
        let mut tab = Tab::connect(&format!("ws://127.0.0.1:{port}/devtools/page/{target}")).await;
        for domain in ["Runtime", "Log", "Page"] {
            tab.call(&format!("{domain}.enable"), json!({})).await;
        }
        // As if it were the one in front, beside others.
        tab.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
        let screen = json!({ "width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        tab.call("Emulation.setDeviceMetricsOverride", screen).await;
        tab.call("Page.navigate", json!({ "url": address })).await;
        tab.shows("the page", "document.readyState === 'complete' && document.title !== ''").await;
        tab
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A tab of the browser.
pub(crate) struct Tab {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    calls: u64,
    /// What the page or the browser complained of.
    pub(crate) complaints: Vec<String>,
}

impl Tab {
    async fn connect(url: &str) -> Self {
        let (socket, _) = connect_async(url).await.unwrap();
        Self { socket, calls: 0, complaints: Vec::new() }
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let call = json!({ "id": self.calls, "method": method, "params": params }).to_string();
        self.socket.send(Message::text(call)).await.unwrap();
        loop {
            let answer = tokio::time::timeout(Duration::from_mins(1), self.socket.next()).await;
            let message = answer.unwrap_or_else(|_| panic!("{method} is not answered")).unwrap().unwrap();
            let Ok(mut answer) = serde_json::from_str::<Value>(message.to_text().unwrap()) else { continue };
            if answer["id"] == self.calls {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
            self.note(&answer);
        }
    }

    fn note(&mut self, event: &Value) {
        let params = &event["params"];
        match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => self.complaints.push(params["exceptionDetails"].to_string()),
            Some("Log.entryAdded") if params["entry"]["level"] == "error" => {
                self.complaints.push(params["entry"]["text"].to_string());
            }
            _ => {}
        }
    }

    /// The value of an expression in the page.
    pub(crate) async fn value(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", params).await;
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// The value of an expression that is a text.
    pub(crate) async fn text(&mut self, expression: &str) -> String {
        self.value(expression).await.as_str().unwrap_or_else(|| panic!("{expression} is no text")).to_owned()
    }

    /// Waits until an expression holds in the page.
    pub(crate) async fn shows(&mut self, what: &str, expression: &str) {
        let end = Instant::now() + Duration::from_mins(1);
        while self.value(expression).await != true {
            if Instant::now() > end {
                let seen = self.text("document.body.innerText").await;
                panic!("waited in vain for {what}; the page shows:\n{seen}\n{:?}", self.complaints);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Types a text where the focus is, all at once.
    pub(crate) async fn types(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text })).await;
    }

    /// Presses a key.
    pub(crate) async fn presses(&mut self, key: &str) {
        let (modifiers, key) = key.strip_prefix("Shift+").map_or((0, key), |key| (8, key));
        let (code, text) = match key {
            "Tab" => (9, None),
            "Enter" => (13, Some("\r")),
            "Escape" => (27, None),
            _ => panic!("nobody knows the key {key}"),
        };
        let event = json!({ "key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers });
        let mut down = event.clone();
        down["type"] = json!(if text.is_some() { "keyDown" } else { "rawKeyDown" });
        down["text"] = json!(text.unwrap_or_default());
        self.call("Input.dispatchKeyEvent", down).await;
        let mut up = event;
        up["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", up).await;
    }

    /// Role and name of everything that a screen reader is told of.
    pub(crate) async fn accessible(&mut self) -> Vec<(String, String)> {
        let tree = self.call("Accessibility.getFullAXTree", json!({})).await;
        let nodes = tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] != true);
        let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
        nodes.map(|node| (text(&node["role"]), text(&node["name"]))).collect()
    }

    /// Loads the page anew.
    pub(crate) async fn reload(&mut self) {
        self.value("window.before = true").await;
        self.call("Page.reload", json!({})).await;
        self.shows("the page anew", "!window.before && document.readyState === 'complete'").await;
    }
}
