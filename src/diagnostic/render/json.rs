//! Diagnostics and failures as JSON, for programs.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::text::summary as summary_of;
use crate::diagnostic::{Diagnostic, Failure, LineColumn, Rule, Severity, SourceFile, Span};

/// Draws a spec's findings as one JSON object: the file, counts, and the findings in the order of the file.
#[must_use]
pub fn findings(
    source: &SourceFile,
    found: &[Diagnostic],
    suppressed: &[Diagnostic],
    catalogue: &[&Rule],
) -> String {
    let count = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let object = json!({
        "file": source.name(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "suppressed": suppressed.len(),
        "diagnostics": found.iter().map(|finding| one(source, finding, catalogue)).collect::<Vec<_>>(),
    });
    format!("{object:#}\n")
}

fn one(source: &SourceFile, finding: &Diagnostic, catalogue: &[&Rule]) -> Value {
    let rule = catalogue.iter().find(|rule| Some(rule.id) == finding.rule());
    let mut object = json!({
        "rule": finding.rule(),
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "file": finding.span.map_or(source.name(), |span| source.name_at(span.start)),
        "public": rule.map_or(&[][..], |rule| rule.public),
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

/// What is printed instead of a result with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Failed {
    /// Why there is no result.
    pub error: Reason,
}

/// Why there is no result.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reason {
    /// The exit code, such as 65 for a wrong spec; `copilot-infra --help` lists them.
    pub exit_code: i32,
    /// Why.
    #[serde(flatten)]
    pub problem: Problem,
    /// Everything that stands in the way, where that is told one by one; empty otherwise.
    pub findings: Vec<Finding>,
}

/// One of the things that stand in the way of a run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// Resource, if it is about one.
    pub address: Option<String>,
    /// Stable id of the rule, such as `unknown-key`, if it is about the spec's text.
    pub rule: Option<String>,
    /// In words.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where in the spec.
    pub place: Option<SourcePosition>,
}

/// Why a step or the whole run failed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// In words.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// AWS's operation, such as `dynamodb:CreateTable`, if AWS refused it.
    pub operation: Option<String>,
    /// AWS's error code.
    pub code: Option<String>,
    /// AWS's id of the request.
    pub request_id: Option<String>,
}

/// A place in the spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Position")]
pub struct SourcePosition {
    /// File as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl SourcePosition {
    /// Returns where `span` begins.
    #[must_use]
    pub fn of(source: &SourceFile, span: Span) -> Self {
        let LineColumn { line, column } = source.position(span.start);
        Self { file: source.name_at(span.start).to_owned(), line, column }
    }
}

impl From<&Diagnostic> for Problem {
    fn from(diagnostic: &Diagnostic) -> Self {
        let request = diagnostic.request.as_ref();
        Self {
            message: diagnostic.message.clone(),
            hint: diagnostic.hint.clone(),
            operation: request.map(|request| request.operation.clone()),
            code: request.map(|request| request.code.clone()),
            request_id: request.and_then(|request| request.request_id.clone()),
        }
    }
}

impl From<&Failure> for Reason {
    fn from(failure: &Failure) -> Self {
        Self {
            exit_code: failure.code.number().into(),
            problem: problem(failure),
            findings: told_one_by_one(failure),
        }
    }
}

/// Why, in one sentence.
fn problem(failure: &Failure) -> Problem {
    let first = failure.diagnostics.first().map(Problem::from);
    match (&failure.summary, first) {
        (None, Some(first)) => first,
        (summary, _) => Problem {
            message: summary.clone().unwrap_or_else(|| summary_of(&failure.diagnostics)),
            hint: None,
            operation: None,
            code: None,
            request_id: None,
        },
    }
}

/// All that stands in the way, one by one. Warnings are not why it fails.
fn told_one_by_one(failure: &Failure) -> Vec<Finding> {
    let errors = failure.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    let finding = |one: &Diagnostic| Finding {
        address: one.about.clone(),
        rule: one.rule().map(str::to_owned),
        message: one.message.clone(),
        hint: one.hint.clone(),
        place: failure.source.as_deref().zip(one.span).map(|(source, span)| SourcePosition::of(source, span)),
    };
    let detail = |message: &String| Finding {
        address: None,
        rule: None,
        message: message.clone(),
        hint: None,
        place: None,
    };
    errors
        .flat_map(|one| {
            one.is_one_of_many().then(|| finding(one)).into_iter().chain(one.details.iter().map(detail))
        })
        .collect()
}

/// Draws a failure as one document.
#[must_use]
pub fn failure(failure: &Failure) -> String {
    format!("{:#}\n", json!(Failed { error: Reason::from(failure) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::RuleClass;

    #[test]
    fn findings_have_lines_and_columns_of_both_ends() {
        let source = SourceFile::new("a.yaml", "a: 1\né: two\n");
        let span = Some(Span { start: 9, end: 12 });
        let finding = Diagnostic::of_rule("open-connect", Severity::Warning, span, "m");
        let rule = Rule {
            id: "open-connect",
            severity: Severity::Warning,
            class: RuleClass::Policy,
            summary: "",
            text: "",
            remedy: "",
            public: &["CKV_AWS_309"],
        };
        let drawn = findings(&source, &[finding], &[], &[&rule]);
        let value: Value = serde_json::from_str(&drawn).unwrap();
        assert_eq!(
            (&value["warnings"], &value["errors"], &value["suppressed"]),
            (&json!(1), &json!(0), &json!(0))
        );
        let one = &value["diagnostics"][0];
        assert_eq!((&one["line"], &one["column"], &one["end_column"]), (&json!(2), &json!(4), &json!(7)));
        assert_eq!((&one["severity"], &one["public"][0]), (&json!("warning"), &json!("CKV_AWS_309")));
    }
}
