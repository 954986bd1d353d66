//! A secret in a function's environment is in nothing that the program writes.
use std::fs;

use super::pipeline::SPEC;
use crate::support::stack::Stack;

const SECRET: &str = "correct-horse-battery";
/// The same in a place whose name says nothing, beside a reference; the spec admits to it.
const URL: &str = "postgres://user:correct-horse-battery@${stack.region}.db";
const ADMITTED: &str =
    "suppress:\n  - { rule: pasted-secret, reason: this is a test, until: \"2999-12-31\" }\n";

#[test]
fn a_secret_is_in_no_plan_event_file_or_message() {
    let variables = format!("{{ API_TOKEN: \"${{inputs.api_token}}\", DATABASE: \"{URL}\" }}");
    let spec = SPEC
        .replace("tables:\n  talks", "inputs:\n  api_token: { env: CHAT_API_TOKEN }\ntables:\n  talks")
        .replace("    timeout: 20", &format!("    timeout: 20\n    environment: {variables}"));
    let mut stack = Stack::write("hush", &(spec + ADMITTED));
    stack.variables = vec![("CHAT_API_TOKEN", SECRET.into()), ("GITHUB_ACTIONS", "true".into())];
    let commands: [&[&str]; 10] = [
        &["plan"],
        &["plan", "--format", "json", "--out", "plan.json"],
        &["plan", "--format", "markdown"],
        &["apply", "plan.json", "--format", "json", "-v"],
        &["plan", "--format", "json"],
        &["plan", "--drift-only", "--format", "markdown"],
        // It is taken out: what is live is still a secret, though nothing in the spec says so.
        &["plan", "--format", "json", "-f", "mended.yaml"],
        &["plan", "-f", "mended.yaml"],
        // The function left the spec: nothing says any more which of its variables are secrets.
        &["plan", "--format", "json", "-f", "bare.yaml"],
        &["plan", "--format", "markdown", "-f", "bare.yaml"],
    ];
    fs::write(stack.path("bare.yaml"), "version: 1\nstack: hush\nregion: us-east-1\n").unwrap();
    let mended = fs::read_to_string(stack.path("copilot.yaml")).unwrap().replace(URL, "elsewhere");
    fs::write(stack.path("mended.yaml"), mended).unwrap();
    let is_silent = |command: &[&str]| {
        let ran = stack.run(command).exits(0);
        assert!(!ran.out.contains(SECRET) && !ran.err.contains(SECRET), "{command:?}");
    };
    commands.into_iter().for_each(is_silent);
    // A spec in the place of this one, rather than another beside it.
    fs::remove_file(stack.path("copilot.yaml")).unwrap();
    is_silent(&["destroy", "--yes", "--delete-data", "--format", "json", "-f", "bare.yaml"]);
    let saved = fs::read_to_string(stack.path("plan.json")).unwrap();
    assert!(saved.contains("(hidden)") && !saved.contains(SECRET));
}
