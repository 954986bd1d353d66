//! Findings that most specs have are drawn in one file of cases; in the others a line names them.
use std::{collections::HashMap, iter};

use copilot_infra::diagnostic::Diagnostic;

use super::{cases::File, outcome::Outcome};

/// What begins the line.
const AS_USUAL: &str = "as usual: ";

/// The usual findings by their names, as they are drawn.
#[derive(Default)]
pub(crate) struct Usual(HashMap<String, String>);

impl Usual {
    /// The findings of the cases of a file.
    pub(crate) fn of(file: &File) -> Self {
        let outcomes: Vec<_> = file.cases.iter().map(Outcome::of).collect();
        Self(outcomes.iter().flat_map(parts).filter_map(|(drawn, name)| Some((name?, drawn))).collect())
    }

    /// What is told of a spec, with names in the place of what is drawn as usual.
    pub(crate) fn abridge(&self, outcome: &Outcome) -> String {
        let mut told: Vec<String> = Vec::new();
        for (drawn, name) in parts(outcome) {
            let usual = name.filter(|name| self.0.get(name) == Some(&drawn));
            match (usual, told.last_mut()) {
                (Some(name), Some(last)) if last.starts_with(AS_USUAL) => last.extend([", ", &name]),
                (Some(name), _) => told.push(AS_USUAL.to_owned() + &name),
                (None, _) => told.push(drawn),
            }
        }
        told.join("\n\n")
    }
}

/// The findings as they are drawn, each with its name, and the summary, which has none.
fn parts(outcome: &Outcome) -> Vec<(String, Option<String>)> {
    let told = outcome.told();
    let names = outcome.findings().iter().map(|finding| name(outcome, finding));
    told.split("\n\n").map(str::to_owned).zip(names.chain(iter::repeat(None))).collect()
}

/// The rule and the text that the finding points at.
fn name(outcome: &Outcome, finding: &Diagnostic) -> Option<String> {
    let span = finding.span?;
    let text = outcome.source()?.text().get(span.start..span.end)?;
    Some(format!("{} `{text}`", finding.rule().unwrap_or_default()))
}

#[test]
fn only_what_is_drawn_as_usual_is_abridged() {
    let usual =
        Usual(HashMap::from([("no-account `demo`".to_owned(), "as it is drawn elsewhere".to_owned())]));
    let outcome = Outcome::of_text(b"version: 1\nstack: demo\n");
    assert_eq!(usual.abridge(&outcome), outcome.told());

    let usual = Usual(parts(&outcome).into_iter().filter_map(|(drawn, name)| Some((name?, drawn))).collect());
    let abridged = usual.abridge(&outcome);
    assert_eq!(abridged, "as usual: no-account `demo`, nothing-to-make `demo`\n\n1 warning, 1 note");
}
