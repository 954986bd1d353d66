//! A secret in a function's environment is in nothing that the program writes.
use super::bench::Stack;
use std::fs;

const SECRET: &str = "correct-horse-battery";

pub(crate) fn a_secret_is_in_no_plan_event_file_or_message(stack: &mut Stack<'_>) {
    stack.variables = vec![("CHAT_API_TOKEN", SECRET.into()), ("GITHUB_ACTIONS", "true".into())];
    let with_secret = |text: String| {
        let text = text
            .replace("tables:\n  talks", "inputs:\n  api_token: { env: CHAT_API_TOKEN }\ntables:\n  talks");
        text.replace(
            "    timeout: 20",
            "    timeout: 20\n    environment: { API_TOKEN: \"${inputs.api_token}\" }",
        )
    };
    stack.spec(with_secret);
    let commands: [&[&str]; 9] = [
        &["plan"],
        &["plan", "--format", "json", "--out", "plan.json"],
        &["plan", "--format", "markdown"],
        &["apply", "plan.json", "--format", "json", "-v"],
        &["plan", "--format", "json"],
        &["plan", "--drift-only", "--format", "markdown"],
        // The function left the spec: nothing says any more which of its variables are secrets.
        &["plan", "--format", "json", "-f", "bare.yaml"],
        &["plan", "--format", "markdown", "-f", "bare.yaml"],
        &["destroy", "--yes", "--delete-data", "--format", "json", "-f", "bare.yaml"],
    ];
    fs::write(stack.path("bare.yaml"), "version: 1\nstack: hush\nregion: us-east-1\n").unwrap();
    for command in commands {
        let ran = stack.run(command).exits(0);
        assert!(!ran.out.contains(SECRET) && !ran.err.contains(SECRET), "{command:?}");
    }
    let saved = fs::read_to_string(stack.path("plan.json")).unwrap();
    assert!(saved.contains("(hidden)") && !saved.contains(SECRET));
}
