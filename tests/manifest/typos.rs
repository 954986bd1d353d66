//! Typos in a good spec, and what is offered for them.
use super::parse;

/// A text with everything in it that can be misspelt.
const SPEC: &str = include_str!("../specs/typos.yaml");

/// What stands in the spec and is replaced, and what it is replaced by; the first must be offered.
///
/// The line is `what stands there → with the typo → what to offer`.
const TYPOS: &str = include_str!("../specs/typos.txt");

/// Replaces the first occurrence and returns the hints of what is found.
fn hints(right: &str, wrong: &str) -> Vec<String> {
    assert!(SPEC.contains(right), "`{right}` is not in the spec");
    let (_, found) = parse("typos.yaml", SPEC.replacen(right, wrong, 1));
    found
        .into_iter()
        .map(|finding| {
            format!("{}: {}", finding.rule().unwrap_or_default(), finding.hint.unwrap_or_default())
        })
        .collect()
}

#[test]
fn the_spec_itself_is_good() {
    let (_, found) = parse("typos.yaml", SPEC);
    let errors: Vec<_> = found
        .iter()
        .filter(|finding| finding.severity == copilot_infra::diagnostic::Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn of_a_hundred_typos_at_least_ninety_get_the_right_word() {
    let (mut right, mut missed) = (0, Vec::new());
    for line in TYPOS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let [there, typo, offer] = line.split(" → ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        let hints = hints(&there.replace("\\n", "\n"), &typo.replace("\\n", "\n"));
        if hints.iter().any(|hint| hint.contains(&format!("did you mean `{offer}`?"))) {
            right += 1;
        } else {
            missed.push(format!("{line}: {hints:?}"));
        }
    }
    assert!(right + missed.len() >= 100, "only {} typos", right + missed.len());
    assert!(right >= 90, "{right} are right; missed:\n{}", missed.join("\n"));
}
