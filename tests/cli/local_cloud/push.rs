//! Code of the user's own: built, sent with the stack or alone.
use std::{fs, process::Command};

use crate::support::{install::write_script, stack::Stack};

const OWN_CODE: &str = r#"
version: 1
stack: STACK
functions:
  hello:
    code: { path: dist, build: "./build.sh" }
    handler: index.handler
"#;

#[test]
fn the_typescript_example_is_bundled_and_answers() {
    let stack = Stack::write("typescript", "");
    let copied = Command::new("cp").args(["-R", "examples/typescript/."]).arg(stack.folder.path()).status();
    assert!(copied.unwrap().success());
    let applied = stack.run(&["apply", "--yes", "--smoke", "-q"]).exits(0);
    assert!(applied.text().contains("✓ connection removed"), "{}", applied.text());
    assert!(!applied.text().contains("building"), "quiet means quiet: {}", applied.text());
    let index = stack.path("src/index.ts");
    fs::write(&index, fs::read_to_string(&index).unwrap() + "// another line\nexport {").unwrap();
    // What esbuild says is shown.
    stack.run(&["push", "-q"]).exits(1).says(&["index.ts:"]);
}

#[test]
fn code_is_built_and_pushed_alone() {
    let stack = Stack::write("own-code", OWN_CODE);
    let build = |script: &str| write_script(&stack.path("build.sh"), &format!("#!/bin/sh\n{script}\n"));
    build("echo 'src/index.ts:3: no such type' >&2; exit 2");
    let words = ["src/index.ts:3: no such type", "exit code 2"];
    stack.run(&["apply", "--yes"]).exits(1).says(&words);

    build("mkdir -p dist; echo 'export const handler = () => 1;' > dist/index.mjs");
    // There is no function yet; its line of the spec is named.
    let words = ["sending the code of functions.hello failed", ".yaml:5:3", "copilot-infra apply"];
    stack.run(&["push", "hello"]).exits(1).says(&words);
    stack.run(&["apply", "--yes"]).exits(0);
    let pushed = |word: &str| {
        let push = stack.run(&["push", "hello", "--format", "json"]);
        assert_eq!(push.json()["code"], word, "{push}");
    };
    pushed("unchanged");
    build("mkdir -p dist; echo 'export const handler = () => 2;' > dist/index.mjs");
    pushed("live");
    pushed("unchanged");
    // After a push nothing differs.
    stack.run(&["plan", "--detailed-exitcode"]).exits(0);
    stack.run(&["push", "helo"]).exits(64);
}
