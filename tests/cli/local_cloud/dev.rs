//! `dev`: the code on the local cloud follows the code on disk.
use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{local_cloud::cloud, program::Running, stack::Stack};

const SPEC: &str = r#"
version: 1
stack: STACK
functions:
  hello:
    code: { path: dist, build: "sh build.sh" }
    handler: index.handler
"#;
const BUILD: &str = "grep -q 'says' src.mjs || { echo 'src.mjs: says nothing' >&2; exit 3; }\nmkdir -p dist; cp src.mjs dist/index.mjs\n";

#[tokio::test]
async fn every_change_is_built_and_live_and_a_mistake_ends_nothing() {
    let stack = Stack::write("dev", SPEC);
    let write = |name: &str, text: &str| fs::write(stack.path(name), text).unwrap();
    let says = |word: &str| format!("export const handler = async () => ({{ says: '{word}' }});\n");
    write("build.sh", BUILD);
    write("src.mjs", &says("one"));
    let mut command = cloud().command(&["dev"]);
    command.current_dir(stack.folder.path());
    let dev = Running::start(command);
    dev.says("watching");

    let aws = stack.aws().await;
    let answer = async || {
        let answer = aws.lambda().invoke().function_name("dev-hello").send().await.unwrap();
        let answer: Value = serde_json::from_slice(answer.payload.unwrap().as_ref()).unwrap();
        answer["says"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(answer().await, "one");
    write("src.mjs", &says("two"));
    dev.prints("dev-hello: live");
    assert_eq!(answer().await, "two");
    write("src.mjs", "export const handler = 1;");
    dev.says("src.mjs: says nothing");
    write("src.mjs", &says("three"));
    dev.prints("dev-hello: live");
    assert_eq!(answer().await, "three");

    dev.signal(Signal::INT);
    dev.end().exits(130);
}
