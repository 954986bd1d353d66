//! `open` and its page, in a Chromium, as a person meets them.
use std::{fs, process::Command};

use rustix::process::Signal;

use super::{
    authorizer::secured,
    conversations::{SPEC, soon, with_model},
};
use crate::support::{
    bedrock::user_pool,
    chromium::{Chromium, Tab},
    install::write_script,
    local_cloud::cloud,
    network::Network,
    program::{Run, Running, program},
    stack::Stack,
};

/// The page of a stack, as long as it is served.
struct Served {
    running: Running,
    address: String,
}

impl Served {
    fn start(command: Command) -> Self {
        let running = Running::start(command);
        let address = running.first_line();
        assert!(address.starts_with("http://127.0.0.1:"), "{address}");
        Self { running, address }
    }

    fn of(stack: &Stack) -> Self {
        Self::start(stack.command(&["open", "--no-browser"]))
    }

    /// Serves it for a network that can be cut.
    fn through(stack: &Stack, network: &Network) -> Self {
        let mut command = program(&["open", "--no-browser", "--endpoint-url", &network.url]);
        command.current_dir(stack.folder.path());
        command.envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_SESSION_TOKEN", &cloud().token),
            ("AWS_REGION", "us-east-1"),
        ]);
        Self::start(command)
    }

    fn ends_by_ctrl_c(self) {
        self.running.signal(Signal::INT);
        self.running.end().exits(130);
    }
}

const CONNECTED: &str = "document.getElementById('state').dataset.state === 'open'";
const IDLE: &str = "!document.getElementById('send').hidden";
/// What the last answer shows.
const ANSWER: &str = "[...document.querySelectorAll('.assistant .body')].at(-1)?.innerText ?? ''";
/// Keeps what is read out.
const LISTEN: &str = "window.read = ''; \
    new MutationObserver((changes) => { for (const { addedNodes } of changes) for (const { textContent } of addedNodes) window.read += textContent }) \
    .observe(document.getElementById('announced'), { childList: true })";
/// Keeps whether the connection was ever lost.
const WATCH: &str = "new MutationObserver(() => { window.lost ||= document.getElementById('state').dataset.state !== 'open' }) \
    .observe(document.getElementById('state'), { attributes: true })";
/// Where the focus is.
const FOCUS: &str = "document.activeElement.id || document.activeElement.innerText";

impl Tab {
    async fn is_connected(&mut self) {
        self.shows("the connection", CONNECTED).await;
    }

    async fn says(&mut self, question: &str) {
        self.types(question).await;
        self.presses("Enter").await;
    }

    async fn has_answer(&mut self) -> String {
        self.shows("the end of the answer", IDLE).await;
        self.text(ANSWER).await
    }

    async fn asks(&mut self, question: &str) -> String {
        self.says(question).await;
        self.has_answer().await
    }

    /// Asks what is answered for seconds, and waits until that has begun.
    async fn asks_long(&mut self, word: &str) {
        self.says(&format!("repeat 200 every 50: {word}")).await;
        self.shows("the stream", &format!("({ANSWER}).includes('{word}{word}')")).await;
    }
}

#[tokio::test]
async fn two_tabs_stream_side_by_side_and_each_remembers_its_conversations() {
    let (_bedrock, stack) = with_model("tabs");
    let served = Served::of(&stack);
    let browser = Chromium::start().await;
    let (mut ada, mut eve) = (browser.open(&served.address).await, browser.open(&served.address).await);
    ada.is_connected().await;
    eve.is_connected().await;
    ada.says("repeat 100 every 50: ada.").await;
    eve.says("repeat 100 every 50: eve.").await;
    for (tab, word) in [(&mut ada, "ada."), (&mut eve, "eve.")] {
        tab.shows("the stream", &format!("({ANSWER}).startsWith('{word}')")).await;
        assert_eq!(tab.value(IDLE).await, false, "it came all at once");
    }
    for (tab, word) in [(&mut ada, "ada."), (&mut eve, "eve.")] {
        assert_eq!(tab.has_answer().await, word.repeat(100));
    }

    ada.reload().await;
    ada.is_connected().await;
    assert_eq!(ada.text(ANSWER).await, "ada.".repeat(100), "what was said is there again");
    assert_eq!(ada.asks("hello").await, "3 messages", "and carries on");
    ada.value("document.getElementById('new').click()").await;
    assert_eq!(ada.asks("another").await, "1 messages");
    let titles = "[...document.querySelectorAll('#conversations li')].map((one) => one.innerText).join()";
    assert_eq!(ada.text(titles).await, "another,repeat 100 every 50: ada.");
    assert_eq!(eve.value("document.querySelectorAll('#conversations li').length").await, 1);
    assert!(
        ada.complaints.is_empty() && eve.complaints.is_empty(),
        "{:?}{:?}",
        ada.complaints,
        eve.complaints
    );
    served.ends_by_ctrl_c();
}

#[tokio::test]
async fn a_connection_that_the_gateway_drops_is_replaced_and_a_lost_answer_told() {
    let (_bedrock, stack) = with_model("dropped");
    let network = Network::before(&cloud().url);
    let served = Served::through(&stack, &network);
    let browser = Chromium::start().await;
    let mut tab = browser.open(&served.address).await;
    tab.is_connected().await;
    assert_eq!(tab.asks("hello").await, "1 messages");

    tab.value(WATCH).await;
    network.cut();
    tab.shows("the loss", "window.lost === true").await;
    tab.is_connected().await;
    assert_eq!(tab.asks("hello").await, "3 messages", "the conversation goes on");

    tab.asks_long("lost.").await;
    network.cut();
    tab.has_answer().await;
    let note = tab.text("[...document.querySelectorAll('.turn')].at(-1).innerText").await;
    assert!(note.contains("lost.lost.") && note.contains("The connection broke off"), "{note}");
    tab.is_connected().await;
    assert_eq!(tab.asks("and now?").await, "5 messages", "the questions are kept");
    served.ends_by_ctrl_c();
}

#[tokio::test]
async fn a_token_is_asked_for_and_stays_in_its_tab() {
    let pool = user_pool();
    let stack = Stack::apply("signed-in", &secured(&pool));
    let served = Served::of(&stack);
    let browser = Chromium::start().await;
    let mut tab = browser.open(&served.address).await;
    let why = async |tab: &mut Tab, words: &str| {
        let shown = format!("document.getElementById('sign-in-why').innerText.includes('{words}')");
        tab.shows(words, &format!("document.getElementById('sign-in').open && {shown}")).await;
        assert_eq!(tab.text(FOCUS).await, "token");
    };
    why(&mut tab, "those who bring a token").await;
    tab.says(pool["bad"]["expired"].as_str().unwrap()).await;
    why(&mut tab, "has expired").await;
    tab.says(pool["bad"]["signed by somebody else"].as_str().unwrap()).await;
    why(&mut tab, "did not let this page in").await;
    let good = pool["good"].as_str().unwrap();
    tab.says(good).await;
    tab.is_connected().await;
    assert_eq!(tab.value("document.getElementById('sign-in').open").await, false);
    assert!(tab.asks("hello").await.ends_with("hello"));

    assert_eq!(tab.text("location.href").await, served.address);
    assert_eq!(tab.text("sessionStorage.getItem('copilot.token')").await, good);
    assert_eq!(tab.value("localStorage.length + document.cookie.length").await, 0);
    tab.reload().await;
    tab.is_connected().await;
    let mut other = browser.open(&served.address).await;
    why(&mut other, "those who bring a token").await;
    served.ends_by_ctrl_c();
}

#[tokio::test]
async fn a_long_answer_is_shown_whole() {
    let (_bedrock, stack) = with_model("long-answer");
    let served = Served::of(&stack);
    let browser = Chromium::start().await;
    let mut tab = browser.open(&served.address).await;
    tab.is_connected().await;
    assert_eq!(tab.asks("repeat 1000 every 2: 0123456789").await, "0123456789".repeat(1000));
    let at_end =
        "(({ scrollTop, clientHeight, scrollHeight }) => scrollHeight - clientHeight - scrollTop < 2)";
    assert_eq!(tab.value(&format!("{at_end}(document.getElementById('transcript'))")).await, true);
    // Ten thousand characters of markdown, block after block.
    let blocks = tab.asks("repeat 500 every 2: - **item** `x`\n\n").await;
    assert_eq!(blocks.matches("item").count(), 500);
    assert_eq!(tab.value("document.querySelectorAll('.assistant:last-child strong').length").await, 500);
    assert!(tab.complaints.is_empty(), "{:?}", tab.complaints);
}

#[tokio::test]
async fn hostile_markdown_is_shown_and_not_run() {
    let hostile = "<script>window.hacked = 1</script>\n<img src=x onerror=\"window.hacked = 1\">\n\n\
                   <svg onload=\"window.hacked = 1\">\n\n[click](javascript:window.hacked=1) \
                   [data](data:text/html,<script>1</script>)\n\n![pixel](http://127.0.0.1:9/leak.png)\n\n\
                   | <iframe srcdoc=\"<script>1</script>\"> |\n|---|\n| <b onmouseover=\"window.hacked = 1\">x</b> |\n\n\
                   ```html\"><script>window.hacked = 1</script>\n</code></pre><script>window.hacked = 1</script>\n```\n\n\
                   **shown**";
    let (_bedrock, stack) = with_model("hostile");
    let served = Served::of(&stack);
    let browser = Chromium::start().await;
    let mut tab = browser.open(&served.address).await;
    tab.is_connected().await;
    let answer = tab.asks(&format!("repeat 1 every 0: {hostile}")).await;
    for words in
        ["<script>window.hacked = 1</script>", "onerror=\"window.hacked = 1\"", "javascript:window.hacked=1"]
    {
        assert!(answer.contains(words), "`{words}` is not shown: {answer}");
    }
    assert_eq!(tab.text("document.querySelector('.assistant strong').innerText").await, "shown");
    let elements =
        "new Set([...document.querySelectorAll('.assistant .body *')].map((one) => one.localName))";
    let names = tab.text(&format!("[...{elements}].sort().join(' ')")).await;
    assert_eq!(names, "a br code div p pre strong table tbody td th thead tr");
    let links = "[...document.querySelectorAll('.assistant a')].map((a) => `${a.href} ${a.rel}`).join()";
    assert_eq!(tab.text(links).await, "http://127.0.0.1:9/leak.png noopener noreferrer nofollow");
    assert_eq!(tab.value("typeof window.hacked").await, "undefined");
    assert!(tab.complaints.is_empty(), "{:?}", tab.complaints);

    // What a mistake of the page would let through, the browser refuses.
    let refused = "(() => { try { document.body.innerHTML = '<b>x</b>'; return 'taken' } catch (error) { return error.name } })()";
    assert_eq!(tab.text(refused).await, "TypeError");
    let elsewhere = "new Promise((told) => { addEventListener('securitypolicyviolation', (event) => told(event.effectiveDirective)); \
                     fetch('https://elsewhere.test/').catch(() => {}) })";
    assert_eq!(tab.text(elsewhere).await, "connect-src");
}

#[tokio::test]
async fn the_page_is_used_by_keyboard_and_read_by_screen_readers() {
    let (_bedrock, stack) = with_model("keyboard");
    let served = Served::of(&stack);
    let browser = Chromium::start().await;
    let mut tab = browser.open(&served.address).await;
    tab.is_connected().await;
    assert_eq!(tab.text(FOCUS).await, "question", "one can type at once");
    tab.value(LISTEN).await;
    tab.says("   ").await;
    tab.value("document.getElementById('question').select()").await;
    tab.types("first line").await;
    tab.presses("Shift+Enter").await;
    assert_eq!(tab.asks("second line").await, "1 messages");
    assert_eq!(tab.text("document.querySelector('.user .body').innerText").await, "first line\nsecond line");
    assert_eq!(tab.text("window.read").await.trim(), "1 messages", "it is read out, once");
    assert_eq!(tab.text("document.getElementById('announced').ariaLive").await, "polite");
    tab.shows("the end of that", "document.getElementById('announced').innerText === ''").await;

    tab.value("document.querySelector('.skip').focus()").await;
    let mut order = vec![tab.text(FOCUS).await];
    while order.last().unwrap() != "send" && order.len() < 20 {
        tab.presses("Tab").await;
        order.push(tab.text(FOCUS).await);
    }
    let skip = "Skip to the question";
    assert_eq!(order, [skip, "theme", "new", "first line", "transcript", "question", "send"]);

    // Escape stops from anywhere; the button does, and gives the focus back.
    tab.presses("Shift+Tab").await;
    tab.asks_long("tick.").await;
    tab.presses("Escape").await;
    let stopped =
        "[...document.querySelectorAll('.turn')].at(-1).innerText.includes('You stopped the answer.')";
    tab.shows("the stop", stopped).await;
    soon("the model to be stopped", async || stack.logs().contains(r#"\"event\":\"gone\""#)).await;
    tab.asks_long("tock.").await;
    tab.presses("Tab").await;
    assert_eq!(tab.text(FOCUS).await, "stop");
    tab.presses("Enter").await;
    tab.shows("the stop", stopped).await;
    assert_eq!(tab.text(FOCUS).await, "question");

    for _ in 0..4 {
        tab.presses("Shift+Tab").await;
    }
    assert_eq!(
        tab.text(FOCUS).await,
        "theme",
        "past the transcript, the conversation and what begins another"
    );
    let theme = tab.text("document.documentElement.dataset.theme").await;
    tab.presses("Enter").await;
    assert_ne!(tab.text("document.documentElement.dataset.theme").await, theme);
    tab.presses("Tab").await;
    tab.presses("Enter").await;
    assert_eq!(tab.value("document.querySelectorAll('.turn').length").await, 0, "a new conversation");
    assert_eq!(tab.text(FOCUS).await, "question");

    let nodes = tab.accessible().await;
    let unnamed = |role: &str| ["button", "textbox", "link", "log", "navigation"].contains(&role);
    assert!(nodes.iter().all(|(role, name)| !unnamed(role) || !name.is_empty()), "{nodes:?}");
    for wanted in [("textbox", "Your question"), ("navigation", "Conversations of this tab"), ("status", "")]
    {
        assert!(nodes.iter().any(|(role, name)| (&**role, &**name) == wanted), "{wanted:?}: {nodes:?}");
    }
    assert!(tab.complaints.is_empty(), "{:?}", tab.complaints);
}

#[test]
fn the_browser_is_started_and_what_a_page_cannot_do_is_refused() {
    let stack = Stack::apply("opened", SPEC);
    let bin = tempfile::tempdir().unwrap();
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let starts = |script: &str| {
        write_script(&bin.path().join(opener), script);
        let mut command = stack.command(&["open", "--format", "json"]);
        let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
        command.env("PATH", path).env("OPENED", bin.path().join("opened"));
        Running::start(command)
    };
    let running = starts("#!/bin/sh\nprintf %s \"$1\" > \"$OPENED.part\"; mv \"$OPENED.part\" \"$OPENED\"\n");
    let told: serde_json::Value = serde_json::from_str(&running.first_line()).unwrap();
    running.says("Ctrl-C ends");
    assert_eq!(told["websocket"], stack.url());
    let opened = bin.path().join("opened");
    while !opened.exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(fs::read_to_string(opened).unwrap(), told["page"]);
    running.signal(Signal::INT);
    running.end().exits(130);

    let running = starts("#!/bin/sh\nexit 3\n");
    running.says("no browser could be started: open the address in one");
    running.signal(Signal::TERM);
    running.end().exits(143);

    let authorizer = |identity: &str| {
        let api = format!(
            "api:\n  authorizer: {{ function: chat, identity: [route.request.header.{identity}] }}\n"
        );
        stack.spec(&SPEC.replace("api:\n", &api));
        stack.run(&["open", "--no-browser"]).exits(64).without_result()
    };
    authorizer("Authorization").says(&["header `Authorization`, which a browser does not let a page send"]);
    authorizer("Sec-WebSocket-Protocol")
        .says(&["from the query string only", "route.request.querystring.token"]);
    stack.spec(&SPEC.replace("STACK", "never-applied"));
    Run::of(&mut stack.command(&["open"])).exits(1).says(&["there is no API", "copilot-infra apply"]);
}
