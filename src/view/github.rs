//! Diagnostics as annotations of GitHub Actions.
//!
//! Form and escapes: GitHub's "Workflow commands", <https://docs.github.com/actions/reference/workflow-commands>.
use std::fmt::Write;

use super::findings::span;
use crate::{
    diagnostic::{Diagnostic, Severity},
    spec::Source,
};

/// Draws one workflow command a line.
#[must_use]
pub fn annotations(source: &Source, found: &[Diagnostic]) -> String {
    found.iter().map(|finding| one(source, finding) + "\n").collect()
}

fn one(source: &Source, finding: &Diagnostic) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut place = format!("file={}", property(&source.name));
    if let Some(at) = finding.place {
        let ((line, column), (end_line, end_column)) = span(source, at);
        let _ = write!(place, ",line={line},endLine={end_line},col={column}");
        // Columns of several lines would be ignored with a warning.
        if end_line == line {
            let _ = write!(place, ",endColumn={end_column}");
        }
    }
    let hint = finding.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    let text = data(&format!("{}{hint}", finding.message));
    format!("::{level} {place},title={}::{text}", property(finding.rule))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::at::Place;

    #[test]
    fn commands_are_one_line_with_all_that_is_special_escaped() {
        let source = Source { name: "a,b:c.yaml".to_owned(), text: "x: 1\n".to_owned() };
        let finding = Diagnostic {
            rule: "some-rule",
            severity: Severity::Error,
            place: Some(Place { start: 3, end: 4 }),
            message: "100% wrong\nreally".to_owned(),
            hint: Some("mend: it".to_owned()),
        };
        let note = Diagnostic { severity: Severity::Note, place: None, hint: None, ..finding.clone() };
        assert_eq!(
            annotations(&source, &[finding, note]),
            "::error file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=4,endColumn=5,title=some-rule::100%25 wrong%0Areally%0Ahint: mend: it\n\
             ::notice file=a%2Cb%3Ac.yaml,title=some-rule::100%25 wrong%0Areally\n"
        );
    }
}
