//! Every rule of the catalogue has a spec that breaks it and one that keeps it.
use std::{
    collections::{HashMap, HashSet},
    fs,
    sync::LazyLock,
};

use copilot_infra::{
    diagnostic::{Diagnostic, RuleClass, Severity},
    manifest::rules,
};

use super::{
    cases::{self, Case},
    outcome::Outcome,
};

/// The cases of rules by their rules.
static PAIRS: LazyLock<HashMap<String, Case>> =
    LazyLock::new(|| cases::all().filter_map(|case| Some((case.rule()?.to_owned(), case))).collect());

/// The spec that breaks `rule`.
fn broken(rule: &str) -> &'static str {
    let case = PAIRS.get(rule).unwrap_or_else(|| panic!("no case is called `rule: {rule}`"));
    str::from_utf8(&case.spec).unwrap()
}

/// Loads a spec beside code.
fn load(text: &str) -> Outcome {
    Outcome::beside_code(text.as_bytes())
}

#[test]
fn every_rule_is_broken_by_its_spec_and_kept_by_the_mended_one() {
    for rule in rules::all_rules() {
        // What is no text has no pair of texts, and some things a text alone does not tell: other tests have them.
        if rule.id == "unreadable" || rule.class == RuleClass::Live {
            continue;
        }
        let bad = load(broken(rule.id));
        let finding = bad.findings().iter().find(|finding| finding.rule() == Some(rule.id));
        let finding = finding.unwrap_or_else(|| panic!("{} is not found:\n{}", rule.id, bad.told()));
        assert_eq!(finding.severity, rule.severity, "{}", rule.id);

        let mended = &PAIRS[rule.id].mended;
        assert!(!mended.is_empty(), "{} has no mended spec", rule.id);
        let good = Outcome::beside_code(mended);
        let told =
            |finding: &Diagnostic| finding.rule() == Some(rule.id) || finding.severity == Severity::Error;
        assert!(
            !good.findings().iter().any(told),
            "{} is found, or another error:\n{}",
            rule.id,
            good.told()
        );
    }
}

#[test]
fn there_are_no_pairs_for_rules_that_are_gone() {
    for rule in PAIRS.keys() {
        assert!(rules::find_rule(rule).is_some(), "{rule}");
    }
}

/// Adds a suppression to a spec and returns the rules that are still reported.
fn suppressed(rule: &str, more: &str, until: &str) -> HashSet<&'static str> {
    let bad = broken(rule);
    let entry =
        format!("suppress:\n  - {{ rule: {rule}, reason: seen and accepted, until: \"{until}\"{more} }}\n");
    load(&format!("{bad}{entry}")).rules().into_iter().collect()
}

#[test]
fn every_policy_rule_can_be_suppressed_and_no_other() {
    for rule in rules::all_rules().filter(|rule| {
        let apart = ["unreadable", "unused-suppression", "expired-suppression"];
        rule.class != RuleClass::Live && !apart.contains(&rule.id)
    }) {
        // Without a document nothing can be suppressed in it; with too many findings the oldest are shown.
        if ["syntax", "empty-spec", "too-many-findings", "unknown-suppression", "missing-key"]
            .contains(&rule.id)
        {
            continue;
        }
        let left = suppressed(rule.id, "", "2999-12-31");
        assert_eq!(!left.contains(rule.id), rule.can_be_suppressed(), "{}: {left:?}", rule.id);
        assert_eq!(left.contains("unknown-suppression"), !rule.can_be_suppressed(), "{}", rule.id);
    }
}

#[test]
fn what_is_found_of_suppressions_cannot_be_suppressed() {
    for rule in ["unused-suppression", "expired-suppression"] {
        let bad = broken(rule);
        let reason = "reason: seen and accepted, until: \"2999-12-31\"";
        let outcome = load(&format!("{bad}  - {{ rule: {rule}, {reason} }}\n"));
        let found = outcome.findings();
        let refused = found.iter().find(|finding| finding.rule() == Some("unknown-suppression")).unwrap();
        assert!(
            refused.message.contains(rule) && refused.message.contains("about suppressions"),
            "{refused:?}"
        );
        assert!(found.iter().any(|finding| finding.rule() == Some(rule)), "{found:?}");
    }
}

#[test]
fn the_age_of_runtimes_and_models_is_known() {
    let found = |runtime: &str, model: &str| -> Vec<_> {
        let text = format!(
            "version: 1\nstack: demo\nfunctions:\n  chat:\n    runtime: {runtime}\n    code: {{ path: dist }}\n    \
             access: {{ models: [{model}] }}\n"
        );
        super::parse("copilot.yaml", text)
            .1
            .into_iter()
            .map(|finding| finding.rule().unwrap_or_default())
            .collect()
    };
    let (new, current) = ("python3.14", "us.anthropic.claude-sonnet-5-5");
    for old in
        ["provided.al2", "python3.8", "python3.10", "dotnet9", "ruby3.2", "java8", "nodejs14.x", "provided"]
    {
        let found = found(old, current);
        assert!(found.contains(&"old-runtime") && !found.contains(&"unknown-runtime"), "{old}: {found:?}");
    }
    for fresh in
        [new, "ruby4.0", "java25", "dotnet10", "provided.al2023", "nodejs26.x", "python3.15", "java17.al2023"]
    {
        let found = found(fresh, current);
        assert!(!found.iter().any(|rule| rule.ends_with("-runtime")), "{fresh}: {found:?}");
    }
    for newer in ["ruby3.5", "python3.16", "nodejs28.x"] {
        assert!(found(newer, current).contains(&"unknown-runtime"), "{newer}");
    }
    for wrong in ["node24", "php8.3", "custom"] {
        assert!(found(wrong, current).contains(&"no-such-runtime"), "{wrong}");
    }
    for old in
        ["anthropic.claude-v2:1", "us.anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-premier-v1:0"]
    {
        assert!(found(new, old).contains(&"old-model"), "{old}");
    }
    assert!(!found(new, current).contains(&"old-model"));
}

#[test]
fn a_suppression_holds_for_its_resource_and_until_its_day() {
    let with =
        |resource: &str| suppressed("gateway-timeout", &format!(", resource: {resource}"), "2999-12-31");
    for covers in ["functions.chat", "functions", "functions.chat.timeout"] {
        assert!(!with(covers).contains("gateway-timeout"), "{covers}");
    }
    for other in ["functions.cha", "functions.other", "tables", "functions.chat.timeout.x"] {
        let left = with(other);
        assert!(left.contains("gateway-timeout") && left.contains("unused-suppression"), "{other}");
    }
    let expired = suppressed("gateway-timeout", "", "2020-01-01");
    assert!(expired.contains("gateway-timeout") && expired.contains("expired-suppression"));
}

#[test]
fn a_suppression_says_why_and_until_when() {
    let bad = broken("gateway-timeout");
    for entry in [
        "{ rule: x }",
        "{ rule: x, reason: because it is so }",
        "{ rule: x, reason: so, until: soon }",
        "{ rule: gateway-timeout, reason: because it is so, until: 2999-02-30 }",
        "{ rule: gateway-timeout, reason: \"             \", until: 2999-12-31 }",
    ] {
        let rules = load(&format!("{bad}suppress: [{entry}]\n")).rules();
        assert!(
            rules.iter().any(|rule| ["missing-key", "bad-format", "bad-length"].contains(rule)),
            "{entry}"
        );
    }
}

#[test]
fn the_examples_break_no_rule_but_those_that_they_explain() {
    let rules = |name: &str| {
        let (_, found) = super::parse(name, fs::read_to_string(name).unwrap());
        let mut rules: Vec<_> = found
            .iter()
            .filter(|f| f.severity != Severity::Note)
            .map(|finding| finding.rule().unwrap_or_default())
            .collect();
        rules.dedup();
        rules
    };
    assert_eq!(rules("examples/omnitrack-copilot.yaml"), ["old-runtime", "old-model", "open-connect"]);
    assert_eq!(rules("examples/minimal.yaml"), ["open-connect"]);
    assert_eq!(rules("examples/secured-copilot.yaml"), [""; 0]);
    assert_eq!(rules("examples/rust/copilot.yaml"), [""; 0]);
    assert_eq!(rules("examples/typescript/copilot.yaml"), ["open-connect"]);
    assert_eq!(rules("templates/copilot.yaml"), ["open-connect"]);
}

#[test]
fn the_suppression_in_the_readme_hides_what_it_names() {
    let readme = fs::read_to_string("README.md").unwrap();
    let entry = readme.split("```yaml\n").find(|block| block.starts_with("suppress:")).unwrap();
    let entry = entry.split("```").next().unwrap();
    let open = fs::read_to_string("examples/minimal.yaml").unwrap();
    let rules = |text: String| -> Vec<_> {
        super::parse("minimal.yaml", text)
            .1
            .iter()
            .map(|finding| finding.rule().unwrap_or_default())
            .collect()
    };
    assert!(rules(open.clone()).contains(&"open-connect"));
    let left = rules(format!("{open}\n{entry}"));
    assert!(left.iter().all(|rule| rule.starts_with("no-")), "{left:?}");
}
