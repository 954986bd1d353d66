//! What a stack says of itself: `smoke`, `doctor`, `logs` and a plan.
use super::conversations::SPEC;
use crate::support::{schema::events, stack::Stack};

#[test]
fn a_live_stack_passes_its_own_checks() {
    let known = "anthropic.claude-3-5-sonnet-20241022-v2:0";
    let stack = Stack::write("checks", &SPEC.replace("test.model-v1:0", known));
    let applied = stack.run(&["apply", "--yes", "--smoke"]).exits(0);
    assert!(applied.text().contains("connection removed"), "{}", applied.text());

    let again = stack.run(&["apply", "--yes", "--smoke", "--format", "json"]).exits(0);
    let events = events(&again);
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let steps = ["smoke_step"; 6];
    assert_eq!(kinds, [&["version", "summary", "outputs"], &steps[..], &["smoke"]].concat());
    assert!(events[3..9].iter().all(|step| step["outcome"] == "passed") && events[9]["passed"] == true);

    let report = stack.run(&["smoke", "--format", "json"]).json();
    assert_eq!(report["passed"], true, "{report}");
    let steps: Vec<_> =
        report["steps"].as_array().unwrap().iter().map(|step| step["outcome"].as_str().unwrap()).collect();
    assert_eq!(steps, ["passed"; 6]);

    let found = stack.run(&["doctor", "--sample-items", "--format", "json"]).exits(0).json();
    let checks = |level: &str| -> Vec<String> {
        let all = found["findings"].as_array().unwrap().iter();
        all.filter(|one| one["level"] == level).map(|one| one["check"].as_str().unwrap().to_owned()).collect()
    };
    let fine = checks("fine");
    for check in ["credentials", "logging role", "throttle", "deployment", "models", "expiry", "drift"] {
        assert!(fine.iter().any(|one| one == check), "{check}: {found}");
    }

    let chat = stack.pipe(&["chat", "-q"], "hello copilot\n");
    assert!(chat.out.contains("You said: hello copilot"), "{}", chat.text());

    let logs = stack.run(&["logs", "chat", "-q"]);
    assert!(logs.text().contains("INFO answered"), "{}", logs.text());
    stack.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn doctor_names_what_differs() {
    let abroad = "BEDROCK_REGION: us-west-2";
    let stack = Stack::write("sick", &SPEC.replace("EXTRA: \"\"", abroad));
    let told = stack.run(&["doctor"]).exits(1).text();
    assert!(told.contains("✗ drift") && told.contains("functions.chat is missing"), "{told}");
    assert!(told.contains("Bedrock knows no `test.model-v1:0` in us-west-2"), "{told}");
    stack.run(&["smoke"]).exits(1).says(&["copilot-infra apply"]);
}
