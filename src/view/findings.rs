//! Diagnostics as JSON, for programs.
use serde_json::{Value, json};

use super::diagnostics::position;
use crate::{
    diagnostic::{Diagnostic, Severity},
    spec::{Source, at::Place, rules},
};

/// Draws a spec's findings as one JSON object: the file, counts, and the findings in the order of the file.
#[must_use]
pub fn json(source: &Source, found: &[Diagnostic], suppressed: &[Diagnostic]) -> String {
    let count = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let object = json!({
        "file": source.name,
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "suppressed": suppressed.len(),
        "diagnostics": found.iter().map(|finding| one(source, finding)).collect::<Vec<_>>(),
    });
    format!("{object:#}\n")
}

fn one(source: &Source, finding: &Diagnostic) -> Value {
    let mut object = json!({
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "file": source.name,
        "public": rules::find(finding.rule).map_or(&[][..], |rule| rule.public),
    });
    if let Some(place) = finding.place {
        let ((line, column), (end_line, end_column)) = span(source, place);
        object["line"] = line.into();
        object["column"] = column.into();
        object["end_line"] = end_line.into();
        object["end_column"] = end_column.into();
    }
    object
}

/// Lines and columns (in characters, from 1) of the first character of `place` and of the one after its last.
pub(super) fn span(source: &Source, place: Place) -> ((usize, usize), (usize, usize)) {
    (position(source, place), position(source, Place { start: place.end.max(place.start), end: place.end }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_have_lines_and_columns_of_both_ends() {
        let source = Source { name: "a.yaml".to_owned(), text: "a: 1\né: two\n".to_owned() };
        let finding = Diagnostic {
            rule: "open-connect",
            severity: Severity::Warning,
            place: Some(Place { start: 9, end: 12 }),
            message: "m".to_owned(),
            hint: None,
        };
        let value: Value = serde_json::from_str(&json(&source, &[finding], &[])).unwrap();
        assert_eq!(
            (&value["warnings"], &value["errors"], &value["suppressed"]),
            (&json!(1), &json!(0), &json!(0))
        );
        let one = &value["diagnostics"][0];
        assert_eq!((&one["line"], &one["column"], &one["end_column"]), (&json!(2), &json!(4), &json!(7)));
        assert_eq!((&one["severity"], &one["public"][0]), (&json!("warning"), &json!("CKV_AWS_309")));
    }
}
