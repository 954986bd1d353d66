//! Annotations as GitHub Actions shows them at the lines of a pull request; diagnostics as such.
//!
//! Form and escapes: GitHub's "Workflow commands", <https://docs.github.com/actions/reference/workflow-commands>.
use super::findings::span;
use crate::{
    diagnostic::{Diagnostic, Severity},
    spec::{Source, at::Place},
};

/// Draws diagnostics, one workflow command each.
#[must_use]
pub fn annotations(source: &Source, found: &[Diagnostic]) -> Vec<String> {
    found.iter().map(|finding| one(source, finding)).collect()
}

fn one(source: &Source, finding: &Diagnostic) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let hint = finding.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    let message = format!("{}{hint}", finding.message);
    command(level, Some((source, finding.place)), finding.rule, &message)
}

/// Writes a workflow command; `at` is the file, and the place in it if there is one.
pub(super) fn command(
    level: &str,
    at: Option<(&Source, Option<Place>)>,
    title: &str,
    message: &str,
) -> String {
    let file = at.map(|(source, place)| format!("file={},{}", property(&source.name), lines(source, place)));
    format!("::{level} {}title={}::{}", file.unwrap_or_default(), property(title), data(message))
}

fn lines(source: &Source, place: Option<Place>) -> String {
    let Some(place) = place else { return String::new() };
    let ((line, column), (end_line, end_column)) = span(source, place);
    // Columns of several lines would be ignored with a warning.
    let end = if end_line == line { format!("endColumn={end_column},") } else { String::new() };
    format!("line={line},endLine={end_line},col={column},{end}")
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
            annotations(&source, &[finding, note]).join("\n"),
            "::error file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=4,endColumn=5,title=some-rule::100%25 wrong%0Areally%0Ahint: mend: it\n\
             ::notice file=a%2Cb%3Ac.yaml,title=some-rule::100%25 wrong%0Areally"
        );
    }
}
