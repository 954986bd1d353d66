//! The modules of the page of `open`, under Node's own test runner and TypeScript's eyes.
use std::{fs, process::Command};

use crate::support::install::npm_package;

const TYPESCRIPT: &str = "typescript@7.0.2";

#[test]
fn the_modules_of_the_page_do_what_they_should() {
    let all = fs::read_dir("tests/web-chat").unwrap().map(|entry| entry.unwrap().path());
    let tests: Vec<_> = all.filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect();
    assert!(!tests.is_empty(), "there are no tests of the page");
    // Node.js 20 has its WebSocket behind a flag.
    let output = Command::new("node")
        .env("NODE_OPTIONS", "--experimental-websocket")
        .arg("--test")
        .args(tests)
        .output();
    let output = output.expect("Node is needed to test the page: install it and put it on the PATH");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains("# pass 0\n"), "no test ran:\n{told}");
}

#[test]
fn the_types_of_the_page_hold() {
    let mut check = Command::new(npm_package(TYPESCRIPT).join("tsc"));
    check.args([
        "--noEmit",
        "--allowJs",
        "--checkJs",
        "--strict",
        "--target",
        "es2022",
        "--module",
        "nodenext",
    ]);
    check.args(["--lib", "es2024,dom,dom.iterable", "--types", "", "templates/web-chat/page.mjs"]);
    let output = check.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
