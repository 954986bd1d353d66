//! Every spec in the files of cases is told what they record.
use std::env;

use copilot_infra::manifest::rules;

use super::{
    cases::{self, File},
    outcome::Outcome,
    usual::Usual,
};

/// The file of findings that most specs have.
const USUAL: &str = "usual.md";

/// The file of usual findings, and the others.
fn files() -> (File, Vec<File>) {
    let (mut usual, others): (Vec<_>, Vec<_>) =
        cases::files().into_iter().partition(|file| file.name() == USUAL);
    (usual.pop().unwrap(), others)
}

/// Compares what is told with what is recorded, or records it where the environment says `UPDATE`.
fn compare(file: &File, usual: &Usual) -> Vec<String> {
    let told: Vec<_> = file.cases.iter().map(|case| usual.abridge(&Outcome::of(case))).collect();
    if env::var_os("UPDATE").is_some() {
        file.update(&told);
        return Vec::new();
    }
    file.differences(&told)
}

#[test]
fn every_spec_is_told_what_is_recorded() {
    let (first, others) = files();
    let usual = Usual::of(&first);
    let mut changed = compare(&first, &Usual::default());
    changed.extend(others.iter().flat_map(|file| compare(file, &usual)));
    assert!(
        changed.is_empty(),
        "{} cases differ; `UPDATE=1 cargo test --test manifest` records what is told now\n\n{}",
        changed.len(),
        changed.join("\n")
    );
}

#[test]
fn every_spec_but_those_of_rules_is_refused() {
    let (_, others) = files();
    let specs: Vec<_> =
        others.iter().flat_map(|file| &file.cases).filter(|case| case.rule().is_none()).collect();
    assert!(specs.len() >= 334, "only {}", specs.len());
    let good = specs.iter().filter(|case| Outcome::of(case).result.is_ok());
    let good: Vec<_> = good.map(|case| &case.name).collect();
    assert!(good.is_empty(), "these pass for good: {good:?}");
}

#[test]
fn every_finding_has_a_hint_and_a_place_or_is_of_the_file() {
    for case in cases::all() {
        let outcome = Outcome::of(&case);
        for finding in outcome.findings() {
            assert!(finding.hint.is_some(), "{}: {finding:?}", case.name);
            let whole = ["empty-spec", "too-many-findings"].contains(&finding.rule().unwrap_or_default());
            assert!(whole || finding.span.is_some(), "{}: {finding:?}", case.name);
            let end = finding.span.map_or(0, |span| span.end);
            assert!(end <= outcome.source().unwrap().text().len(), "{}: {finding:?}", case.name);
        }
    }
}

#[test]
fn every_finding_belongs_to_a_rule_of_the_catalogue() {
    for case in cases::all() {
        for rule in Outcome::of(&case).rules() {
            assert!(rules::find_rule(rule).is_some(), "{}: {rule}", case.name);
        }
    }
}
