//! `dev`: the code on the local cloud follows the code on disk.
use crate::support::stack::{Stack, program};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

const SPEC: &str = r#"
version: 1
stack: STACK
functions:
  hello:
    code: { path: dist, build: "sh build.sh" }
    handler: index.handler
"#;
const BUILD: &str = "grep -q 'says' src.mjs || { echo 'src.mjs: says nothing' >&2; exit 3; }\nmkdir -p dist; cp src.mjs dist/index.mjs\n";
const PATIENCE: Duration = Duration::from_mins(2);

/// Each line that `from` brings.
fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            // The test may be over.
            let _ = sender.send(line);
        }
    });
    receiver
}

#[track_caller]
fn comes(lines: &Receiver<String>, words: &str) {
    let mut all = Vec::new();
    loop {
        let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no `{words}` in {all:#?}"));
        if line.contains(words) {
            return;
        }
        all.push(line);
    }
}

/// Ends the program with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn every_change_is_built_and_live_within_moments_and_a_mistake_ends_nothing() {
    let stack = Stack::write("dev", SPEC);
    let write = |name: &str, text: &str| std::fs::write(stack.folder.path().join(name), text).unwrap();
    let says = |word: &str| format!("export const handler = async () => ({{ says: '{word}' }});\n");
    write("build.sh", BUILD);
    write("src.mjs", &says("one"));
    let mut command = program();
    command.arg("dev").current_dir(stack.folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut dev = Running(command.spawn().unwrap());
    let (out, err) = (lines(dev.0.stdout.take().unwrap()), lines(dev.0.stderr.take().unwrap()));
    comes(&err, "watching");

    let aws = stack.aws(copilot_infra::local::CREDENTIALS).await;
    let answer = async || {
        let answer = aws.lambda().invoke().function_name("dev-hello").send().await.unwrap();
        let answer: Value = serde_json::from_slice(answer.payload.unwrap().as_ref()).unwrap();
        answer["says"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(answer().await, "one");
    write("src.mjs", &says("two"));
    comes(&out, "dev-hello: live");
    assert_eq!(answer().await, "two");
    write("src.mjs", "export const handler = 1;");
    comes(&err, "src.mjs: says nothing");
    write("src.mjs", &says("three"));
    comes(&out, "dev-hello: live");
    assert_eq!(answer().await, "three");

    kill_process(Pid::from_child(&dev.0), Signal::INT).unwrap();
    assert_eq!(dev.0.wait().unwrap().code(), Some(130));
}
