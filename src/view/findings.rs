//! Diagnostics as JSON, for programs.
use serde_json::{Value, json};

use crate::{
    diagnostic::{Diagnostic, Severity, SourceFile},
    manifest::rules,
};

/// Draws a spec's findings as one JSON object: the file, counts, and the findings in the order of the file.
#[must_use]
pub fn json(source: &SourceFile, found: &[Diagnostic], suppressed: &[Diagnostic]) -> String {
    let count = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let object = json!({
        "file": source.name(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "suppressed": suppressed.len(),
        "diagnostics": found.iter().map(|finding| one(source, finding)).collect::<Vec<_>>(),
    });
    format!("{object:#}\n")
}

fn one(source: &SourceFile, finding: &Diagnostic) -> Value {
    let mut object = json!({
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "file": source.name(),
        "public": rules::find(finding.rule).map_or(&[][..], |rule| rule.public),
    });
    if let Some(span) = finding.span {
        let (start, end) = source.range(span);
        object["line"] = start.line.into();
        object["column"] = start.column.into();
        object["end_line"] = end.line.into();
        object["end_column"] = end.column.into();
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    #[test]
    fn findings_have_lines_and_columns_of_both_ends() {
        let source = SourceFile::new("a.yaml", "a: 1\né: two\n");
        let finding = Diagnostic {
            rule: "open-connect",
            severity: Severity::Warning,
            span: Some(Span { start: 9, end: 12 }),
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
