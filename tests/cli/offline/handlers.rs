//! The shipped functions under Node's own test runner.
use std::{fs, process::Command};

#[test]
fn the_shipped_functions_do_what_they_should() {
    let all = fs::read_dir("tests/handlers").unwrap().map(|entry| entry.unwrap().path());
    let tests: Vec<_> = all.filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect();
    assert!(!tests.is_empty(), "there are no tests of the handlers");
    let output = Command::new("node").arg("--test").args(tests).output();
    let output = output.expect("Node is needed to test the functions: install it and put it on the PATH");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains("# pass 0\n"), "no test ran:\n{told}");
}
